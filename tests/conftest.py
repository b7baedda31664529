"""What every test shares: a home of its own, and where the official data lies when there is any."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

NO_CHROMIUM = "there is no chromium on this machine (Debian: apt-get install chromium)"

_KEPT = ("HUB_ORACLE_DATA", "HUB_TEST_")


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home for this test alone: neither it nor a command it starts reads the machine's settings."""
    for name in os.environ:
        if name.startswith("HUB_") and not name.startswith(_KEPT):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    monkeypatch.setenv("HUB_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def oracle_data() -> Path:
    """The folder of official samples and rules, which are not ours to ship."""
    folder = os.environ.get("HUB_ORACLE_DATA")
    if not folder:
        pytest.skip("HUB_ORACLE_DATA is not set")
    return Path(folder)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was not run for want of a browser, in one line."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if NO_CHROMIUM in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(f"not run: {len(skipped)} tests in tests/web/test_portal_browser.py: {NO_CHROMIUM}")
