"""Invented papers in any number, each unlike the others: what is imported, delivered and packed here."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from hub.testing.samples import Item, invoice, pdf

SINCE = "2026-01-01"  # the first issue date there is
_FIRST = date.fromisoformat(SINCE)
_DAYS = 90  # all lie in one quarter
_LONG_NAME = "Voorbeeldartikel met een omschrijving die zo lang is als op een echte factuur, met maat, kleur, "
_LONG_NAME += "levertermijn, partij en de verwijzing van de klant naar zijn eigen bestelling en werf"


def paper(number: int, *, lines: int = 10, picture: int = 0) -> bytes:
    """Sales invoice `number`: ten lines are 10 kB. With `picture` a PDF of about so many bytes is inside."""
    items = tuple(
        Item(name=f"{_LONG_NAME} {n}", quantity=Decimal(n), price=Decimal("7.50")) for n in range(1, lines + 1)
    )
    return invoice(
        number=f"F2026-{number:06}",
        issue_date=_FIRST + timedelta(days=number % _DAYS),
        due_date=_FIRST + timedelta(days=number % _DAYS + 30),
        items=items,
        pdf=scan(number, picture) if picture else None,
    )


def scan(number: int, size: int) -> bytes:
    """A PDF with a page and `size` bytes that do not compress, as pictures and fonts in a PDF do not."""
    return pdf(f"Factuur F2026-{number:06}") + b"%" + random.Random(number).randbytes(size)  # noqa: S311 - no secret


def papers(count: int) -> Iterator[bytes]:
    """The first `count` papers of ten lines."""
    return (paper(number) for number in range(1, count + 1))


def write_papers(folder: Path, count: int) -> list[Path]:
    """The first `count` papers as files."""
    folder.mkdir(parents=True)
    paths = [folder / f"F2026-{number:06}.xml" for number in range(1, count + 1)]
    for path, data in zip(paths, papers(count), strict=True):
        path.write_bytes(data)
    return paths


def heavy(megabytes: int) -> bytes:
    """A paper of about so many MB: scans of 3 MB inside, as many as it takes."""
    first, *others = (paper(number, picture=3_000_000) for number in range(1, megabytes // 4 + 1))
    head, reference, tail = _around_reference(first)
    return b"".join((head, reference, *(_around_reference(other)[1] for other in others), tail))


def _around_reference(data: bytes) -> tuple[bytes, bytes, bytes]:
    """What stands before the element with the embedded file, itself, and after it."""
    opens, closes = b"<cac:AdditionalDocumentReference>", b"</cac:AdditionalDocumentReference>"
    start, end = data.index(opens), data.index(closes) + len(closes)
    return data[:start], data[start:end], data[end:]
