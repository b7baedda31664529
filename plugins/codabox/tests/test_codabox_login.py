"""The link: the mail is asked for once, the token works once, the credentials are kept first, refusals have names."""

from __future__ import annotations

from typing import Any

import pytest

from hub.errors import AnswerNeeded, LoginNeeded, SettingsError
from hub.testing.codabox import SOFTWARE_KEY, CodaboxServer
from hub.testing.codabox_desk import Standing
from hub.testing.specimen import COMPANY, NOW
from hub_codabox.reasons import Reason
from hub_codabox.settings import Client, Software
from tests.integration.web import Web, reply


def refused(office: Any, token: str = "") -> LoginNeeded:
    with pytest.raises(LoginNeeded) as caught:
        office.log_in(token)
    return caught.value


def moved(office: Any, url: str) -> None:
    """Point the connection somewhere else."""
    office.hooks.offer["connection"].__dict__["base_url"] = url


def test_a_login_asks_for_the_token_as_a_secret_and_keeps_the_link(unlinked: Any, new_paper: Any) -> None:
    person = unlinked.log_in()
    assert person.asked == [("token", True)]
    assert len(unlinked.server.desk.mails) == 1
    unlinked.send(new_paper())
    assert unlinked.taken() == ["F2026-0001"]


def test_the_mail_is_asked_for_once_in_an_open_login(unlinked: Any) -> None:
    person = unlinked.person()
    person.there = False
    for _ in range(2):
        with pytest.raises(AnswerNeeded):
            unlinked.hooks("login", ask=person)
    assert len(unlinked.server.desk.mails) == 1


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (None, "unknown_enterprise"),
        (Standing.NO_OFFICE, "no_accounting_office"),
        (Standing.NO_EMAIL, "no_email"),
        (Standing.LINKED_ELSEWHERE, "already_linked"),
    ],
)
def test_a_refused_number_has_a_reason_and_codabox_s_own_words(
    standing: Standing | None, reason: str, unlinked: Any
) -> None:
    clients = unlinked.server.desk.clients
    clients.clear()
    if standing:
        clients[COMPANY] = standing
    error = refused(unlinked)
    assert error.reason == reason
    assert "(CodaBox: " in error.detail
    assert unlinked.server.desk.mails == []


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, b'{"code": "validationError", "detail": "bad"}', "invalid_number"),
        (403, b'{"code": "consentPending"}', "consent_pending"),
        (403, b'{"code": "consentDenied"}', "consent_denied"),
        (403, b'{"code": "consentCancelled"}', "consent_cancelled"),
        (504, b"<html>gateway</html>", "service_down"),
        (400, b'{"detail": "the moon is wrong"}', "other"),
        (400, b"[1]", "other"),
        (200, b"{}", "other"),
    ],
)
def test_an_answer_to_the_request_has_the_reason(status: int, body: bytes, reason: str, unlinked: Any) -> None:
    with Web([reply(status, body)]) as web:
        moved(unlinked, web.url)
        error = refused(unlinked)
        assert (error.reason, len(web.requests)) == (reason, 1)


def test_a_raw_reason_is_shown_as_it_was_said(unlinked: Any) -> None:
    with Web([reply(400, b'{"detail": "the moon is wrong"}')]) as web:
        moved(unlinked, web.url)
        assert "the moon is wrong" in refused(unlinked).detail


def test_a_software_key_that_is_not_taken_is_a_wrong_setting_and_is_not_told(unlinked: Any) -> None:
    with Web([reply(403, f'{{"detail": "who is {SOFTWARE_KEY}?"}}'.encode())]) as web:
        moved(unlinked, web.url)
        with pytest.raises(SettingsError) as caught:
            unlinked.log_in()
    assert caught.value.reason == "software_key"
    assert SOFTWARE_KEY not in caught.value.detail


def test_the_request_carries_the_number_and_the_software_key_and_no_login(unlinked: Any) -> None:
    with Web([reply(400)]) as web:
        moved(unlinked, web.url)
        refused(unlinked)
        [request] = web.requests
    assert b'{"vat":"0123456749"}' in request
    assert f"x-software-company: {SOFTWARE_KEY}".encode() in request.lower()
    assert b"authorization" not in request.lower()


