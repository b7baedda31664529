"""Answers that are good, and yet not all there: a relay between us and the far side takes away what a test names."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

from hub import Held, LoginNeeded, NotSent, Receipt, Uncertain
from hub.testing.exact import ExactServer, Setup

Edit = Callable[[str, Any], Any]  # the request's method and path, the answer's `d`; gives the `d` to answer


@contextmanager
def relayed(server: ExactServer, edit: Edit) -> Iterator[str]:
    """The address of a relay that hands every request on, and edits what comes back."""

    class Relay(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _relay(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            line = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
            line.request(self.command, self.path, body, dict(self.headers))
            answer = line.getresponse()
            content = answer.read()
            line.close()
            if content.startswith(b'{"d"'):
                content = json.dumps({"d": edit(f"{self.command} {self.path}", json.loads(content)["d"])}).encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"] or "")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _relay  # noqa: N815 - http.server finds methods by these names

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Relay) as relay:
        thread = threading.Thread(target=relay.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{relay.server_address[1]}"
        relay.shutdown()
        thread.join()


def answering(path: str, answer: Any) -> Edit:
    return lambda asked, told: answer(told) if path in asked else told


def test_an_entry_of_which_only_the_id_comes_back_is_read_back(bookkeeper: Any) -> None:
    edit = answering("POST /api/v1/123456/salesentry", lambda told: {"EntryID": told["EntryID"], "AmountFC": None})
    with relayed(bookkeeper.server, edit) as url:
        receipt = bookkeeper.behind(url).deliver()
    [booked] = bookkeeper.server.books().entries
    assert isinstance(receipt, Receipt)
    assert (receipt.reference, receipt.detail["total"]) == (str(booked.number), "145.14")


def test_an_entry_that_cannot_be_read_back_is_a_persons_to_judge(bookkeeper: Any) -> None:
    def edit(asked: str, told: Any) -> Any:
        if "salesentry" not in asked:
            return told
        return {"EntryID": told["EntryID"]} if asked.startswith("POST") else {"results": []}

    with relayed(bookkeeper.server, edit) as url:
        for _ in range(2):
            with pytest.raises(Held) as caught:
                bookkeeper.behind(url).deliver()
            assert caught.value.reason == "entry_gone"
    assert len(bookkeeper.server.books().entries) == 1


@pytest.mark.parametrize("answer", [{}, {"results": []}, "text", [1, 2]])
def test_an_answer_without_an_id_to_a_booking_is_uncertain(answer: Any, bookkeeper: Any) -> None:
    edit = answering("POST /api/v1/123456/salesentry", lambda _told: answer)
    with relayed(bookkeeper.server, edit) as url, pytest.raises(Uncertain):
        bookkeeper.behind(url).deliver()
    assert isinstance(bookkeeper.trace(), Receipt)


def test_an_answer_without_an_id_to_a_new_customer_doubles_nobody(bookkeeper: Any) -> None:
    edit = answering("POST /api/v1/123456/crm", lambda _told: {"ID": None})
    with relayed(bookkeeper.server, edit) as url, pytest.raises(NotSent):
        bookkeeper.behind(url).deliver()
    bookkeeper.deliver()
    assert len(bookkeeper.server.books().accounts) == 1


def test_rows_that_are_none_are_asked_for_again_later(bookkeeper: Any) -> None:
    edit = answering("GET /api/v1/123456/salesentry", lambda _told: "text")
    with relayed(bookkeeper.server, edit) as url, pytest.raises(NotSent):
        bookkeeper.behind(url).deliver()


def test_pages_without_an_end_are_given_up(bookkeeper: Any) -> None:
    base: list[str] = []
    following = "/api/v1/123456/financial/Journals?$select=Code"
    edit = answering("financial/Journals", lambda _told: {"results": [], "__next": base[0] + following})
    with relayed(bookkeeper.server, edit) as url:
        base.append(url)
        with pytest.raises(NotSent) as caught:
            bookkeeper.behind(url).deliver()
    assert caught.value.reason == "exact.pages"


def test_a_first_answer_with_tokens_that_is_lost_asks_for_another_login(bookkeeper: Any) -> None:
    bookkeeper.server.fail("lose_tokens=#1")
    with pytest.raises(LoginNeeded) as caught:
        bookkeeper.log_in()
    assert caught.value.reason == "token_lost"
    bookkeeper.log_in().deliver()


def test_a_life_that_is_not_told_is_the_usual_one(bookkeeper_at: Callable[..., Any]) -> None:
    with ExactServer(Setup(expires_in="soon")) as server:
        bookkeeper = bookkeeper_at(server)
        bookkeeper.wait(560)
        assert bookkeeper.call("health").ok
        assert [line["event"] for line in server.books().tokens] == ["consent", "issued"]
