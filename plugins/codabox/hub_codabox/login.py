"""Links an enterprise number: CodaBox mails a token to the company, a person gives it, credentials come back."""

from __future__ import annotations

from datetime import date, datetime

from hub import Ask, LoginNeeded, Uncertain, Vault
from hub_codabox.link import Link, forget_mail, keep_link, mail_round, note_mail
from hub_codabox.reasons import Reason, told
from hub_codabox.transport import CodaboxTransport

_LABEL = "the token that CodaBox mailed to the address it has on file"


def log_in(ask: Ask, enterprise_number: str, transport: CodaboxTransport, vault: Vault) -> None:
    """Ask for the mail once, and keep the credentials before anything is shown. Raises LoginNeeded, SettingsError."""

    def mail() -> str:
        _request(enterprise_number, transport)
        note_mail(vault, transport.now)
        return transport.now.isoformat()

    ask.once(f"mail_{mail_round(vault)}", mail)
    token = ask("token", _LABEL, secret=True)
    keep_link(vault, _trade(token, enterprise_number, transport, vault))


def _request(enterprise_number: str, transport: CodaboxTransport) -> None:
    try:
        transport.request_access(enterprise_number)
    except Uncertain as error:
        said = f"{error.detail}; a mail may come all the same"
        raise LoginNeeded(Reason.SERVICE_DOWN, told(Reason.SERVICE_DOWN, said)) from error


def _trade(token: str, enterprise_number: str, transport: CodaboxTransport, vault: Vault) -> Link:
    """A token works once: when the answer to it is lost it may be spent, and the next login has another one mailed."""
    try:
        credentials = transport.redeem(token)
    except Uncertain as error:
        forget_mail(vault)
        said = f"{error.detail}; the token may be used up: log in again for another one"
        raise LoginNeeded(Reason.SERVICE_DOWN, told(Reason.SERVICE_DOWN, said)) from error
    return Link(enterprise_number, credentials, _day(transport.now))


def _day(now: datetime) -> date:
    return now.date()