def test_a_token_that_was_used_is_invalid(unlinked: Any) -> None:
    used = unlinked.log_in() and unlinked.server.desk.mails[-1].token
    error = refused(unlinked, used)
    assert error.reason == "token_invalid"
    assert used not in error.detail


@pytest.mark.parametrize("token", ["../pod-client", "a b", "x?y", "z" * 201])
def test_what_is_no_token_never_becomes_a_path(token: str, unlinked: Any) -> None:
    assert refused(unlinked, token).reason == "token_invalid"


def test_an_old_link_stays_when_a_new_login_fails(office: Any, new_paper: Any) -> None:
    refused(office, "nobodys-token")
    assert office.send(new_paper()).detail["status"] == "201"


def test_a_token_whose_answer_was_lost_is_not_sent_again(unlinked: Any) -> None:
    with Web([reply(201), b""]) as web:
        moved(unlinked, web.url)
        assert refused(unlinked, "a-token").reason == "service_down"
        assert [one.split()[0] for one in web.requests] == [b"POST", b"GET"]


def test_a_request_whose_answer_was_lost_may_still_bring_a_mail(unlinked: Any) -> None:
    with Web([b""]) as web:
        moved(unlinked, web.url)
        error = refused(unlinked)
        assert (error.reason, len(web.requests)) == ("service_down", 1)
    assert "a mail may come all the same" in error.detail


def test_credentials_that_did_not_come_are_a_spent_token(unlinked: Any) -> None:
    with Web([reply(201), reply(200, b'{"username": "x"}')]) as web:
        moved(unlinked, web.url)
        error = refused(unlinked, "a-token")
    assert (error.reason, "used up" in error.detail) == ("service_down", True)


def test_after_a_lost_token_the_same_open_login_has_another_one_mailed(unlinked: Any) -> None:
    person = unlinked.person("a-token")
    with Web([reply(201), b""]) as web:
        moved(unlinked, web.url)
        with pytest.raises(LoginNeeded):
            unlinked.hooks("login", ask=person)
    moved(unlinked, unlinked.server.url)
    person.token = ""
    unlinked.hooks("login", ask=person)
    assert (len(unlinked.server.desk.mails), len(person.kept)) == (1, 2)


def test_the_credentials_are_in_the_vault_before_the_login_returns(unlinked: Any, server: CodaboxServer) -> None:
    unlinked.log_in()
    kept = unlinked.hooks.offer["vault"].get("link")
    assert kept is not None
    assert f"client-{COMPANY}" in kept.value
    assert NOW.date().isoformat() in kept.value


def test_a_link_of_another_number_is_no_link(office: Any, new_paper: Any) -> None:
    office.set(enterprise_number="0876543270")
    with pytest.raises(SettingsError):
        office.prepare(new_paper())
    with pytest.raises(LoginNeeded) as caught:
        office.send(new_paper(), prepared=object())
    assert caught.value.reason == "not_linked"


def test_a_paper_before_the_login_waits_for_it(unlinked: Any, new_paper: Any) -> None:
    with pytest.raises(LoginNeeded) as caught:
        unlinked.prepare(new_paper())
    assert caught.value.reason == "not_linked"


@pytest.mark.parametrize(("given", "path"), [("a/b", "a/b/"), ("/a/b/", "a/b/")])
def test_an_upload_path_ends_in_a_slash(given: str, path: str) -> None:
    assert Client.model_validate({"enterprise_number": COMPANY, "upload_path": given}).upload_path == path


def test_production_is_the_default() -> None:
    assert Software.model_validate({"software_key": "x"}).base_url == "https://api.codabox.com/v2"


@pytest.mark.parametrize("page", ["plugins/codabox/README.md", "docs/operating.md"])
def test_every_reason_is_explained(page: str, pytestconfig: pytest.Config) -> None:
    text = (pytestconfig.rootpath / page).read_text(encoding="utf-8")
    assert [reason for reason in Reason if f"`{reason}`" not in text] == []
