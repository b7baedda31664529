"""Invented papers for the command: one of each thing that can become of a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from hub.testing import samples

COMPANY = "0123456749"  # an example: valid check digits, no such company

PAPERS: Mapping[str, bytes] = {
    "sold.xml": samples.invoice(number="F-1", issue_date=date(2026, 1, 15), pdf=samples.pdf("F-1")),
    "odd.xml": samples.invoice(number="F-2", customer=samples.belgian("Klant BV", "0876543299", "Brugge")),
    "parked.pdf": samples.pdf("no facts"),
    "refused.xml": b"<broken",
}
