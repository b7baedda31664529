"""A check says who is linked, what a link waits for and whose turn it is; it uploads nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.core.delivery import Turn
from hub.errors import AnswerNeeded, LoginNeeded
from hub.testing.codabox_desk import Standing
from hub.testing.specimen import COMPANY
from hub_codabox.link import note_mail
from tests.integration.web import Web, reply


def told(office: Any) -> str:
    return " ".join(step.message for step in office.hooks("health").steps)


def moved(office: Any, url: str) -> None:
    office.hooks.offer["connection"].__dict__["base_url"] = url


def test_a_link_is_told_with_its_names_and_that_the_upload_is_unproven(office: Any) -> None:
    health = office.hooks("health")
    assert health.ok
    assert [step.name for step in health.steps] == ["link", "codabox"]
    assert f"Client {COMPANY}" in told(office)
    assert "unproven" in told(office)
    assert office.server.desk.uploads == 0


def test_without_a_link_it_is_the_person_s_turn(unlinked: Any) -> None:
    health = unlinked.hooks("health")
    assert (health.ok, health.turn) == (False, Turn.YOU)
    assert "not_linked" in told(unlinked)


def test_a_mailed_token_is_waited_for_and_after_three_days_this_is_long(unlinked: Any) -> None:
    now = unlinked.hooks.offer["now"]
    note_mail(unlinked.hooks.offer["vault"], now - timedelta(days=1))
    assert "token_pending" in told(unlinked)
    assert "long" not in told(unlinked)
    note_mail(unlinked.hooks.offer["vault"], now - timedelta(days=4))
    assert "That is long" in told(unlinked)


def test_an_open_login_is_a_pending_token(unlinked: Any) -> None:
    person = unlinked.person()
    person.there = False
    with pytest.raises(AnswerNeeded):
        unlinked.hooks("login", ask=person)
    assert "token_pending" in told(unlinked)
    unlinked.log_in()
    assert unlinked.hooks("health").ok


def test_a_refused_number_leaves_no_pending_token(unlinked: Any) -> None:
    unlinked.server.desk.clients[COMPANY] = Standing.NO_EMAIL
    with pytest.raises(LoginNeeded):
        unlinked.log_in()
    assert "not_linked" in told(unlinked)


def test_a_revoked_link_is_the_person_s_turn(office: Any) -> None:
    office.server.desk.revoke(COMPANY)
    health = office.hooks("health")
    assert (health.ok, health.turn) == (False, Turn.YOU)
    assert "credentials_refused" in told(office)


@pytest.mark.parametrize(("status", "turn"), [(500, Turn.REMOTE), (429, Turn.REMOTE), (404, Turn.YOU)])
def test_whose_turn_an_answer_is(status: int, turn: Turn, office: Any) -> None:
    with Web([reply(status)]) as web:
        moved(office, web.url)
        assert office.hooks("health").turn is turn


def test_an_unreachable_codabox_is_the_network_s_turn(office: Any) -> None:
    with Web([b""]) as web:
        moved(office, web.url)
        assert office.hooks("health").turn is Turn.NETWORK


@pytest.mark.parametrize("body", [b"[]", b"null", b"<html>", b'{"feed_clients": "x"}', b'{"feed_clients": [1, {}]}'])
def test_an_answer_without_names_is_no_fault(body: bytes, office: Any) -> None:
    with Web([reply(200, body)]) as web:
        moved(office, web.url)
        assert "nobody by name" in told(office)
