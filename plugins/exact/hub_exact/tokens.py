"""The login's two tokens: one row in the vault, renewed by one holder at a time, and never spent twice.

Exact takes a refresh token once, gives a new one with each refresh, and refuses a refresh in the first 95 % of an
access token's ten minutes. A second refresh with a spent token ends the login for good.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from hub import Kept, LoginNeeded, NotSent, Uncertain, Vault, show
from hub.failpoints import hit
from hub_exact.wire import TOKEN_TIME, Wire

if TYPE_CHECKING:
    from hub.http import Reply

NAME = "tokens"
REFRESH_DAYS = 30.0  # how long an unused refresh token lives
_LEASE = 150.0  # seconds; a second try begins only while more than half of it is left
_LATE = 0.955  # of an access token's life: Exact refuses before 95 %, and clocks are read a moment apart
_USUAL_LIFE = 600.0  # seconds
_ACTION = "log in again: hub connection login"


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token with the refresh token that renews it."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    issued_at: datetime
    expires_at: datetime

    @classmethod
    def parse(cls, text: str) -> Pair:
        """The row as it is kept."""
        row = json.loads(text)
        issued, expires = (datetime.fromisoformat(row[name]) for name in ("issued_at", "expires_at"))
        return cls(row["access"], row["refresh"], issued, expires)

    def text(self) -> str:
        """The row to keep."""
        times = {"issued_at": self.issued_at.isoformat(), "expires_at": self.expires_at.isoformat()}
        return json.dumps({"access": self.access, "refresh": self.refresh} | times)

    def good_at(self, now: datetime) -> bool:
        """It may be used, and must not be renewed yet."""
        return now < self.issued_at + (self.expires_at - self.issued_at) * _LATE


class Tokens:
    """The tokens of one connection."""

    def __init__(self, wire: Wire, vault: Vault) -> None:
        self._wire = wire
        self._vault = vault

    def pair(self) -> Pair:
        """The pair that is kept now. Raises LoginNeeded when there is none."""
        return Pair.parse(self._kept().value)

    def access(self) -> str:
        """An access token to use now, renewed when its time is over. Raises LoginNeeded and NotSent."""
        pair = self.pair()
        return pair.access if pair.good_at(self._wire.now()) else self.renewed(pair.access)

    def renewed(self, used: str) -> str:
        """A token in the place of `used`, which is late or was refused; `used` itself when Exact says it is good."""
        seconds = self._wire.lease(_LEASE)
        with self._vault.lease(NAME, seconds):
            until = time.monotonic() + seconds / 2
            kept = self._kept()
            pair = Pair.parse(kept.value)
            if pair.access != used and pair.good_at(self._wire.now()):
                return pair.access  # somebody else was quicker
            return self._renew(pair, kept, until)

    def begin(self, code: str) -> None:
        """Keep the first pair, for the code that a person's consent gave. Raises LoginNeeded and NotSent."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._wire.app.redirect_uri}
        try:
            reply = self._send(form)
        except Uncertain as error:  # the code is spent, whatever became of the answer
            raise LoginNeeded("token_lost", f"Exact's answer with the tokens was lost; {_ACTION}") from error
        pair = _pair_in(reply, self._wire)
        if pair is None:
            raise _refused(reply)
        with self._vault.lease(NAME, self._wire.lease(_LEASE)):
            self._vault.put(NAME, pair.text())

    def _kept(self) -> Kept:
        kept = self._vault.get(NAME)
        if kept is None:
            raise LoginNeeded("no_login", f"nobody has logged in to Exact yet; {_ACTION}")
        return kept

    def _renew(self, pair: Pair, kept: Kept, until: float) -> str:
        hit("token.before_call")
        reply = self._spend(pair.refresh, until)
        hit("token.after_call")
        new = _pair_in(reply, self._wire)  # also in a refusal: whatever pair comes is the one that works next
        if new is None:
            return self._not_renewed(reply, pair, kept)
        if self._vault.put(NAME, new.text(), if_generation=kept.generation):
            return new.access
        return self.pair().access  # a person has logged in meanwhile

    def _not_renewed(self, reply: Reply, pair: Pair, kept: Kept) -> str:
        if "not expired" in reply.text.lower():
            return pair.access
        now_kept = self._kept()
        if now_kept.generation != kept.generation:
            return Pair.parse(now_kept.value).access
        raise _refused(reply)

    def _spend(self, refresh: str, until: float) -> Reply:
        """Exact takes the old token until the new one is used, so a lost answer may be asked for once more.

        No call begins after `until` (monotonic): this process may have stood still, and another one be the holder.
        """
        form = {"grant_type": "refresh_token", "refresh_token": refresh}
        if time.monotonic() > until:
            raise NotSent("token_slow", "this process stalled just before it renewed the login", unwell=False)
        try:
            return self._send(form)
        except Uncertain as error:
            if time.monotonic() > until:
                raise NotSent("token_slow", "Exact did not answer in time when the login was renewed") from error
        try:
            return self._send(form)
        except Uncertain as error:
            raise LoginNeeded("token_lost", f"Exact's answer with the new tokens was lost twice; {_ACTION}") from error

    def _send(self, form: Mapping[str, str]) -> Reply:
        """The secret goes in the form; Exact refuses a token call that has an Authorization header."""
        app = self._wire.app
        secret = {"client_id": app.client_id, "client_secret": app.client_secret.get_secret_value()}
        headers = {"Accept": "application/json"}
        timeout = self._wire.timeout(TOKEN_TIME)
        url = self._wire.oauth("token")
        return self._wire.http.send("POST", url, form={**form, **secret}, headers=headers, timeout=timeout)


def _pair_in(reply: Reply, wire: Wire) -> Pair | None:
    told = _json(reply)
    access, refresh = told.get("access_token"), told.get("refresh_token")
    if not (isinstance(access, str) and access and isinstance(refresh, str) and refresh):
        return None
    issued = wire.now()
    return Pair(access, refresh, issued, issued + timedelta(seconds=wire.scaled(_life(told.get("expires_in")))))


def _life(value: Any) -> float:
    """Exact sends the seconds as a text."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return _USUAL_LIFE


def _refused(reply: Reply) -> LoginNeeded | NotSent:
    """A word of Exact's own ends the login; a page of a proxy or a time-out says nothing about it."""
    told = _json(reply)
    too_many = reply.status == 429 or "rate limit" in reply.text.lower()  # noqa: PLR2004 - too many requests
    if too_many or not isinstance(told.get("error"), str):
        return NotSent(f"exact.token.{reply.status}", f"Exact answered {reply.status} to a call for tokens")
    words = ": ".join(str(told[name]) for name in ("error", "error_description") if told.get(name))
    return LoginNeeded("token_refused", f"Exact refused to renew the login: {show(words, limit=200)}; {_ACTION}")


def _json(reply: Reply) -> Mapping[str, Any]:
    try:
        told = reply.json()
    except ValueError:
        return {}
    return told if isinstance(told, Mapping) else {}
