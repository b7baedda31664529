"""A served home for each test, and the browser on this machine when there is one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from hub.testing.samples import CUSTOMER, SUPPLIER, belgian, credit_note, invoice, pdf
from tests.conftest import NO_CHROMIUM
from tests.web.served import OTHER, Served, served


@pytest.fixture
def site(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A home of two companies, served, with papers of both."""
    monkeypatch.setenv("HUB_ALLOW_NETWORKS", "127.0.0.0/8")
    with served(own_home) as site:
        site.take_in(
            invoice(number="F-1", issue_date=date(2026, 7, 15), pdf=pdf("F-1")),
            credit_note(number="C-1", issue_date=date(2026, 8, 3)),
            invoice(number="P-1", issue_date=date(2026, 9, 1), supplier=CUSTOMER, customer=SUPPLIER),
            invoice(number="F-2", issue_date=date(2026, 10, 2)),
            invoice(number="G-1", issue_date=date(2026, 7, 15), supplier=belgian("Ander BV", OTHER, "Gent")),
        )
        yield site


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser of this machine; none is downloaded. Without one its tests are skipped and named, in CI they fail."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None and os.environ.get("CI"):
        pytest.fail("there is no chromium on this machine")
    if found is None:
        pytest.skip(NO_CHROMIUM)
    return found
