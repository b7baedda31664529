"""What a pack says of its papers: `manifest.json` for programs, two CSV files for spreadsheets.

Pure: facts of the papers only, no id, no time of arrival, no path they were imported from. So the same papers
give the same bytes in every home and at any time.
"""

from __future__ import annotations

import json
from bisect import insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from hub.core.audit import canonical
from hub.core.document import Document, Kind
from hub.core.periods import Period
from hub.core.terms import TaxSubtotal
from hub.core.words import formula_safe

MANIFEST = "manifest.json"
VERSION = 1
_MARK = "\ufeff"  # at the start of a CSV file: without it Excel takes UTF-8 for the machine's old character set

_LEADING = ("company", "kind", "number", "issue_date", "due_date", "supplier", "supplier_vat")
_PARTIES = ("customer", "customer_vat")
_TRAILING = ("currency", "booked_by", "files", "sha256")
_LEFT_OUT = ("kind", "number", "issue_date", "sha256", "reason")


class Format(StrEnum):
    """What a pack holds of each paper; `pdf` brings the attachments, `csv` is the index of all."""

    ORIGINAL = "original"
    PDF = "pdf"
    UBL = "ubl"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose papers of which days and kinds a pack holds, and in which formats."""

    company: str  # enterprise number, 10 digits
    company_name: str
    period: Period
    kinds: frozenset[Kind] = frozenset(Kind)
    formats: frozenset[Format] = frozenset({Format.ORIGINAL, Format.PDF, Format.CSV})


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A paper of the period that is not in the pack; `reason` is a stable code (`held`, `no_pdf`, ...)."""

    kind: Kind
    number: str
    issue_date: date | None
    sha256: str
    reason: str

    @property
    def order(self) -> tuple[str, date, str, str, str]:
        """Left out papers are listed in this order."""
        return self.kind, self.issue_date or date.min, self.number, self.sha256, self.reason


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in the ZIP."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Packed:
    """One paper as it went into the ZIP; `missing` are wanted formats that it does not have."""

    document: Document
    booked_by: str
    files: Sequence[Entry]
    missing: Sequence[Format]


class Listing:
    """The lists of a pack while it grows: a line of JSON for each paper, so that 100,000 fit in memory."""

    def __init__(self, scope: Scope, left_out: Iterable[LeftOut]) -> None:
        self.left_out = sorted(left_out, key=lambda paper: paper.order)
        self._scope = scope
        self._papers: list[str] = []
        self._rates: set[tuple[str, str]] = set()

    def __len__(self) -> int:
        return len(self._papers)

    def add(self, packed: Packed) -> None:
        """A paper that is in the pack."""
        facts = _facts(packed)
        self._rates.update((vat["category"], vat["rate"]) for vat in facts["vat"])
        self._papers.append(canonical(facts))

    def leave_out(self, paper: LeftOut) -> None:
        """A paper that turns out to have nothing to pack."""
        insort(self.left_out, paper, key=lambda paper: paper.order)

    def manifest(self, lists: Iterable[Entry]) -> Iterator[str]:
        """Canonical JSON (sorted keys, no spaces, ASCII), in pieces. `lists` are the pack's CSV files."""
        yield '{"left_out":['
        yield ",".join(canonical(_left_out(paper)) for paper in self.left_out)
        yield '],"lists":['
        yield ",".join(canonical(_entry(entry)) for entry in lists)
        yield '],"papers":['
        for n, paper in enumerate(self._papers):
            yield f",{paper}" if n else paper
        yield f'],"scope":{canonical(_scope(self._scope))},"version":{VERSION}}}'

    def index(self) -> Iterator[str]:
        """A header and one line a paper (RFC 4180), with a VAT column for each category and rate there is."""
        rates = sorted(self._rates, key=lambda rate: (rate[0], Decimal(rate[1] or 0), rate[1]))
        vat_columns = ["_".join(filter(None, ("vat", *rate))) for rate in rates]
        names = (*_LEADING, *_PARTIES, "net", *vat_columns, "vat_total", "total", "payable", *_TRAILING)
        yield _MARK + _line(map(_text, names))
        for paper in self._papers:
            yield _line(_cells(json.loads(paper), rates))

    def left_out_lines(self) -> Iterator[str]:
        """The same for what was left out."""
        yield _MARK + _line(map(_text, _LEFT_OUT))
        for paper in self.left_out:
            yield _line(_text(value or "") for value in _left_out(paper).values())


def _facts(packed: Packed) -> dict[str, Any]:
    paper, totals = packed.document, packed.document.totals
    return {
        "company": paper.company,
        "kind": paper.kind,
        "number": paper.number,
        "issue_date": _day(paper.issue_date),
        "due_date": _day(paper.due_date),
        "supplier": paper.supplier.name,
        "supplier_vat": paper.supplier.vat,
        "customer": paper.customer.name,
        "customer_vat": paper.customer.vat,
        "net": _amount(totals.without_tax),
        "vat": _vat(paper.tax_subtotals),
        "vat_total": _amount(totals.tax),
        "total": _amount(totals.with_tax),
        "payable": _amount(totals.payable),
        "currency": paper.currency,
        "booked_by": packed.booked_by,
        "files": [_entry(entry) for entry in packed.files],
        "missing": list(packed.missing),
        "sha256": paper.sha256,
    }


def _vat(subtotals: Iterable[TaxSubtotal]) -> list[dict[str, str]]:
    """VAT for each category and rate, summed: a paper may state a rate twice, with two exemption reasons."""
    sums: dict[tuple[str, str], Decimal] = {}
    for subtotal in subtotals:
        if subtotal.amount is not None:
            key = (subtotal.tax.code, _rate(subtotal.tax.rate))
            sums[key] = sums.get(key, Decimal(0)) + subtotal.amount
    return [
        {"category": category, "rate": rate, "amount": format(amount, "f")}
        for (category, rate), amount in sorted(sums.items())
    ]


def _rate(rate: Decimal | None) -> str:
    """21, 21.0 and 21.00 percent are one rate."""
    text = "" if rate is None else format(rate, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _amount(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _entry(entry: Entry) -> dict[str, Any]:
    return {"name": entry.name, "sha256": entry.sha256, "size": entry.size}


def _left_out(paper: LeftOut) -> dict[str, str | None]:
    return {
        "kind": paper.kind,
        "number": paper.number,
        "issue_date": _day(paper.issue_date),
        "sha256": paper.sha256,
        "reason": paper.reason,
    }


def _scope(scope: Scope) -> dict[str, Any]:
    period = scope.period
    return {
        "company": scope.company,
        "company_name": scope.company_name,
        "formats": sorted(scope.formats),
        "kinds": sorted(scope.kinds),
        "period": {"name": period.name, "start": _day(period.start), "end": _day(period.end)},
    }


def _cells(facts: Mapping[str, Any], rates: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The cells of one paper, in the order of the header."""
    amounts = {(vat["category"], vat["rate"]): vat["amount"] for vat in facts["vat"]}
    names = " ".join(entry["name"] for entry in facts["files"])
    yield from (_text(facts[name] or "") for name in (*_LEADING, *_PARTIES))
    yield from map(_number, [facts["net"], *(amounts.get(rate) for rate in rates)])
    yield from map(_number, [facts["vat_total"], facts["total"], facts["payable"]])
    yield from (_text(text) for text in (facts["currency"], facts["booked_by"], names, facts["sha256"]))


def _number(amount: str | None) -> str:
    return amount or ""


def _text(value: str) -> str:
    return '"' + formula_safe(value).replace('"', '""') + '"'


def _line(cells: Iterable[str]) -> str:
    return ",".join(cells) + "\r\n"
