"""Mail addresses by a strict grammar: one address a text, in ASCII, read by every program in the same way."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hub import show

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
# The dot-atom of RFC 5322; a dash in front looks like an option to some programs.
_LOCAL = re.compile(rf"(?!-){_ATOM}(\.{_ATOM})*")
_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_DOMAIN = re.compile(rf"({_LABEL}\.)+(?=.*[A-Za-z]){_LABEL}")
_MAILBOX = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>")
_MAX_LOCAL, _MAX_ADDRESS = 64, 254  # RFC 5321 4.5.3.1
_MAX_NAME = 60


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address, with the name that people see beside it (may be empty)."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """What is behind the @."""
        return self.address.rpartition("@")[2]


def parse_address(text: str) -> str:
    """Exactly one address, its domain in ASCII; raises ValueError that says what is wrong."""
    local, at, domain = text.rpartition("@")
    if not at:
        raise ValueError("an address has the form name@domain")
    if len(text) > _MAX_ADDRESS:
        raise ValueError(f"an address has at most {_MAX_ADDRESS} characters")
    domain = _in_ascii(domain)
    if len(local) > _MAX_LOCAL or not _LOCAL.fullmatch(local):
        raise ValueError("before the @: at most 64 letters, digits and signs, no spaces, commas or quotes")
    if not _DOMAIN.fullmatch(domain):
        raise ValueError("behind the @: a domain such as voorbeeld.example")
    return f"{local}@{domain}"


def parse_mailbox(text: str) -> Mailbox:
    """`name@domain`, or `The name <name@domain>`; raises ValueError."""
    match = _MAILBOX.fullmatch(text.strip(" "))
    if match is None:
        return Mailbox("", parse_address(text))
    name = re.sub(" +", " ", match["name"]).strip(' "')
    if show(name) != name or len(name) > _MAX_NAME or '"' in name or "\\" in name:
        raise ValueError(f"the name before the address: at most {_MAX_NAME} visible characters, no quotes")
    return Mailbox(name, parse_address(match["address"]))


def _in_ascii(domain: str) -> str:
    """`bücher.example` as `xn--bcher-kva.example`; what the codec would change on the way (ß) is refused."""
    if domain.isascii():
        return domain
    try:
        encoded = domain.encode("idna")
        unchanged = encoded.decode("idna") == domain.lower()
    except UnicodeError:
        unchanged = False
    if not unchanged:
        raise ValueError("this domain must be written in its xn-- form")
    return encoded.decode("ascii")
