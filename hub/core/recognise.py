"""Whose paper is it, and of what kind? Pure: from raw bytes and what a reader made of them to a verdict.

Refused: unreadable or unsafe, kept 30 days. Parked: safe, but company, kind or facts are unknown; a person assigns it.
Recognised: a document of one of our companies, ready to be accepted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from hub.core import media
from hub.core.arithmetic import findings
from hub.core.document import Direction, Document, DocumentType, Given, Incoming, Kind
from hub.core.files import File, FileRole
from hub.core.store.companies import Company
from hub.core.terms import Party, Totals
from hub.core.words import show
from hub.errors import HubError, Problem, Severity, Unreadable

NOT_BOOKKEEPING = "not_bookkeeping"  # a reader's word for a paper that is known, but no bookkeeping paper
_DEFAULT_CURRENCY = "EUR"
_FOREIGN = re.compile(r"\s*(?!BE)[A-Z]{2}", re.IGNORECASE)  # DE123456749 is not 0123.456.749
_VAT_NUMBER = re.compile(r"[A-Za-z]{2}[0-9A-Za-z]*[0-9]{8,12}[0-9A-Za-z]*")


class Reader(Protocol):
    """Makes a document of raw bytes; the host's readers fulfil it."""

    def read(self, incoming: Incoming) -> Document | None:
        """The document, None when the format is nobody's; raises Unreadable."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """A document of this company."""

    document: Document
    company: Company


@dataclass(frozen=True, slots=True)
class Parked:
    """A safe paper that a person must place."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A paper that cannot or must not be read."""

    problems: tuple[Problem, ...]


Verdict = Recognised | Parked | Refused


def recognise(incoming: Incoming, reader: Reader, companies: Sequence[Company]) -> Verdict:
    """What becomes of this paper."""
    kind_of_bytes = media.media_type(incoming.data)
    mismatch = _mismatch(incoming, kind_of_bytes)
    if mismatch:
        return Refused((mismatch,))
    if kind_of_bytes == media.PDF:
        return _pdf(incoming, companies)
    try:
        document = reader.read(incoming)
    except Unreadable as error:
        return Refused(_placed(error.problems, incoming.name))
    except HubError as error:  # whatever a reader raises: the papers beside this one are not its business
        return Refused((Problem(error.code, error.message, incoming.name, Severity.FATAL),))
    if document is None:
        message = f"this is {kind_of_bytes}; the hub reads UBL invoices, credit notes and quotations, and PDF"
        return Refused((Problem("format.unknown", message, incoming.name, Severity.FATAL),))
    original = File.of(incoming.name, kind_of_bytes, incoming.data, FileRole.ORIGINAL)
    files = (original, *_with_beside(document.files, incoming.beside))
    found = replace(document, files=files, problems=(*document.problems, *findings(document)))
    return _place(found, incoming, companies)


def _placed(problems: Sequence[Problem], name: str) -> tuple[Problem, ...]:
    """A problem without a place is one of the whole file."""
    return tuple(replace(problem, place=problem.place or name) for problem in problems)


def _with_beside(inside: tuple[File, ...], beside: tuple[File, ...]) -> tuple[File, ...]:
    """The files of a paper: a PDF given with it is its picture, and one inside becomes an attachment then."""
    if any(file.role is FileRole.PDF for file in beside):
        inside = tuple(
            replace(file, role=FileRole.ATTACHMENT) if file.role is FileRole.PDF else file for file in inside
        )
    known = {file.sha256 for file in beside}
    return (*beside, *(file for file in inside if file.sha256 not in known))


def _mismatch(incoming: Incoming, kind_of_bytes: str) -> Problem | None:
    """A name that promises something else than the bytes are, and archives, which are not opened yet."""
    ending = incoming.name.rpartition(".")[2].lower()
    promised = {"xml": media.XML, "pdf": media.PDF}.get(ending)
    if not incoming.data:
        return Problem("empty", "the file is empty", incoming.name, Severity.FATAL)
    if promised and kind_of_bytes in {media.PDF, media.ZIP, media.XML} and kind_of_bytes != promised:
        message = f"the name ends in .{ending}, but the content is {kind_of_bytes}; give it its right name"
        return Problem("type_mismatch", message, incoming.name, Severity.FATAL)
    if kind_of_bytes == media.ZIP or ending == "zip":
        message = "archives are not opened yet; unpack it and import the files"
        return Problem("zip_not_yet", message, incoming.name, Severity.FATAL)
    return None


