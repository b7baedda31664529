"""The receiver of webhooks of the tests: believes good signatures only, keeps each id once, and fails as asked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator

import pytest

from hub.errors import Uncertain
from hub.http import Http, Reply
from hub.net import guard_from_environment
from hub.testing.faults import Faults
from hub.testing.webhook import WebhookReceiver

KEY = bytes(range(32))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
BODY = json.dumps({"type": "document.other", "data": {}}).encode()


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver(SECRET) as server:
        yield server


@pytest.fixture
def http(monkeypatch: pytest.MonkeyPatch) -> Iterator[Http]:
    monkeypatch.setenv("HUB_ALLOW_NETWORKS", "127.0.0.0/8")
    client = Http(guard_from_environment())
    yield client
    client.close()


def headers(id_: str = "a", at: int | None = None, key: bytes = KEY, body: bytes = BODY) -> dict[str, str]:
    """What a sender would say, made without any code of ours."""
    moment = str(int(time.time()) if at is None else at)
    digest = hmac.new(key, b".".join((id_.encode(), moment.encode(), body)), hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": id_, "webhook-timestamp": moment, "webhook-signature": signature}


def post(http: Http, receiver: WebhookReceiver, said: dict[str, str], body: bytes = BODY) -> Reply:
    return http.send("POST", receiver.url, content=body, headers=said, timeout=5)


def test_a_signed_event_is_kept_once_however_often_it_comes(http: Http, receiver: WebhookReceiver) -> None:
    assert [post(http, receiver, headers()).status for _ in range(3)] == [204] * 3
    assert [(one.id, one.times) for one in receiver.taken] == [("a", 3)]


@pytest.mark.parametrize(
    "said",
    [
        {},
        headers(key=bytes(32)),
        headers(at=int(time.time()) - 3600),
        headers(at=int(time.time()) + 3600),
        headers(body=b"{}"),
        headers() | {"webhook-id": "b"},
        headers() | {"webhook-timestamp": "soon"},
        headers() | {"webhook-signature": "v1,!!!"},
        headers() | {"webhook-signature": headers()["webhook-signature"].replace("v1,", "v2,")},
    ],
)
def test_what_is_not_signed_well_is_turned_away(said: dict[str, str], http: Http, receiver: WebhookReceiver) -> None:
    assert post(http, receiver, said).status == 401
    assert (receiver.taken, len(receiver.turned_away)) == ([], 1)


def test_one_good_signature_among_several_is_enough(http: Http, receiver: WebhookReceiver) -> None:
    said = headers()
    said["webhook-signature"] = f"v1a,AAAA v1,AAAA {said['webhook-signature']}"
    assert post(http, receiver, said).status == 204


def test_the_same_id_with_other_bytes_is_noticed(http: Http, receiver: WebhookReceiver) -> None:
    post(http, receiver, headers())
    post(http, receiver, headers(body=b"{}"), b"{}")
    assert receiver.turned_away == ["a came with other bytes"]


@pytest.mark.parametrize(("fault", "status", "kept"), [("fail", 500, 0), ("greylist", 429, 0), ("reject", 422, 0)])
def test_a_fault_is_an_answer(fault: str, status: int, kept: int, http: Http, receiver: WebhookReceiver) -> None:
    receiver.faults = Faults.parse(f"{fault}=#1")
    assert post(http, receiver, headers()).status == status
    assert len(receiver.taken) == kept
    assert post(http, receiver, headers()).status == 204


@pytest.mark.parametrize(("fault", "kept"), [("drop", 0), ("lose_answer", 1), ("hang", 1)])
def test_a_fault_is_no_answer(fault: str, kept: int, http: Http, receiver: WebhookReceiver) -> None:
    receiver.faults = Faults.parse(f"{fault}=#1")
    with pytest.raises(Uncertain):
        http.send("POST", receiver.url, content=BODY, headers=headers(), timeout=0.2)
    assert len(receiver.taken) == kept
