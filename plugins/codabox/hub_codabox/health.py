"""Would a paper go through? The link is looked up and CodaBox is asked who is linked; nothing is sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from hub import Health, LoginNeeded, NotSent, SettingsError, Step, Turn, Vault
from hub_codabox.link import Link, asked_at, find_link
from hub_codabox.reasons import Reason
from hub_codabox.settings import Client, Software
from hub_codabox.transport import CodaboxTransport, Linked

_LONG = timedelta(days=3)


def find(vault: Vault, client: Client, now: datetime) -> Link | Health:
    """The link; without one, how things stand with it."""
    try:
        return find_link(vault, client.enterprise_number)
    except LoginNeeded as error:
        message = f"{error.reason}: {error.detail}{_waiting(asked_at(vault), now)}"
        return Health(steps=(Step("link", ok=False, message=message),), turn=Turn.YOU)


def look(transport: CodaboxTransport, link: Link) -> Health:
    """Ask CodaBox with the credentials of the link."""
    linked = Step("link", ok=True, message=f"{link.enterprise_number} since {link.since}")
    try:
        seen = Step("codabox", ok=True, message=_who(transport.check(), transport.software))
    except (LoginNeeded, SettingsError, NotSent) as error:
        failed = Step("codabox", ok=False, message=f"{error.reason}: {error.detail}")
        return Health(steps=(linked, failed), turn=_whose_turn(error))
    return Health(steps=(linked, seen))


def _who(linked: Linked, software: Software) -> str:
    names = ", ".join(linked.clients[:5]) or "nobody by name"
    return f"{software.base_url} takes these credentials, of {names}; the upload itself is unproven"


def _waiting(since: datetime | None, now: datetime) -> str:
    if since is None:
        return ""
    late = " That is long: ask the office which address CodaBox has." if now - since > _LONG else ""
    return f"; mailed {since:%Y-%m-%d %H:%M} UTC.{late}"


def _whose_turn(error: LoginNeeded | SettingsError | NotSent) -> Turn:
    if not isinstance(error, NotSent):
        return Turn.YOU
    return Turn.REMOTE if error.reason == Reason.SERVICE_DOWN else Turn.NETWORK
