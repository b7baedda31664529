"""Where a paper goes is decided by the pattern and by nothing in the paper."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import File, Kind, Party
from hub.testing.specimen import COMPANY, make_delivery, make_pack, sample_document
from hub_ubl_export.pattern import FIELDS, ending_of, pack_path, stem_of
from hub_ubl_export.settings import FolderSettings, problems

DEFAULT = FolderSettings.model_fields["pattern"].default


def stem(pattern: str = DEFAULT, **changes: Any) -> str:
    document = sample_document(**changes)
    return stem_of(pattern, document, make_delivery(document))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (DEFAULT, f"{COMPANY}/2026/sales_invoice/2026-01-15_F2026-0001"),
        ("{number}", "F2026-0001"),
        ("{company_name}", "Voorbeeld_NV_"),
        ("{year}-{month}/{id}", "2026-01/1"),
        ("{supplier} to {customer}/{number}", "Voorbeeld_NV_to_Klant_BV_"),
        ("in/{date} ({kind})", "in/2026-01-15__sales_invoice__"),
        ("{{braces}}/{number}", "_braces__"),
    ],
)
def test_a_pattern_is_filled_in(pattern: str, expected: str) -> None:
    assert stem(pattern).startswith(expected)


def test_every_field_can_be_filled_in() -> None:
    assert stem("/".join(f"{{{field}}}" for field in sorted(FIELDS))).count("/") == len(FIELDS) - 1


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"number": "", "sha256": "0123456789abcdef"}, "2026-01-15_01234567"),
        ({"issue_date": None}, "2026-01-15_F2026-0001"),
        ({"issue_date": date(2024, 2, 29)}, "2024-02-29_F2026-0001"),
    ],
)
def test_what_a_paper_does_not_state_has_a_stand_in(changes: dict[str, Any], part: str) -> None:
    assert stem(**changes).endswith(part)


def test_a_paper_without_direction_goes_by_its_kind() -> None:
    assert "/receipt/" in stem(kind=Kind.RECEIPT)


def test_nothing_a_paper_says_makes_a_folder_or_leaves_one() -> None:
    hostile = Party(name="../../x/y")
    made = stem("{supplier}/{customer}/{number}", supplier=hostile, customer=hostile, number="/../../etc/passwd")
    assert made.count("/") == 2
    assert not any(part.startswith(".") for part in made.split("/"))


NAMES = json.loads((Path(__file__).parents[3] / "tests/data/bad_inputs/82_file_names.json").read_text("utf-8"))


@given(st.one_of(st.text(max_size=400), st.sampled_from([str(name) for name in NAMES])))
def test_a_name_fits_on_every_disk(number: str) -> None:
    made = stem("{company}/{number}", number=number)
    folder, name = f"{made}.xml".split("/")
    assert folder == COMPANY
    assert len(name.encode()) <= 150
    assert name.isprintable()
    assert not name.startswith((".", "-"))
    assert made == stem("{company}/{number}", number=number)


@pytest.mark.parametrize(
    ("media_type", "name", "ending"),
    [
        ("application/xml", "a.exe", ".xml"),
        ("application/pdf", "a", ".pdf"),
        ("application/json", "a", ".json"),
        ("application/octet-stream", "a.exe", ".bin"),
        ("text/html", "a.html", ".bin"),
    ],
)
def test_the_ending_is_that_of_the_type(media_type: str, name: str, ending: str) -> None:
    assert ending_of(File.of(name, media_type, b"")) == ending


def test_packs_of_a_period_lie_beside_each_other() -> None:
    first, second = (pack_path(make_pack(data)) for data in (b"1", b"2"))
    assert first.startswith(f"{COMPANY}/packs/2026Q1_")
    assert first.endswith(".zip")
    assert first != second


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert FolderSettings.model_validate({"path": "~/papers"}).path == tmp_path / "papers"


@pytest.mark.parametrize(("pattern", "count"), [(DEFAULT, 0), ("{year}/{id}", 0), ("{year}/{date}", 1)])
def test_a_pattern_under_which_papers_share_a_name_is_a_warning(pattern: str, count: int, tmp_path: Path) -> None:
    settings = FolderSettings.model_validate({"path": str(tmp_path), "pattern": pattern})
    assert [problem.place for problem in problems(settings)] == ["pattern"] * count
