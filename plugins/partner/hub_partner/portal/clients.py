"""The clients of an office: their papers, one paper with its files, and giving a client up."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from hub import NotFoundError, Page, Paper, UsageError
from hub_partner.portal.files import download
from hub_partner.portal.frame import BASE, Visit, Visiting
from hub_partner.tables import offices, tray

router = APIRouter()


@router.get("/")
def clients(visit: Visiting) -> Response:
    """The companies that invited the office."""
    return visit.page("clients", names=visit.names)


@router.get("/clients/{number}")
def papers(number: str, visit: Visiting, filter: str = "", after: str = "") -> Response:  # noqa: A002 - its name in the address
    """The papers of a client, newest first, a page at a time."""
    theirs, name = visit.portal.desk.papers.of([_theirs(visit, number)]), visit.names[number]
    try:
        page, problem = theirs.list(filter, after), None
    except UsageError as error:
        page, problem = Page(()), error
    sent = _published(visit, page.papers)
    values = {"number": number, "name": name, "filter": filter, "after": after, "page": page, "sent": sent}
    return visit.page("papers", 422 if problem else 200, **values, problem=problem)


@router.get("/clients/{number}/papers/{uid}")
def paper(number: str, uid: str, visit: Visiting) -> Response:
    """One paper: its facts and files."""
    found = _paper(visit, number, uid)
    return visit.page("paper", number=number, name=visit.names[number], paper=found, sent=_published(visit, [found]))


@router.get("/clients/{number}/papers/{uid}/files/{n}")
def file(number: str, uid: str, n: int, visit: Visiting) -> Response:
    """One file of a paper, as an attachment."""
    found = _paper(visit, number, uid)
    if not 0 <= n < len(found.files):
        raise NotFoundError("there is no such file")
    visit.note("downloaded", f"document:{uid} sha256:{found.files[n].sha256}")
    return download(found.files[n])


@router.get("/clients/{number}/revoke")
def ask_to_revoke(number: str, visit: Visiting) -> Response:
    """Whether he is sure."""
    return visit.page("revoke", number=_theirs(visit, number), name=visit.names[number])


@router.post("/clients/{number}/revoke")
def revoke(number: str, visit: Visiting) -> Response:
    """Give the client up, for the whole office, at once."""
    company, visitor, at = _theirs(visit, number), visit.visitor, visit.portal.now()
    visit.portal.desk.tables.write(
        lambda conn: offices.revoke(conn, (visitor.office_id, company), at, by="office"),
        action="revoked",
        about=f"office:{visitor.office_id} company:{company}",
        actor=visitor.actor,
    )
    return RedirectResponse(f"{BASE}/", 303)


def _theirs(visit: Visit, number: str) -> str:
    """The number of one of his clients. Raises NotFoundError for every other text."""
    if number not in visit.names:
        raise NotFoundError("there is no such client")
    return number


def _paper(visit: Visit, number: str, uid: str) -> Paper:
    return visit.portal.desk.papers.of([_theirs(visit, number)]).one(uid)


def _published(visit: Visit, papers: Iterable[Paper]) -> dict[str, int]:
    """When each of them was published to the office, by uid."""
    uids = [paper.uid for paper in papers]
    office_id = visit.visitor.office_id
    return visit.portal.desk.tables.read(lambda conn: tray.papers(conn, office_id, uids))
