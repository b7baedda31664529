"""The repository speaks of the product: no maker's machine, no notes for later, no third party's files.

The patterns are written so that this file does not match them itself.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

MACHINE = re.compile(r"(?<![\w.~-])/(?:home|root|Users|work)/\w|[A-Z]:\\Users\b")
NEIGHBOUR = re.compile(r"\.{2}/shared\b")
REGISTRY = re.compile(
    r"https?://(?:[\w-]+\.)*"
    r"(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|crates\.io|anaconda\.org|rubygems\.org|proxy\.golang\.org)\b"
)
FOR_LATER = re.compile(rf"\b(?:{'TO'}{'DO'}|{'FIX'}{'ME'})\b")

FOREIGN = (
    ".xsd",
    ".sch",
    ".xsl",
    ".xslt",
    ".woff",
    ".woff2",
    ".ttf",
    ".otf",
    ".min.js",
    ".min.css",
    ".map",
    ".whl",
    ".jar",
)

# The gate's own script looks for the official data beside the clone; nothing else may know of it.
MAY_NAME_THE_NEIGHBOUR = ".ci/run"


def _places(pattern: re.Pattern[str], path: Path) -> list[str]:
    """Where a file matches, as `path:line: match`."""
    lines = path.read_bytes().decode("utf-8", errors="replace").splitlines()
    found = ((number, pattern.search(line)) for number, line in enumerate(lines, start=1))
    return [f"{path}:{number}: {match.group()}" for number, match in found if match]


@pytest.mark.parametrize("pattern", [MACHINE, REGISTRY, FOR_LATER], ids=["machine", "registry", "for later"])
def test_no_file_speaks_of(pattern: re.Pattern[str], repository_files: list[Path]) -> None:
    assert [place for path in repository_files for place in _places(pattern, path)] == []


def test_only_the_gate_script_knows_of_data_beside_the_clone(repository_files: list[Path], root: Path) -> None:
    others = (path for path in repository_files if path != root / MAY_NAME_THE_NEIGHBOUR)
    assert [place for path in others for place in _places(NEIGHBOUR, path)] == []


def test_no_third_party_file_is_in_the_repository(repository_files: list[Path]) -> None:
    assert [path for path in repository_files if path.name.lower().endswith(FOREIGN)] == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (MACHINE, "see {}home/someone/papers"),
        (MACHINE, '"{}work/main"'),
        (MACHINE, "({}Users/someone)"),
        (REGISTRY, "from https:{0}{0}pypi.org/simple"),
        (REGISTRY, "from https:{0}{0}files.pythonhosted.org{0}x"),
        (NEIGHBOUR, "look in ..{}shared"),
        (FOR_LATER, "# TO" + "DO: later"),
    ],
)
def test_the_pattern_finds(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text.format("/"))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (MACHINE, "https://example.org/home/page"),
        (MACHINE, "~/work/papers"),
        (MACHINE, "$HUB_HOME/data"),
        (REGISTRY, "pip install bookkeeper-hub"),
        (NEIGHBOUR, "../sharedness"),
        (FOR_LATER, "todos"),
    ],
)
def test_the_pattern_passes_over(pattern: re.Pattern[str], text: str) -> None:
    assert not pattern.search(text)