def _pdf(incoming: Incoming, companies: Sequence[Company]) -> Verdict:
    """A PDF is a document when a person gives its facts."""
    given = incoming.given
    wanted = {
        "--kind": given.kind,
        "--number": given.number,
        "--date": given.issue_date,
        "--supplier": given.supplier,
        "--total": given.total,
    }
    missing = [name for name, value in wanted.items() if value in {None, ""}]
    if given.kind is None or missing:
        message = f"a PDF does not tell its facts; give {', '.join(missing)}"
        return Parked((Problem("facts_missing", message, incoming.name),))
    original = File.of(incoming.name, media.PDF, incoming.data, FileRole.ORIGINAL)
    document = Document(
        type=given.kind.type,
        number=given.number,
        issue_date=given.issue_date,
        currency=_DEFAULT_CURRENCY,
        supplier=_given_supplier(given),
        totals=Totals(payable=given.total),
        files=(original, *incoming.beside),
    )
    return _place(document, incoming, companies)


def _given_supplier(given: Given) -> Party:
    """A supplier named by a person: a VAT number when it looks like one, else a name."""
    bare = "".join(char for char in given.supplier if char.isalnum())
    return Party(vat=given.supplier) if _VAT_NUMBER.fullmatch(bare) else Party(name=given.supplier)


def _place(document: Document, incoming: Incoming, companies: Sequence[Company]) -> Verdict:
    """Find company, direction and kind, by a person's word first."""
    stray = [problem for problem in document.problems if problem.code == NOT_BOOKKEEPING]
    if stray and incoming.given.kind is None:
        return Parked(tuple(stray))
    given = incoming.given
    direction = given.direction or (given.kind.direction if given.kind else None)
    sides = _sides(document, companies)
    company = _company(given, direction, sides, companies)
    if isinstance(company, Problem):
        return Parked((company,))
    direction = direction or _direction(company, sides)
    kind = given.kind or Kind.of(document.type, direction)
    if kind is None:
        return Parked((_whose(company, sides),))
    document = replace(document, kind=kind, type=kind.type, company=company.number, source=incoming.source)
    document = replace(document, sha256=document.original.sha256)
    return Recognised(_with_party_problem(document, company, sides), company)


@dataclass(frozen=True, slots=True)
class _Sides:
    """Which of our companies supplier and customer are, if any."""

    supplier: Company | None
    customer: Company | None


def _sides(document: Document, companies: Sequence[Company]) -> _Sides:
    by_number = {company.number: company for company in companies}
    return _Sides(_ours(document.supplier, by_number), _ours(document.customer, by_number))


def _ours(party: Party, by_number: dict[str, Company]) -> Company | None:
    """Our company behind a party: by VAT number, then legal identifier, then Peppol endpoint 0208."""
    endpoint = party.endpoint.value if party.endpoint and party.endpoint.scheme in {"0208", "9925"} else ""
    for text in (party.vat, party.legal.value if party.legal else "", endpoint):
        digits = "".join(char for char in text if char.isdigit()).rjust(10, "0")
        if digits in by_number and not _FOREIGN.match(text):
            return by_number[digits]
    return None


def _company(
    given: Given, direction: Direction | None, sides: _Sides, companies: Sequence[Company]
) -> Company | Problem:
    if given.company:
        unknown = Problem("company_unknown", f"no company of this hub has the enterprise number {given.company}")
        return next((company for company in companies if company.number == given.company), unknown)
    ours = {side.number: side for side in (sides.supplier, sides.customer) if side}
    wanted = sides.supplier if direction is Direction.SALES else sides.customer if direction else None
    if wanted:
        return wanted
    if (direction or given.kind) and len(companies) == 1:
        return companies[0]
    if len(ours) == 1:
        return next(iter(ours.values()))
    if ours:
        return Problem(
            "party.both_ours", "supplier and customer are both companies of this hub; say which with --company"
        )
    return Problem("party.not_ours", "neither supplier nor customer is a company of this hub; say whose with --company")


def _direction(company: Company, sides: _Sides) -> Direction | None:
    """Sold or bought, when the paper says so without doubt."""
    sold, bought = sides.supplier == company, sides.customer == company
    if sold == bought:
        return None
    return Direction.SALES if sold else Direction.PURCHASE


def _whose(company: Company, sides: _Sides) -> Problem:
    both = sides.supplier == sides.customer == company
    who = "supplier and customer are both" if both else "neither supplier nor customer is"
    message = f"{who} {company.name} ({company.number}); say --direction sales or purchase"
    return Problem("party.both_ours" if both else "party.not_ours", show(message))


def _with_party_problem(document: Document, company: Company, sides: _Sides) -> Document:
    """Note that a person placed a paper which does not name our company where it should."""
    direction = document.kind.direction if document.kind else None
    side = sides.supplier if direction is Direction.SALES else sides.customer
    told = document.original.media_type == media.PDF or document.type is DocumentType.OTHER
    if direction is None or side == company or told:
        return document
    word = "supplier" if direction is Direction.SALES else "customer"
    message = show(f"the {word} on the paper is not {company.name} ({company.number})")
    return replace(document, problems=(*document.problems, Problem("party.not_ours", message, word)))
