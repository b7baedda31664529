"""What a person sets at a destination of this plugin."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from hub.net import is_host
from hub_webhook.signature import key_of


class Files(StrEnum):
    """Which files of a paper go with its facts."""

    ALL = "all"
    ORIGINAL = "original"
    NONE = "none"


def _address(text: str) -> str:
    parts = urlsplit(text)
    plain = not (parts.username or parts.fragment) and text.isascii() and text.isprintable() and " " not in text
    if parts.scheme not in {"https", "http"} or not is_host(parts.hostname or "") or not plain:
        raise ValueError("an address begins with https:// and a host, without a login in it")
    return text


def _signing(secret: SecretStr) -> SecretStr:
    key_of(secret.get_secret_value())
    return secret


Secret = Annotated[SecretStr, AfterValidator(_signing)]


class Settings(BaseModel):
    """Where the events go, and what they are signed with."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(_address)] = Field(description="where events are sent to")
    secret: Secret = Field(description="what they are signed with: whsec_ and 24 to 64 bytes in base64")
    old_secret: Secret | None = Field(None, description="a second signature while the receiver changes its secret")
    files: Files = Field(Files.ALL, description="which files are in an event: all, original or none")
    timeout: float = Field(20.0, ge=0.1, le=60, description="seconds that the receiver may take to answer")
