"""A far side with settings of every shape, which a test can break and mend."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from hub import Artifact, Delivery, Health, Problem, Receipt, SettingsError, Severity, Step, hookimpl
from hub.app import Hub
from hub.app.configure import Values, Wanted, add_connection, add_destination
from tests.integration.far import Far
from tests.integration.ledger import LONG_AGO

PASSWORD = "een-geheim-woord"


class Form(StrEnum):
    """In which form papers go."""

    BOTH = "both"
    PDF = "pdf"


class Login(BaseModel):
    """The connection."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field(description="the name of the office's machine")
    port: int = Field(default=25, ge=1, le=65535, description="a port")
    password: SecretStr = Field(SecretStr(""), description="of the login")


class Desk(BaseModel):
    """The destination: a field of each shape."""

    model_config = ConfigDict(extra="forbid")

    journal: str = Field(description="the journal's code")
    form: Form = Field(Form.BOTH, description="in which form")
    language: Literal["en", "nl"] = Field("en", description="of the text")
    urgent: bool = Field(default=False, description="whether it hurries")
    limit: Decimal | None = Field(None, description="the most it takes")
    labels: list[str] = Field(default_factory=list, description="words with commas between")
    codes: dict[str, int] = Field(default_factory=dict, description="JSON")

    @field_validator("journal")
    @classmethod
    def _short(cls, journal: str) -> str:
        if len(journal) > 3:
            raise ValueError("a journal has at most three letters")
        return journal


class Office(Far):
    """The plugin. With the journal `XXX` every delivery finds the setting wrong."""

    def __init__(self) -> None:
        super().__init__(connection=Login, settings=Desk)

    @hookimpl
    def validate(self, settings: Desk, connection: Login | None) -> Sequence[Problem]:
        """What single fields cannot say."""
        if settings.urgent and settings.form is Form.PDF:
            return [Problem("office.urgent", "what hurries must be both", "urgent", Severity.FATAL)]
        return []

    @hookimpl
    def health(self, settings: Desk) -> Health:
        """Two steps; the second is the journal."""
        journal = Step("journal", settings.journal != "XXX", f"the journal {settings.journal}")
        return Health(steps=(Step("reached", ok=True, message=f"it answers {settings.labels}"), journal))

    @hookimpl
    def deliver(self, prepared: Artifact, delivery: Delivery, settings: Desk) -> Any:  # type: ignore[override] # hooks name what they want
        """As a far side does, unless the journal is wrong."""
        if settings.journal == "XXX":
            raise SettingsError("no_journal", "there is no journal XXX")
        return Receipt(f"booked-{delivery.id}")


def add_office(hub: Hub, name: str = "desk", journal: str = "VK", **wanted: Any) -> int:
    """A connection with a password, and a destination on it, open for old papers; returns its id."""
    add_connection(hub, f"{name}-line", "office", Values({"host": "office.example"}, {"password": PASSWORD}))
    values = Values({"journal": journal})
    given = {"name": name, "plugin": "office", "connection": f"{name}-line", "values": values, "from_date": LONG_AGO}
    return add_destination(hub, Wanted(**{**given, **wanted}))
