"""A person's own logins: where he is logged in, and ending one."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from hub import NotFoundError
from hub_partner.portal.frame import BASE, Visiting
from hub_partner.tables import sessions

router = APIRouter()


# What browsers call themselves, the more special before what it is made of.
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone|iPad", "iOS"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@router.get("/logins")
def logins(visit: Visiting) -> Response:
    """Every session of this person that still works."""
    at, person_id = visit.portal.now(), visit.visitor.person_id
    rows = visit.portal.desk.tables.read(lambda conn: sessions.of_person(conn, person_id, at))
    return visit.page("logins", logins=[(row, browser(row.agent)) for row in rows])


def browser(agent: str) -> str:
    """`Firefox on Windows`, where that can be told; else what the browser calls itself."""
    name, system = _first(_BROWSERS, agent), _first(_SYSTEMS, agent)
    return f"{name} on {system}" if name and system else agent or "unknown"


def _first(known: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for pattern, name in known if re.search(pattern, agent)), "")


@router.post("/logins/{uid}/end")
def end(uid: str, visit: Visiting) -> Response:
    """End one of them, from the next click on."""
    visitor, at = visit.visitor, visit.portal.now()

    def work(conn: Any) -> None:
        if not sessions.end(conn, visitor.person_id, uid, at):
            raise NotFoundError("there is no such login")  # in here, so that nothing is noted

    visit.portal.desk.tables.write(work, action="session.ended", about=f"session:{uid}", actor=visitor.actor)
    return RedirectResponse(f"{BASE}/logins", 303)
