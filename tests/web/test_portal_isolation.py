"""Every route, walked by somebody who may not: foreign, unlinked and unknown companies do not exist for him."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from hub.app.desk import desk
from hub.core.papers import PackWanted
from hub_partner.portal.app import application
from tests.web.served import COMPANY, OFFICE, OTHER, Served
from tests.web.visit import Browser

OPEN = {"/login", "/login/{token}", "/invitation/{token}"}  # for those who are not logged in
OWN = {"/", "/logins", "/logout", "/logins/{uid}/end"}  # of a person, without a company
ROUTES = [
    ("GET", "/"),
    ("GET", "/clients/{number}"),
    ("GET", "/clients/{number}/exports"),
    ("GET", "/clients/{number}/exports/{sha256}.zip"),
    ("GET", "/clients/{number}/papers/{uid}"),
    ("GET", "/clients/{number}/papers/{uid}/files/{n}"),
    ("GET", "/clients/{number}/revoke"),
    ("GET", "/invitation/{token}"),
    ("GET", "/login"),
    ("GET", "/login/{token}"),
    ("GET", "/logins"),
    ("POST", "/clients/{number}/exports"),
    ("POST", "/clients/{number}/revoke"),
    ("POST", "/invitation/{token}"),
    ("POST", "/login"),
    ("POST", "/login/{token}"),
    ("POST", "/logins/{uid}/end"),
    ("POST", "/logout"),
]
OF_CLIENTS = [(method, path) for method, path in ROUTES if path not in OPEN | OWN]
FORMS = {"/clients/{number}/exports": {"period": "2026Q3", "formats": "csv"}, "/login": {"mail": "x@y.example"}}


def filled(path: str, **values: Any) -> str:
    """A route's path with values in it."""
    return "/partner" + re.sub(r"{(\w+)}", lambda match: str(values[match[1]]), path)


def ask(browser: Browser, method: str, path: str, **values: Any) -> tuple[int, str]:
    """What somebody gets; the text without the name of his own office."""
    address = filled(path, **values)
    answer = browser.post(address, FORMS.get(path, {})) if method == "POST" else browser.get(address)
    return answer.status, answer.text


@pytest.fixture
def ids(site: Served) -> dict[str, dict[str, Any]]:
    """Real ids of both companies, each with an export for the same office."""
    papers = desk(site.hub, "partner").papers
    made = {}
    for number in (COMPANY, OTHER):
        shelf = papers.of([number])
        pack = shelf.pack(PackWanted(company=number, period="2026Q3", target=f"partner:{OFFICE}"))
        made[number] = {"number": number, "uid": shelf.list().papers[0].uid, "n": 0, "sha256": pack.sha256}
    return made


def test_the_list_of_routes_is_whole(site: Served) -> None:
    app: FastAPI = application(desk(site.hub, "partner"), None)
    found = sorted((method, route.path) for route in _routes(app) for method in route.methods or ())
    assert found == ROUTES


def _routes(app: FastAPI) -> list[APIRoute]:
    found: list[APIRoute] = []
    waiting: list[Any] = list(app.routes)
    while waiting:
        route = waiting.pop()
        inner = getattr(getattr(route, "original_router", None), "routes", [])
        waiting.extend(inner)
        if isinstance(route, APIRoute):
            found.append(route)
    return found


@pytest.mark.parametrize(("method", "path"), OF_CLIENTS)
def test_his_own_client_is_there(site: Served, ids: dict[str, dict[str, Any]], method: str, path: str) -> None:
    assert ask(site.linked(COMPANY), method, path, **ids[COMPANY])[0] in {200, 303}


@pytest.mark.parametrize(("method", "path"), OF_CLIENTS)
def test_a_foreign_client_is_not_there_and_looks_like_none(
    site: Served, ids: dict[str, dict[str, Any]], method: str, path: str
) -> None:
    browser = site.linked(COMPANY)
    foreign = ask(browser, method, path, **ids[OTHER])
    unknown = ask(browser, method, path, number="0999999922", uid="f" * 32, n=0, sha256="0" * 64)
    assert foreign == unknown
    assert foreign[0] == 404
    assert "Ander" not in foreign[1]


@pytest.mark.parametrize(
    ("method", "path"), [pair for pair in OF_CLIENTS if "{uid}" in pair[1] or "{sha256}" in pair[1]]
)
def test_a_foreign_id_under_his_own_client_is_not_there(
    site: Served, ids: dict[str, dict[str, Any]], method: str, path: str
) -> None:
    mixed = {**ids[OTHER], "number": COMPANY}
    assert ask(site.linked(COMPANY), method, path, **mixed)[0] == 404


@pytest.mark.parametrize(("method", "path"), OF_CLIENTS)
def test_another_office_sees_nothing(site: Served, ids: dict[str, dict[str, Any]], method: str, path: str) -> None:
    site.linked(COMPANY)
    other = site.linked(OTHER, office="Ander kantoor", mail="eva@ander.example")
    assert ask(other, method, path, **ids[COMPANY])[0] == 404


def test_an_export_of_one_office_is_not_another_offices(site: Served, ids: dict[str, dict[str, Any]]) -> None:
    colleague = site.linked(COMPANY, office="Ander kantoor", mail="eva@ander.example")
    path = "/clients/{number}/exports/{sha256}.zip"
    assert ask(colleague, "GET", path, **ids[COMPANY])[0] == 404


@pytest.mark.parametrize(("method", "path"), [*OF_CLIENTS, *((m, p) for m, p in ROUTES if p in OWN)])
def test_who_is_not_logged_in_is_sent_to_the_login(
    site: Served, ids: dict[str, dict[str, Any]], method: str, path: str
) -> None:
    site.linked(COMPANY)
    address = filled(path, **ids[COMPANY])
    browser = site.browser()
    answer = browser.post(address, FORMS.get(path, {})) if method == "POST" else browser.get(address)
    assert (answer.status, answer.location) == (303, "/partner/login")


@pytest.mark.parametrize("path", [path for method, path in ROUTES if method == "POST"])
@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"}, {}],
    ids=["cross-site", "same-site", "origin", "neither"],
)
def test_a_form_of_another_site_does_nothing(
    site: Served, ids: dict[str, dict[str, Any]], path: str, headers: dict[str, str]
) -> None:
    browser = site.linked(COMPANY)
    address = filled(path, **ids[COMPANY], token="x")
    answer = browser.ask("POST", address, "period=2026Q3&formats=csv&mail=x%40y.example", headers)
    assert answer.status == 403
    assert site.command.lines("partner", "list")[0]["state"] == "linked"
    assert browser.get("/partner/").status == 200
