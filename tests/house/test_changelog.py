"""One version, everywhere: what is installed, what the program says, and what the changelog tells about."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import hub


@pytest.fixture(scope="module")
def sections(root: Path) -> list[str]:
    """The versions that the changelog has a section for, newest first."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    return re.findall(r"^## \[(.+?)\]", text, flags=re.MULTILINE)


def test_the_program_says_the_version_that_is_installed(pyproject: dict[str, Any]) -> None:
    assert hub.__version__ == pyproject["project"]["version"]


def test_the_version_has_a_section_in_the_changelog(sections: list[str]) -> None:
    assert hub.__version__ in sections


def test_unreleased_changes_come_first(sections: list[str]) -> None:
    assert sections[:1] == ["Unreleased"]
