"""The login: a person allows the hub at Exact, and pastes the address at which the browser ends."""

from __future__ import annotations

import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

from hub import Ask, LoginNeeded, show
from hub_exact.tokens import Tokens
from hub_exact.wire import Wire

_LABEL = "Log in and allow it, then paste the whole address at which the browser ends"


def consent(ask: Ask, wire: Wire, tokens: Tokens) -> None:
    """Ask for consent and keep the tokens. Raises LoginNeeded when it was refused or is not the one asked for."""
    state = ask.once("state", lambda: secrets.token_urlsafe(24))
    pasted = ask("redirect", _LABEL, url=authorize_url(wire, state))
    tokens.begin(code_in(pasted, state))


def authorize_url(wire: Wire, state: str) -> str:
    """Where the person goes."""
    query = {
        "client_id": wire.app.client_id,
        "redirect_uri": wire.app.redirect_uri,
        "response_type": "code",
        "state": state,
        "force_login": "0",
    }
    return f"{wire.oauth('auth')}?{urlencode(query)}"


def code_in(pasted: str, state: str) -> str:
    """The code in the pasted address, when it answers our question; the state shows that it does."""
    told = {name: values[0] for name, values in parse_qs(urlsplit(pasted.strip()).query).items()}
    if not secrets.compare_digest(told.get("state", "").encode(), state.encode()):
        raise LoginNeeded(
            "state_differs", "this address does not belong to this login: start again, and paste it whole"
        )
    if "error" in told or not told.get("code"):
        words = show(told.get("error_description") or told.get("error") or "there is no code in it", limit=200)
        raise LoginNeeded("consent_refused", f"Exact gave no code: {words}")
    return told["code"]
