"""What an operator sets for a folder: where it is, how papers are named in it, and in which form they go."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from string import Formatter

from pydantic import BaseModel, ConfigDict, Field, field_validator

from hub import Problem
from hub_ubl_export.pattern import FIELDS


class Form(StrEnum):
    """Which of a paper's files go: the one that came, its UBL, its PDF, or UBL and PDF."""

    ORIGINAL = "original"
    UBL = "ubl"
    PDF = "pdf"
    BOTH = "both"


class FolderSettings(BaseModel):
    """The settings of one folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path = Field(description="The folder: absolute, or from the home folder with ~")
    pattern: str = Field(
        default="{company}/{year}/{kind}/{date}_{number}",
        description="Folders and name of a paper below the folder, without the ending; fields: "
        + ", ".join(sorted(FIELDS)),
    )
    format: Form = Field(default=Form.ORIGINAL, description="Which of a paper's files go")

    @field_validator("path")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        full = path.expanduser()
        if not full.is_absolute():
            raise ValueError("must be absolute, or begin with ~")
        return full

    @field_validator("pattern")
    @classmethod
    def _known_fields(cls, pattern: str) -> str:
        for part in pattern.split("/"):
            if part.strip() in {"", ".", ".."}:
                raise ValueError("each part between two / needs a name")
            for _, field, spec, conversion in Formatter().parse(part):
                if spec or conversion or field not in {None, *FIELDS}:
                    raise ValueError(f"knows the fields {', '.join(sorted(FIELDS))}, each as {{field}} only")
        return pattern


def problems(settings: FolderSettings) -> Sequence[Problem]:
    """What is allowed but hardly wanted."""
    if "{number}" in settings.pattern or "{id}" in settings.pattern:
        return ()
    message = "without {number} or {id} papers share a name; all but one then get their hash behind it"
    return (Problem("pattern.shared_names", message, "pattern"),)
