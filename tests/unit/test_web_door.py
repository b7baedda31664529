"""Who may come in at the web door: our own name, and forms of our own pages."""

from __future__ import annotations

import pytest

from hub.web.door import Door

SITE = "https://hub.voorbeeld.example"
DOOR = Door.of(SITE, "127.0.0.1:8484")
FORM = {"host": "hub.voorbeeld.example", "content-length": "10", "sec-fetch-site": "same-origin"}


def status(method: str, **changes: str | None) -> int:
    """What a form gets; 200 when it is let in. `changes` are headers, None: without it."""
    given = {**FORM, **{name.replace("_", "-"): value for name, value in changes.items()}}
    headers = {name: value for name, value in given.items() if value is not None}
    refusal = DOOR.refusal(method, headers)
    return refusal.status if refusal else 200


@pytest.mark.parametrize("host", ["hub.voorbeeld.example", "HUB.voorbeeld.example", "127.0.0.1:8484", "localhost:8484"])
def test_our_names_are_let_in(host: str) -> None:
    assert status("GET", host=host) == 200


@pytest.mark.parametrize("host", ["evil.example", "", None, "hub.voorbeeld.example.evil.example", "127.0.0.1"])
def test_other_names_are_turned_away(host: str | None) -> None:
    assert status("GET", host=host) == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "post", "ODD"])
@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "Same-Origin"])
def test_what_another_site_sends_is_turned_away(method: str, site: str) -> None:
    assert status(method, sec_fetch_site=site, origin=SITE) == 403


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_our_own_forms_are_let_in(site: str) -> None:
    assert status("POST", sec_fetch_site=site) == 200


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (SITE, 200),
        (f"{SITE}:443", 200),
        (None, 403),
        ("", 403),
        ("null", 403),
        ("https://evil.example", 403),
        ("http://hub.voorbeeld.example", 403),
        (f"{SITE}.evil.example", 403),
        (f"{SITE}:444", 403),
    ],
)
def test_without_fetch_metadata_the_origin_must_be_ours(origin: str | None, expected: int) -> None:
    assert status("POST", sec_fetch_site=None, origin=origin) == expected


@pytest.mark.parametrize(
    ("length", "expected"),
    [("0", 200), ("65536", 200), ("65537", 413), ("-1", 411), ("", 411), (None, 411), ("١", 411)],
)
def test_a_form_has_a_size_that_is_said(length: str | None, expected: int) -> None:
    assert status("POST", content_length=length) == expected


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_changes_nothing_may_come_from_anywhere(method: str) -> None:
    assert status(method, sec_fetch_site="cross-site", content_length=None) == 200
