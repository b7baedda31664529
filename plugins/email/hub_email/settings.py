"""What a person sets: the relay (connection), and one address with the wanted format (destination)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from hub import Problem, Severity
from hub.net import is_host
from hub_email.address import Mailbox, parse_address, parse_mailbox


class Security(StrEnum):
    """How the line to the relay is protected."""

    TLS = "tls"  # from the first byte
    STARTTLS = "starttls"  # asked for before anything else is said; never sent without
    NONE = "none"


class Format(StrEnum):
    """What is attached."""

    ORIGINAL = "original"
    UBL = "ubl"
    PDF = "pdf"
    BOTH = "both"  # UBL and PDF


_PORTS: Mapping[Security, int] = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}


def _host(text: str) -> str:
    if not is_host(text):
        raise ValueError("a host is a name such as mail.voorbeeld.example, or an IP address")
    return text


def _sender(text: str) -> str:
    parse_mailbox(text)
    return text


def _one_line(text: str) -> str:
    if any(char in text for char in "\r\n\0"):
        raise ValueError("this has a line break or NUL in it")
    return text


def _one_line_secret(secret: SecretStr) -> SecretStr:
    _one_line(secret.get_secret_value())
    return secret


def _usual_port(data: Mapping[str, Any]) -> int:
    return _PORTS[data.get("security", Security.STARTTLS)]


class Relay(BaseModel):
    """The server that takes our mail."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: Annotated[str, AfterValidator(_host)] = Field(description="the relay's name or address")
    security: Security = Field(Security.STARTTLS, description="tls, starttls or none")
    port: int = Field(default_factory=_usual_port, ge=1, le=65535, description="by security: 465, 587 or 25")
    username: Annotated[str, AfterValidator(_one_line)] = Field("", description="empty: no login")
    password: Annotated[SecretStr, AfterValidator(_one_line_secret)] = Field(SecretStr(""), description="of the login")
    sender: Annotated[str, AfterValidator(_sender)] = Field(description="who it comes from: Name <name@domain>")

    @property
    def mailbox(self) -> Mailbox:
        """The sender in its parts."""
        return parse_mailbox(self.sender)

    def hide(self, text: str) -> str:
        """A text of the far side, which may repeat what it was told, without the password, plain or as it travels.

        It travels in base64: by itself in AUTH LOGIN, behind the username in AUTH PLAIN (RFC 4616).
        """
        password = self.password.get_secret_value()
        if password:
            for secret in (_coded(f"\0{self.username}\0{password}"), _coded(password), password):
                text = text.replace(secret, "***")
        return text


def _coded(secret: str) -> str:
    """In base64; without the padding, which a relay may leave out when it repeats it."""
    return base64.b64encode(secret.encode()).decode().rstrip("=")


class Recipient(BaseModel):
    """Who gets a copy of each paper."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    to: Annotated[str, AfterValidator(parse_address)] = Field(description="exactly one address")
    format: Format = Field(Format.BOTH, description="original, ubl, pdf or both")
    language: Literal["en"] = Field("en", description="of subject and text")


def problems(relay: Relay) -> list[Problem]:
    """What single fields cannot say."""
    found: list[Problem] = []
    has_password = bool(relay.password.get_secret_value())
    if relay.username and not has_password:
        found.append(Problem("login_incomplete", "a username needs a password", "password", Severity.FATAL))
    if has_password and not relay.username:
        found.append(Problem("login_incomplete", "a password needs a username", "username", Severity.FATAL))
    if has_password and relay.security is Security.NONE:
        sentence = "with security none the password travels in the clear"
        found.append(Problem("password_in_clear", sentence, "security"))
    return found
