"""What every answer carries, whoever asks for what, and what people see when something breaks."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from hub.web.answers import Answers
from hub.web.app import application
from hub.web.door import Door
from tests.integration.keeping import folder
from tests.web.served import COMPANY, Served
from tests.web.test_portal_isolation import ROUTES, filled

CLIENT = f"/partner/clients/{COMPANY}"
HEADERS = {
    "content-security-policy": "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


@pytest.mark.parametrize(("method", "path"), [*ROUTES, ("GET", "/static/portal.css"), ("GET", "/no/such/page")])
def test_every_answer_of_the_portal_has_the_headers(site: Served, method: str, path: str) -> None:
    address = filled(path, number=COMPANY, uid="x", n=0, sha256="y", token="z")
    kept = {"cache-control": "no-cache"} if path.startswith("/static/") else {}
    for browser in (site.browser(), site.linked()):
        answer = browser.post(address, {"mail": "x@y.example"}) if method == "POST" else browser.get(address)
        assert (HEADERS | kept).items() <= dict(answer.headers).items()
        assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 404), ("/healthz", 200), ("/email/", 404), ("/openapi.json", 404), ("/docs", 404), ("/../", 404)],
)
def test_every_answer_of_the_hub_has_the_headers(site: Served, path: str, status: int) -> None:
    answer = site.browser().get(path)
    assert answer.status == status
    assert HEADERS.items() <= dict(answer.headers).items()


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/redoc"])
def test_the_portal_has_no_pages_for_programmers(site: Served, path: str) -> None:
    assert site.linked().get(f"/partner{path}").status == 404


def test_another_host_name_is_turned_away_with_the_headers(site: Served) -> None:
    answer = site.browser().ask("GET", "/partner/login", headers={"host": "evil.example"})
    assert answer.status == 400
    assert HEADERS.items() <= dict(answer.headers).items()


def test_a_form_that_is_too_large_is_turned_away(site: Served) -> None:
    assert site.browser().post("/partner/login", {"mail": "x" * 70_000}).status == 413


def test_https_is_asked_for_where_links_are_https(site: Served) -> None:
    site.hub.config = site.hub.config.model_copy(update={"public_url": "https://hub.voorbeeld.example"})
    app = application(site.hub, "127.0.0.1:1")
    assert (b"strict-transport-security", b"max-age=31536000; includeSubDomains") in app._headers  # type: ignore[attr-defined]


def test_a_plugin_that_this_home_does_not_use_has_no_pages(site: Served) -> None:
    assert site.browser().get("/partner/login").status == 404
    site.invite()
    assert site.browser().get("/partner/login").status == 200


def test_a_plugins_name_alone_leads_to_its_pages(site: Served) -> None:
    site.invite()
    assert site.browser().get("/partner").location == "/partner/"


def test_a_fault_is_a_page_with_a_number_and_no_detail(site: Served) -> None:
    browser = site.linked()
    blob = next(path for path in Path(folder(site.hub).root).glob("??/*"))
    uid = site.command.lines("doc", "list", "--filter", f"company:{COMPANY}")[0]["uid"]
    for path in Path(folder(site.hub).root).glob("??/*"):
        path.chmod(0o600)
        path.write_bytes(b"changed")
    answer = browser.get(f"{CLIENT}/papers/{uid}/files/0")
    assert answer.status == 500
    assert "written down under" in answer.text
    assert blob.name[:12] not in answer.text
    assert HEADERS.items() <= dict(answer.headers).items()


class Noting:
    """A log that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[dict[str, str]] = []

    def error(self, event: str, **fields: str) -> None:
        self.told.append({"event": event, **fields})


@pytest.mark.parametrize("path", ["/partner/invitation/geheim", "/partner/login/geheim", "/partner/login/geheim/more"])
def test_a_fault_is_logged_without_the_link_that_lets_people_in(site: Served, path: str) -> None:
    log = Noting()

    async def breaks(*_: Any) -> None:
        raise LookupError("broken")

    answers = Answers(breaks, Door.of(site.url, "127.0.0.1:1"), log)
    host = site.url.removeprefix("http://").encode()
    scope = {"type": "http", "method": "GET", "path": path, "headers": [(b"host", host)]}
    asyncio.run(answers(scope, _nothing, _nowhere))
    [line] = log.told
    assert (line["event"], line["error"]) == ("page_failed", "LookupError: broken")
    assert "geheim" not in str(line)


async def _nothing() -> dict[str, Any]:
    return {"type": "http.request", "body": b""}


async def _nowhere(message: Any) -> None:
    del message


def test_an_error_of_the_database_carries_no_values(site: Served) -> None:
    with pytest.raises(OperationalError) as failed, site.hub.db.read() as conn:
        conn.execute(sa.text("SELECT :mail FROM nowhere"), {"mail": "an@kantoor.example"})
    assert "an@kantoor.example" not in str(failed.value)


def test_no_page_names_another_host(site: Served) -> None:
    browser = site.linked()
    uid = site.command.lines("doc", "list", "--filter", f"company:{COMPANY}")[0]["uid"]
    paths = [
        "/partner/",
        CLIENT,
        f"{CLIENT}/papers/{uid}",
        f"{CLIENT}/exports",
        "/partner/logins",
        "/partner/static/portal.css",
    ]
    for path in paths:
        page = browser.get(path).text
        assert "://" not in page, path
        assert "<script" not in page
        assert "style=" not in page


def test_the_door_of_an_address_with_a_name(site: Served) -> None:
    assert "hub.voorbeeld.example" in Door.of("https://hub.voorbeeld.example", "0.0.0.0:80").hosts
