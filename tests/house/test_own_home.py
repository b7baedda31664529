"""Tests stand alone: what the hub is told on this machine does not reach them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module", autouse=True)
def settings_of_the_machine() -> Iterator[None]:
    """What an operator may have in the environment before the tests start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUB_DATABASE_URL", "sqlite:///papers-of-a-real-company.db")
        yield


def test_a_setting_of_the_machine_is_hidden_from_tests() -> None:
    assert "HUB_DATABASE_URL" not in os.environ


def test_a_test_has_a_home_of_its_own(own_home: Path, tmp_path: Path) -> None:
    assert os.environ["HUB_HOME"] == str(own_home)
    assert tmp_path in own_home.parents
