"""The far side of the tests is on this machine, so it may be reached."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def loopback_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_ALLOW_NETWORKS", "127.0.0.0/8")
    monkeypatch.delenv("HUB_CA_FILE", raising=False)
