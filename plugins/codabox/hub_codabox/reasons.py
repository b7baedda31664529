"""Why a link is not active: stable codes, each with a sentence for people that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """The hub's own names; CodaBox publishes no list."""

    UNKNOWN_ENTERPRISE = "unknown_enterprise"
    NO_ACCOUNTING_OFFICE = "no_accounting_office"
    NO_EMAIL = "no_email"
    INVALID_NUMBER = "invalid_number"
    ALREADY_LINKED = "already_linked"
    CONSENT_PENDING = "consent_pending"
    CONSENT_DENIED = "consent_denied"
    CONSENT_CANCELLED = "consent_cancelled"
    NOT_LINKED = "not_linked"
    TOKEN_PENDING = "token_pending"  # noqa: S105 - a code
    TOKEN_INVALID = "token_invalid"  # noqa: S105 - a code
    CREDENTIALS_REFUSED = "credentials_refused"
    SERVICE_DOWN = "service_down"
    OTHER = "other"


SENTENCES: Mapping[Reason, str] = {
    Reason.UNKNOWN_ENTERPRISE: "CodaBox does not know this enterprise number; the accounting office orders the service",
    Reason.NO_ACCOUNTING_OFFICE: "CodaBox knows no accounting office for this enterprise number; ask the office",
    Reason.NO_EMAIL: "CodaBox has no e-mail address to send the token to; the accounting office can add one",
    Reason.INVALID_NUMBER: "CodaBox says that this is no valid Belgian enterprise number",
    Reason.ALREADY_LINKED: "another link exists for this enterprise number; revoke it in MyCodaBox first",
    Reason.CONSENT_PENDING: "the consent in MyCodaBox is not given yet",
    Reason.CONSENT_DENIED: "the consent in MyCodaBox was denied",
    Reason.CONSENT_CANCELLED: "the consent in MyCodaBox was cancelled",
    Reason.NOT_LINKED: "this enterprise number is not linked to CodaBox yet; log in at the destination",
    Reason.TOKEN_PENDING: "CodaBox mailed a token to the company; log in at the destination and give it",
    Reason.TOKEN_INVALID: "CodaBox does not take this token: mistyped, expired, or used before",
    Reason.CREDENTIALS_REFUSED: "CodaBox refuses the credentials of this link: it was revoked; log in again",
    Reason.SERVICE_DOWN: "CodaBox does not work at the moment; try again later",
    Reason.OTHER: "CodaBox refused for a reason of its own",
}


def told(reason: Reason, said: str = "") -> str:
    """The sentence, with what CodaBox itself said after it."""
    return f"{SENTENCES[reason]} (CodaBox: {said})" if said else SENTENCES[reason]
