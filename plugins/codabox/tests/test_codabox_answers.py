"""What each answer to an upload becomes, row by row, and what an attempt in doubt changes about it."""

from __future__ import annotations

from typing import Any

import pytest

from hub.core.document import Document
from hub.errors import DeliveryError, Held, LoginNeeded, NotSent, Rejected, SettingsError, Uncertain
from hub.testing.specimen import make_delivery
from tests.integration.web import Web, reply


@pytest.fixture
def paper(new_paper: Any) -> Document:
    document: Document = new_paper()
    return document


def refusal(office: Any, document: Document, **more: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        office.send(document, **more)
    return caught.value


def test_201_with_an_id_is_delivered_and_marked_as_an_assumption(office: Any, paper: Document) -> None:
    receipt = office.send(paper)
    [kept] = office.server.desk.papers
    assert (receipt.reference, receipt.detail["state"], receipt.detail["status"]) == (kept.id, "delivered", "201")
    assert "assumed" in receipt.detail["assumption"]


def test_202_is_delivered_in_the_state_received(office: Any, paper: Document) -> None:
    office.plan("received=always")
    receipt = office.send(paper)
    assert (receipt.detail["state"], receipt.reference) == ("received", office.server.desk.papers[0].id)


def test_an_upload_carries_the_key_the_name_and_the_exact_bytes(office: Any, paper: Document) -> None:
    prepared = office.prepare(paper)
    office.send(paper, prepared)
    [kept] = office.server.desk.papers
    assert (kept.key, kept.name) == (make_delivery(paper).key, "0123456749_INV_20260115_F2026-0001.xml")
    assert kept.sha256 == prepared.parts[0].sha256


@pytest.mark.parametrize(
    ("plan", "error", "reason", "said"),
    [
        ("refused=always", Rejected, "codabox.400", "The invoice has no lines."),
        ("unprocessable=always", Rejected, "codabox.422", "The total is wrong.; The date is wrong."),
        ("revoked=always", LoginNeeded, "credentials_refused", "The link was revoked."),
        ("forbidden=always", LoginNeeded, "credentials_refused", "Not allowed."),
        ("duplicate=always", Held, "duplicate", "not from an attempt of this delivery"),
        ("too_large=always", Held, "too_large", "smaller PDF"),
        ("busy=always", NotSent, "codabox.429", "Slow down."),
        ("broken=always", NotSent, "codabox.500", "Internal error."),
        ("cut_before=always", Uncertain, "no_answer", ""),
        ("cut_after=always", Uncertain, "no_answer", ""),
        ("not_json=always", Uncertain, "unclear_answer", "Thank you."),
    ],
)
def test_an_answer_becomes(
    plan: str, error: type[DeliveryError], reason: str, said: str, office: Any, paper: Document
) -> None:
    office.plan(plan)
    raised = refusal(office, paper)
    assert (type(raised), raised.reason) == (error, reason)
    assert said in raised.detail


@pytest.mark.parametrize(
    ("status", "body", "error", "reason"),
    [
        (200, b"{}", Uncertain, "unclear_answer"),
        (201, b'["id"]', Uncertain, "unclear_answer"),
        (202, b"<html>", Uncertain, "unclear_answer"),
        (204, b"", Uncertain, "unclear_answer"),
        (302, b"", Uncertain, "unclear_answer"),
        (301, b"", SettingsError, "upload_path"),
        (307, b"", SettingsError, "upload_path"),
        (308, b"", SettingsError, "upload_path"),
        (404, b"", SettingsError, "upload_path"),
        (418, b"teapot", Held, "codabox.418"),
        (502, b"<html>", NotSent, "codabox.502"),
        (503, b"<html>", NotSent, "codabox.503"),
    ],
)
def test_an_answer_that_our_far_side_never_gives_becomes(
    status: int, body: bytes, error: type[DeliveryError], reason: str, office: Any, paper: Document
) -> None:
    with Web([reply(status, body, location="/elsewhere")]) as web:
        office.hooks.offer["connection"].__dict__["base_url"] = web.url
        raised = refusal(office, paper)
        assert (type(raised), raised.reason, len(web.requests)) == (error, reason, 1)


@pytest.mark.parametrize(
    ("body", "reference"),
    [
        (b'{"uuid": "u-1"}', "u-1"),
        (b'{"feed_index": "f-1"}', "f-1"),
        (b'{"id": 7}', "7"),
        (rb'{"id": "\u202e"}', "\\u{202e}"),
    ],
)
def test_the_reference_is_codabox_s_own_name(body: bytes, reference: str, office: Any, paper: Document) -> None:
    with Web([reply(201, body)]) as web:
        office.hooks.offer["connection"].__dict__["base_url"] = web.url
        assert office.send(paper).reference == reference


def test_429_says_when_to_come_back(office: Any, paper: Document) -> None:
    office.plan("busy=always retry_after=90")
    raised = refusal(office, paper)
    assert isinstance(raised, NotSent)
    assert raised.retry_after == 90


def test_a_server_that_is_gone_got_nothing(office: Any, paper: Document) -> None:
    office.server.__exit__()
    try:
        raised = refusal(office, paper)
    finally:
        office.server.__enter__()
    assert (type(raised), raised.reason) == (NotSent, "connect")


def test_after_two_500s_the_third_try_is_delivered_once(office: Any, paper: Document) -> None:
    office.plan("broken=#1,2")
    assert [type(refusal(office, paper)) for _ in range(2)] == [NotSent, NotSent]
    assert office.send(paper).detail["status"] == "201"
    assert office.taken() == [paper.number]


# -- an attempt in doubt ----------------------------------------------------------------------------------------------


def test_a_409_after_a_lost_answer_is_the_proof_that_it_arrived(office: Any, paper: Document) -> None:
    office.plan("cut_after=#1")
    refusal(office, paper)
    receipt = office.send(paper)
    assert (receipt.detail["state"], receipt.reference) == ("duplicate", make_delivery(paper).key)
    assert office.taken() == [paper.number]


def test_a_409_after_an_attempt_with_other_bytes_is_for_a_person(office: Any, paper: Document) -> None:
    office.plan("cut_after=#1")
    refusal(office, paper)
    other = office.prepare(paper, note="other bytes")
    assert refusal(office, paper, prepared=other).reason == "duplicate"


def test_a_409_after_a_clear_no_is_for_a_person(office: Any, paper: Document) -> None:
    office.plan("broken=#1 duplicate=#2")
    assert [refusal(office, paper).reason for _ in range(2)] == ["codabox.500", "duplicate"]


def test_a_line_cut_before_the_body_is_in_doubt_and_a_person_s_resend_delivers(office: Any, paper: Document) -> None:
    office.plan("cut_before=#1")
    assert isinstance(refusal(office, paper), Uncertain)
    assert office.taken() == []
    assert office.send(paper).detail["state"] == "delivered"


def test_a_doubt_outlives_a_clear_no_to_its_repetition(office: Any, paper: Document) -> None:
    office.plan("cut_after=#1 broken=#2")
    assert [type(refusal(office, paper)) for _ in range(2)] == [Uncertain, NotSent]
    assert office.send(paper).detail["state"] == "duplicate"


def test_an_attempt_that_was_killed_before_its_answer_counts_as_a_doubt(office: Any, paper: Document) -> None:
    prepared = office.prepare(paper)
    office.send(paper, prepared)  # the paper is there; of the worker only its steps are left
    office.steps[make_delivery(paper).key].record("sending", prepared.sha256)
    assert office.send(paper, prepared).detail["state"] == "duplicate"
