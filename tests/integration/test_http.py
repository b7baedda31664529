"""The HTTP client on real sockets: what was sent and what was not, which addresses, whose certificate."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest

from hub.errors import NotSent, SettingsError, Uncertain
from hub.http import Http, Reply
from hub.net import Guard
from tests.integration.web import Web, certificate, reply

LOOPBACK = (ip_network("127.0.0.0/8"),)
NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


@pytest.fixture
def http() -> Iterator[Http]:
    """A client that may reach this machine."""
    client = Http(Guard(LOOPBACK))
    yield client
    client.close()


@pytest.fixture
def web() -> Iterator[Web]:
    """A server that answers."""
    with Web() as server:
        yield server


def silent_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def leads_to(*addresses: str) -> Callable[[str, int], Sequence[str]]:
    """A name server that knows one answer."""
    return lambda *_: addresses


@pytest.mark.parametrize("status", [200, 201, 204, 302, 400, 401, 404, 409, 429, 500])
def test_any_status_is_an_answer(http: Http, web: Web, status: int) -> None:
    web.replies = [reply(status, b'{"a": 1}' if status != 204 else b"", X_Kind="yes", Location="http://127.0.0.1:1/")]
    answer = http.send("POST", web.url + "/a", json={"b": 2})
    assert (answer.status, answer.headers["x-kind"]) == (status, "yes")
    assert len(web.requests) == 1, "a redirect was followed, or a refusal repeated"


def test_a_body_is_sent_in_the_form_that_was_asked(http: Http, web: Web) -> None:
    http.send("POST", web.url, json={"b": "é"}, headers={"Prefer": "return=representation"})
    http.send("POST", web.url, form={"grant": "a b"}, auth=("user", "geheim"))
    http.send("PUT", web.url, files={"file": ("a.xml", b"<a/>", "application/xml")})
    first, second, third = web.requests
    assert first.endswith('{"b":"é"}'.encode())
    assert b"Prefer: return=representation" in first
    assert second.endswith(b"grant=a+b")
    assert b"Authorization: Basic" in second
    assert b'name="file"; filename="a.xml"' in third


def test_a_connection_is_used_again(http: Http, web: Web) -> None:
    for _ in range(3):
        http.get(web.url)
    assert (len(web.requests), web.connections) == (3, 1)


def test_two_threads_never_share_a_connection(http: Http, web: Web) -> None:
    http.get(web.url)
    thread = threading.Thread(target=http.get, args=(web.url,))
    thread.start()
    thread.join()
    assert web.connections == 2


@pytest.mark.parametrize("broken", [b"", reply()[:9], reply(body=b"x" * 100)[:-5]])
def test_a_lost_answer_to_a_change_is_uncertain_and_nothing_is_repeated(http: Http, web: Web, broken: bytes) -> None:
    web.replies = [broken]
    with pytest.raises(Uncertain) as lost:
        http.send("POST", web.url, json={}, timeout=0.5)
    assert lost.value.reason == "no_answer"
    assert len(web.requests) == 1


def test_a_lost_answer_to_a_read_is_asked_for_again(http: Http, web: Web) -> None:
    web.replies = [b"", b"", reply(body=b"[1]")]
    assert http.get(web.url).json() == [1]


def test_a_read_gives_up_after_three_tries_and_left_nothing_behind(http: Http, web: Web) -> None:
    web.replies = [b""]
    with pytest.raises(NotSent):
        http.get(web.url)
    assert len(web.requests) == 3


def test_a_gateway_in_trouble_is_asked_again_for_reads_only(http: Http, web: Web) -> None:
    web.replies = [reply(503), reply(200)]
    assert http.get(web.url).status == 200
    web.replies = [reply(503), reply(200)]
    assert http.send("POST", web.url, json={}).status == 503


def test_a_gateway_that_names_a_time_is_not_asked_at_once(http: Http, web: Web) -> None:
    web.replies = [reply(503, Retry_After="60"), reply(200)]
    assert http.get(web.url).retry_after(NOW) == 60


def test_where_nobody_listens_nothing_was_sent(http: Http) -> None:
    with pytest.raises(NotSent) as unsent:
        http.send("POST", f"http://127.0.0.1:{silent_port()}/", json={})
    assert unsent.value.reason == "connect"


def test_an_unknown_name_was_not_sent_to() -> None:
    def nowhere(*_: object) -> Sequence[str]:
        raise socket.gaierror("no such name")

    with pytest.raises(NotSent) as unsent:
        Http(Guard(lookup=nowhere)).send("POST", "https://far.example/", json={})
    assert unsent.value.reason == "dns"


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "https://127.0.0.1/", "https://10.0.0.1/", "https://[::1]/"])
def test_a_private_address_is_refused_unless_the_operator_allows_it(url: str) -> None:
    with pytest.raises(SettingsError):
        Http(Guard()).get(url)


def test_a_name_that_leads_into_the_private_network_is_refused(web: Web) -> None:
    guard = Guard(lookup=leads_to("127.0.0.1"))
    with pytest.raises(SettingsError) as refused:
        Http(guard).send("POST", f"https://far.example:{web.port}/", json={})
    assert refused.value.reason == "address.private"
    assert web.connections == 0


def test_the_next_address_of_a_name_is_tried(web: Web) -> None:
    guard = Guard(LOOPBACK, lookup=leads_to("127.0.0.2", "127.0.0.1"))
    client = Http(guard)
    assert client.send("POST", f"http://far.example:{web.port}/", json={}).status == 200
    assert b"Host: far.example" in web.requests[0]
    client.close()


def test_a_certificate_is_asked_for_the_name_not_for_the_address(tmp_path: Path) -> None:
    tls, trust = certificate(tmp_path, "far.example")
    lookup = leads_to("127.0.0.1")
    with Web(tls=tls) as web:
        client = Http(Guard(LOOPBACK, trust, lookup))
        assert client.get(f"https://far.example:{web.port}/").status == 200
        with pytest.raises(NotSent, match=r"other\.example"):
            client.get(f"https://other.example:{web.port}/")
        client.close()
        stranger = Http(Guard(LOOPBACK, None, lookup))
        with pytest.raises(NotSent, match="certificate"):
            stranger.send("POST", f"https://far.example:{web.port}/", json={})
        assert len(web.requests) == 1


def test_an_answer_without_end_is_cut_off(http: Http, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.http._MAX_ANSWER", 1000)
    web.replies = [reply(body=b"x" * 1001)]
    with pytest.raises(Uncertain):
        http.send("POST", web.url, json={})


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120.0), ("Thu, 15 Jan 2026 12:01:00 GMT", 60.0), ("Thu, 15 Jan 2026 11:00:00 GMT", 0.0), ("soon", None)],
)
def test_retry_after_is_seconds_or_a_date(said: str, seconds: float | None) -> None:
    assert Reply(429, {"retry-after": said}, b"").retry_after(NOW) == seconds


def test_a_compressed_answer_is_not_unpacked(http: Http, web: Web) -> None:
    web.replies = [reply(body=gzip.compress(bytes(1_000_000)), Content_Encoding="gzip")]
    with pytest.raises(Uncertain, match="compressed"):
        http.send("POST", web.url, json={})
    assert b"Accept-Encoding: identity" in web.requests[0]


def test_no_secret_is_in_an_error(http: Http, web: Web) -> None:
    web.replies = [b""]
    with pytest.raises(Uncertain) as lost:
        http.send("POST", web.url, form={"client_secret": "geheim"}, headers={"Authorization": "Bearer geheim"})
    assert "geheim" not in repr(lost.value) + lost.value.detail + repr(lost.value.__cause__)
