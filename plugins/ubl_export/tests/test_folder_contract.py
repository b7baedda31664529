"""The folder as a destination keeps what every destination promises."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import hub_ubl_export
from hub import SettingsError
from hub.testing.contract import BadSetting, DestinationContract, Refusal
from hub.testing.specimen import COMPANY


class Share:
    """A folder on a share, as the far side."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def arrived(self) -> Sequence[str]:
        return [str(file) for file in self.path.rglob("*") if file.is_file()]

    def lose_answer(self) -> None:
        """A disk gives no answer that could be lost."""

    def refuse(self, how: str) -> None:
        if how == "share is not mounted":
            shutil.rmtree(self.path.parent)
        elif how == "a file where a folder should be":
            (self.path / COMPANY).write_bytes(b"")
        else:
            (self.path / COMPANY).symlink_to(self.path.parent)


class TestFolderContract(DestinationContract):
    bad_settings = (
        BadSetting("path", "relative/folder"),
        BadSetting("path", ""),
        BadSetting("pattern", ""),
        BadSetting("pattern", "{company}//{number}"),
        BadSetting("pattern", "/{number}"),
        BadSetting("pattern", "../{number}"),
        BadSetting("pattern", "{nonsense}"),
        BadSetting("pattern", "{number.__class__}"),
        BadSetting("pattern", "{number[0]}"),
        BadSetting("pattern", "{number!r}"),
        BadSetting("pattern", "{number:>99999999}"),
        BadSetting("pattern", "{}"),
        BadSetting("pattern", "{number"),
        BadSetting("format", "docx"),
    )
    refusals = (
        Refusal("share is not mounted", SettingsError),
        Refusal("a file where a folder should be", SettingsError),
        Refusal("a link where a folder should be", SettingsError),
    )

    @pytest.fixture
    def plugin(self) -> ModuleType:
        return hub_ubl_export

    @pytest.fixture
    def settings(self, tmp_path: Path) -> dict[str, Any]:
        (tmp_path / "share" / "export").mkdir(parents=True)
        return {"path": str(tmp_path / "share" / "export")}

    @pytest.fixture
    def far_side(self, tmp_path: Path) -> Share:
        return Share(tmp_path / "share" / "export")
