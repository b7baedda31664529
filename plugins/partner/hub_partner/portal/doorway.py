"""Coming in: accepting an invitation, logging in by a mailed link, logging out.

A link is opened by GET, which only shows a button (mail scanners open links too), and used by POST. A link that was
used, is over or never was one gives the same page; so do a known and an unknown address.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Form, Request
from fastapi.responses import Response

from hub_partner import wording
from hub_partner.portal.frame import BASE, InPortal, Portal, Visiting
from hub_partner.tables import invitations, people, sessions
from hub_partner.tokens import hashed, new_token

router = APIRouter()

_MAX_MAIL = 254
Mail = Annotated[str, Form(max_length=_MAX_MAIL)]


class _Spent(Exception):
    """The link does not work (any more); nothing is to be written."""


@router.get("/invitation/{token}")
def invitation(token: str, portal: InPortal) -> Response:
    """Who invites whom; a button accepts."""
    found = portal.desk.tables.read(lambda conn: invitations.waiting(conn, hashed(token), portal.now()))
    if found is None:
        return _spent(portal)
    names = portal.desk.papers.of([found.company]).companies()
    company = names.get(found.company, found.company)
    return portal.page("invitation", office=found.office, company=company, number=found.company, mail=found.mail)


@router.post("/invitation/{token}")
def accept(token: str, request: Request, portal: InPortal) -> Response:
    """Accept, once."""
    opening, cookie = portal.opening(request)
    noted = ("invitation.accepted", f"invitation:{hashed(token)[:16]}")
    return _used(portal, lambda conn: invitations.accept(conn, hashed(token), opening), noted, _Caller(request, cookie))


@router.get("/login")
def login(portal: InPortal) -> Response:
    """Ask for a link by mail."""
    return portal.page("login", mail="")


@router.post("/login")
def ask_for_link(mail: Mail, request: Request, portal: InPortal, later: BackgroundTasks) -> Response:
    """Promise a link. Whether anybody has this address is looked up after the answer, so that it tells nothing."""
    address, caller, at = mail.strip().lower(), _Caller(request), portal.now()
    asked = portal.desk.tables.write(lambda conn: people.knocks(conn, hashed(address), hashed(caller.place), at))
    may_send, too_often = asked
    if too_often:
        return _too_often(portal)
    if may_send:
        later.add_task(_send_link, portal, address)
    return portal.page("asked")


@router.get("/login/{token}")
def login_link(token: str, portal: InPortal) -> Response:  # noqa: ARG001 - the form sends it back
    """A button that logs in. Nothing is looked up yet."""
    return portal.page("login_link")


@router.post("/login/{token}")
def log_in(token: str, request: Request, portal: InPortal) -> Response:
    """Log in, once."""
    opening, cookie = portal.opening(request)
    noted = ("login", f"login_link:{hashed(token)[:16]}")
    return _used(portal, lambda conn: people.log_in(conn, hashed(token), opening), noted, _Caller(request, cookie))


@router.post("/logout")
def log_out(visit: Visiting) -> Response:
    """End this session."""
    visitor, at = visit.visitor, visit.portal.now()
    visit.portal.desk.tables.write(
        lambda conn: sessions.end(conn, visitor.person_id, visitor.session, at),
        action="logout",
        about=f"session:{visitor.session}",
        actor=visitor.actor,
    )
    return visit.portal.let_out()


class _Caller:
    """Who asks: from where, and the cookie of the session that would begin."""

    def __init__(self, request: Request, cookie: str = "") -> None:
        self.place = request.client.host if request.client else ""
        self.cookie = cookie


def _used(portal: Portal, work: Callable[[Any], None], noted: tuple[str, str], caller: _Caller) -> Response:
    action, about = noted
    tables, at = portal.desk.tables, portal.now()
    try:
        tables.write(work, action=action, about=about)
    except sessions.Spent:
        # A stranger may try links all day: beyond a few nothing of it is written down.
        _, too_often = tables.write(lambda conn: people.knocks(conn, "", hashed(caller.place), at))
        if too_often:
            return _too_often(portal)
        tables.write(lambda _: None, action=f"{action}.refused", about=about)
        return _spent(portal)
    return portal.let_in(caller.cookie)


def _too_often(portal: Portal) -> Response:
    return portal.page("sentence", 429, title="Too often", sentence="Wait a quarter of an hour, then ask again.")


def _spent(portal: Portal) -> Response:
    return portal.page("spent", 404)


def _send_link(portal: Portal, mail: str) -> None:
    """Mail a link to whoever has this address; nobody has: nothing happens."""
    token, at = new_token(), portal.now()
    via = portal.desk.tables.write(lambda conn: people.add_link(conn, mail, hashed(token), at))
    if via is None:
        return
    notice = wording.login(mail, f"{portal.desk.site.url}{BASE}/login/{token}")
    try:
        sent = portal.desk.notify(notice, via)
    except Exception as error:  # noqa: BLE001 - the answer is given; who runs the hub reads it in the log
        portal.log.warning("login_mail_failed", error=getattr(error, "reason", type(error).__name__))
        return
    if not sent:
        portal.log.warning("login_mail_failed", error="there is not exactly one e-mail connection")
