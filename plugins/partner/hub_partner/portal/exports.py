"""Exports: the papers of a period in one ZIP, made on the spot, kept, and downloaded."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from hub import NotFoundError, PackMade, PackWanted, UsageError
from hub_partner.portal.files import download
from hub_partner.portal.frame import BASE, Visit, Visiting
from hub_partner.tables import tray

router = APIRouter()

_FORMATS = ("original", "pdf", "ubl", "csv")
_DAY = timedelta(days=1)
_MOST_A_DAY = 50  # of an office: each is kept
_USUAL = ("original", "pdf", "csv")


class Busy(Exception):
    """The office already has an export in the making."""


class Turns:
    """One export at a time for each office, in this process."""

    def __init__(self) -> None:
        self._busy: set[int] = set()
        self._lock = threading.Lock()

    @contextmanager
    def of(self, office_id: int) -> Iterator[None]:
        """Take the office's turn. Raises Busy."""
        with self._lock:
            if office_id in self._busy:
                raise Busy
            self._busy.add(office_id)
        try:
            yield
        finally:
            with self._lock:
                self._busy.discard(office_id)


_TURNS = Turns()


@router.get("/clients/{number}/exports")
def exports(number: str, visit: Visiting) -> Response:
    """What was exported and sent, and a form for more."""
    _known(visit, number)
    return _page(visit, number)


@router.post("/clients/{number}/exports")
def export(
    number: str,
    visit: Visiting,
    period: Annotated[str, Form(max_length=30)] = "",
    formats: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Make the export of a period."""
    _known(visit, number)
    chosen = frozenset(formats or ()) & frozenset(_FORMATS)
    if not chosen:
        return _page(visit, number, period, UsageError("choose what should be in it"))
    wanted = PackWanted(company=number, period=period.strip(), formats=chosen, target=_target(visit))
    today = visit.portal.desk.site.now() - _DAY
    if sum(pack.made_at > today for other in visit.names for pack in _made(visit, other)) >= _MOST_A_DAY:
        return _page(visit, number, period, UsageError(f"{_MOST_A_DAY} exports a day are enough; come back tomorrow"))
    try:
        with _TURNS.of(visit.visitor.office_id):
            made = visit.papers.pack(wanted)
    except UsageError as error:
        return _page(visit, number, period, error)
    visit.note("exported", f"company:{number} sha256:{made.sha256}")
    return RedirectResponse(f"{BASE}/clients/{number}/exports#{made.sha256[:16]}", 303)


@router.get("/clients/{number}/exports/{sha256}.zip")
def export_file(number: str, sha256: str, visit: Visiting) -> Response:
    """An export, as an attachment: one of his own, or one that was sent to him."""
    _known(visit, number)
    mine = next((one for one in (*_made(visit, number), *_sent(visit, number)) if one.sha256 == sha256), None)
    if mine is None:
        raise NotFoundError("there is no such export")
    visit.note("downloaded", f"company:{number} sha256:{sha256}")
    return download(mine.file)


def _known(visit: Visit, number: str) -> None:
    if number not in visit.names:
        raise NotFoundError("there is no such client")


def _page(visit: Visit, number: str, period: str = "", problem: UsageError | None = None) -> Response:
    return visit.page(
        "exports",
        422 if problem else 200,
        number=number,
        name=visit.names[number],
        period=period or _last_quarter(visit.portal.desk.site.now().date()),
        problem=problem,
        formats=_FORMATS,
        usual=_USUAL,
        made=_made(visit, number),
        sent=_sent(visit, number),
    )


def _target(visit: Visit) -> str:
    """What this office's exports are kept under."""
    return f"partner:{visit.visitor.office}"


def _made(visit: Visit, number: str) -> list[PackMade]:
    return list(visit.portal.desk.papers.of([number]).packs(_target(visit)))


def _sent(visit: Visit, number: str) -> list[PackMade]:
    """The exports that a destination published to this office."""
    office_id = visit.visitor.office_id
    found = visit.portal.desk.tables.read(lambda conn: tray.packs(conn, office_id, number))
    theirs = visit.portal.desk.papers.of([number])
    return [theirs.pack_with(sha256) for sha256 in found]


def _last_quarter(today: date) -> str:
    year, quarter = divmod(today.year * 4 + (today.month - 1) // 3 - 1, 4)
    return f"{year}Q{quarter + 1}"
