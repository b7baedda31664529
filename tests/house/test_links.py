"""A link in our pages leads somewhere: every relative one to a file or folder that exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

_LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)")
_CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_ELSEWHERE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|#|//)", re.IGNORECASE)


def relative_links(markdown: str) -> Iterator[str]:
    """The paths that a page links to, without their anchors; what stands in code is no link."""
    for target in _LINK.findall(_CODE.sub("", markdown)):
        if not _ELSEWHERE.match(target):
            yield target.partition("#")[0]


def test_every_relative_link_leads_to_a_file(repository_files: list[Path]) -> None:
    pages = [path for path in repository_files if path.suffix == ".md"]
    links = [(page, link) for page in pages for link in relative_links(page.read_text(encoding="utf-8"))]
    assert [f"{page}: {link}" for page, link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("see [here](docs/a.md) and [there](b.md#part)", ["docs/a.md", "b.md"]),
        ("![picture](a.png 'title')", ["a.png"]),
        ("[web](https://example.org) [mail](mailto:a@b.example) [below](#part)", []),
        ("`[no](link.md)`", []),
        ("```\n[no](link.md)\n```\n[yes](a.md)", ["a.md"]),
    ],
)
def test_a_link_is(markdown: str, expected: list[str]) -> None:
    assert list(relative_links(markdown)) == expected
