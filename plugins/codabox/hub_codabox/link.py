"""The link of one enterprise number as the vault keeps it: credentials, since when, and a token that was mailed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime

from hub import LoginNeeded, Vault
from hub_codabox.reasons import Reason, told
from hub_codabox.transport import Credentials

_LINK = "link"
_ASKED = "token_asked"
_ROUND = "token_round"


@dataclass(frozen=True, slots=True)
class Link:
    """CodaBox takes papers of this number with these credentials. `since` is the day the link was made (UTC)."""

    enterprise_number: str
    credentials: Credentials
    since: date


def keep_link(vault: Vault, link: Link) -> None:
    """Store a link; durable when this returns, and the token that made it is spent."""
    kept = {
        "enterprise_number": link.enterprise_number,
        "username": link.credentials.username,
        "password": link.credentials.password,
        "since": link.since.isoformat(),
    }
    vault.put(_LINK, json.dumps(kept))
    forget_mail(vault)


def find_link(vault: Vault, enterprise_number: str) -> Link:
    """The link of this number. Raises LoginNeeded (`not_linked`, `token_pending`)."""
    kept = vault.get(_LINK)
    said = json.loads(kept.value) if kept else {}
    if said.get("enterprise_number") != enterprise_number:
        reason = Reason.NOT_LINKED if asked_at(vault) is None else Reason.TOKEN_PENDING
        raise LoginNeeded(reason, told(reason))
    credentials = Credentials(said["username"], said["password"])
    return Link(enterprise_number, credentials, date.fromisoformat(said["since"]))


def note_mail(vault: Vault, now: datetime) -> None:
    """Remember that a token was mailed."""
    vault.put(_ASKED, now.isoformat())


def asked_at(vault: Vault) -> datetime | None:
    """When a token was mailed that nobody has given yet."""
    kept = vault.get(_ASKED)
    return datetime.fromisoformat(kept.value) if kept else None


def mail_round(vault: Vault) -> int:
    """Which mail this login waits for: the next one after a token whose answer was lost."""
    kept = vault.get(_ROUND)
    return int(kept.value) if kept else 1


def forget_mail(vault: Vault) -> None:
    """The token of the last mail is used up: the next login needs another."""
    vault.put(_ROUND, str(mail_round(vault) + 1))
    vault.forget(_ASKED)
