"""What all pages share: the desk, the templates, and who asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hub import CompanyPapers, Desk, show
from hub_partner.moments import LONGEST, from_ms, to_ms
from hub_partner.tables import sessions
from hub_partner.tables.sessions import Opening, Visitor
from hub_partner.tokens import hashed, new_token

BASE = "/partner"
_MB = 1_000_000


class NotLoggedIn(Exception):
    """Nobody is logged in, or not any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """What the pages work with."""

    desk: Desk
    log: Any
    templates: Environment = field(repr=False)

    @property
    def cookie(self) -> str:
        """Its name: with https one that only this very host can have set."""
        return "__Host-hub_partner" if self.desk.site.secure else "hub_partner"

    def now(self) -> int:
        """This moment, as the tables keep it."""
        return to_ms(self.desk.site.now())

    def page(self, template: str, /, status: int = 200, **values: Any) -> HTMLResponse:
        """A page from its template."""
        text = self.templates.get_template(f"{template}.html").render({"base": BASE, "visitor": None, **values})
        return HTMLResponse(text, status)

    def opening(self, request: Request) -> tuple[Opening, str]:
        """A session about to begin, and the secret of its cookie: a new one at every login."""
        token = new_token()
        agent = request.headers.get("user-agent", "")
        return Opening(token=hashed(token), agent=agent, at=self.now()), token

    def let_in(self, token: str) -> Response:
        """To the clients, with the cookie of a new session."""
        response = RedirectResponse(f"{BASE}/", 303)
        seconds = int(LONGEST.total_seconds())
        response.set_cookie(
            self.cookie, token, max_age=seconds, path="/", secure=self.desk.site.secure, httponly=True, samesite="lax"
        )
        return response

    def let_out(self) -> Response:
        """To the login page, without a cookie."""
        response = RedirectResponse(f"{BASE}/login", 303)
        response.delete_cookie(self.cookie, path="/", secure=self.desk.site.secure, httponly=True, samesite="lax")
        return response


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of somebody who is logged in. `papers` are those of his clients at this moment, and no others."""

    portal: Portal
    visitor: Visitor
    papers: CompanyPapers
    names: Mapping[str, str]  # company -> its name

    def page(self, template: str, /, status: int = 200, **values: Any) -> HTMLResponse:
        """A page for him."""
        return self.portal.page(template, status, visitor=self.visitor, **values)

    def note(self, action: str, about: str) -> None:
        """Write down what he did."""
        self.portal.desk.tables.write(lambda _: None, action=action, about=about, actor=self.visitor.actor)


def portal_of(request: Request) -> Portal:
    """The portal that a request is for."""
    portal: Portal = request.app.state.portal
    return portal


def visit_of(request: Request, portal: Annotated[Portal, Depends(portal_of)]) -> Visit:
    """The one place that says who asks, and what he may see. Raises NotLoggedIn."""
    secret = request.cookies.get(portal.cookie, "")
    token, at = hashed(secret), portal.now()
    tables = portal.desk.tables
    visitor = tables.read(lambda conn: sessions.visitor(conn, token, at)) if secret else None
    if visitor is None:
        raise NotLoggedIn
    if tables.read(lambda conn: sessions.stale(conn, token, at)):
        tables.write(lambda conn: sessions.touch(conn, token, at))
    papers = portal.desk.papers.of(visitor.companies)
    return Visit(portal, visitor, papers, papers.companies())


InPortal = Annotated[Portal, Depends(portal_of)]
Visiting = Annotated[Visit, Depends(visit_of)]


def templates() -> Environment:
    """The templates: everything they print is escaped for HTML, and made visible."""
    folder = Path(__file__).parent / "templates"
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    filters: dict[str, Callable[..., str]] = {
        "amount": _amount,
        "moment": _moment,
        "kind": _kind,
        "size": _size,
        "day": _day,
        "sentence": _sentence,
    }
    made.filters.update(filters)
    return made


def _shown(value: Any) -> Any:
    """Whatever a template prints: text from outside made harmless, nothing where there is nothing.

    What a macro gives is a kind of text that was escaped already, and stays as it is.
    """
    if type(value) is str:
        return show(value)
    return "" if value is None else value


def _amount(amount: Decimal | None, currency: str) -> str:
    return "" if amount is None else f"{currency} {amount:,f}".strip()


def _moment(at: datetime | int) -> str:
    moment = from_ms(at) if isinstance(at, int) else at
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _day(at: int) -> str:
    return f"{from_ms(at):%Y-%m-%d}"


def _sentence(text: str) -> str:
    end = "" if text.endswith((".", "?", "!")) or not text else "."
    return f"{text[:1].upper()}{text[1:]}{end}"


def _kind(kind: str) -> str:
    return kind.replace("_", " ").capitalize()


def _size(size: int) -> str:
    return f"{size / _MB:.1f} MB" if size >= _MB else f"{max(1, round(size / 1000))} kB"
