"""What a person sets at a destination: whose tray its papers go to."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from hub import show

_MAX_NAME = 100


def office_name(text: str) -> str:
    """The name of an office: one visible line of at most 100 characters. Raises ValueError."""
    name = text.strip()
    if not name or len(name) > _MAX_NAME or show(name) != name:
        raise ValueError(f"an office has a name of at most {_MAX_NAME} visible characters")
    return name


class TraySettings(BaseModel):
    """A destination: the tray of one office."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    office: Annotated[str, AfterValidator(office_name)] = Field(description="the office, as it was invited")
