"""CodaBox on the wire: the only place that knows a URL, a header, a status or a code of theirs.

Known from public clients: request and trade of the token, Basic authentication, `X-Software-Company`, the check, and
that errors are JSON with `detail`. ASSUMPTION, to be confirmed by CodaBox: the whole upload, the names in `_CODES`
(the vocabulary of another of their products) and that a number goes as ten digits.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from hub import (
    File,
    Held,
    LoginNeeded,
    NotSent,
    Problem,
    Rejected,
    SettingsError,
    Severity,
    Uncertain,
    show,
)
from hub.http import Http, Reply
from hub_codabox.reasons import Reason, told
from hub_codabox.settings import Software

_CODES: Mapping[str, Reason] = {
    "notFound": Reason.UNKNOWN_ENTERPRISE,
    "unknownAccountingOffice": Reason.NO_ACCOUNTING_OFFICE,
    "noEmail": Reason.NO_EMAIL,
    "validationError": Reason.INVALID_NUMBER,
    "alreadyRegistered": Reason.ALREADY_LINKED,
    "consentPending": Reason.CONSENT_PENDING,
    "consentDenied": Reason.CONSENT_DENIED,
    "consentCancelled": Reason.CONSENT_CANCELLED,
    "timeout": Reason.SERVICE_DOWN,
}
_TOKEN = re.compile(r"[A-Za-z0-9._~-]{1,200}")
_OK, _CREATED, _TAKEN = 200, 201, 202
_NO_LOGIN = frozenset({401, 403})
_NO_SUCH_TOKEN = frozenset({400, 404, 409, 410})
_WRONG_BYTES = frozenset({400, 422})
_MOVED = frozenset({301, 307, 308})  # not done here; 302 and 303 may come after it was
_REFUSED, _NOT_FOUND, _DUPLICATE, _TOO_LARGE, _BUSY, _BROKEN = 400, 404, 409, 413, 429, 500
_SHOWN = 300
_CHECK_TIMEOUT = 2.5  # seconds; a check has 10 s in all, and a read is tried three times


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a token is traded for: they belong to one enterprise number."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Linked:
    """Who is linked, as CodaBox names them; `fetch_delay` is how many seconds to leave between two looks."""

    clients: tuple[str, ...]
    fetch_delay: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """CodaBox has the paper: `delivered` to the channel, `received` for a look later, or a `duplicate`."""

    reference: str
    state: str
    status: int


@dataclass(frozen=True, slots=True)
class CodaboxTransport:
    """Calls to CodaBox, for the software alone or for a client with its credentials."""

    http: Http
    software: Software
    now: datetime
    credentials: Credentials | None = None

    def request_access(self, enterprise_number: str) -> None:
        """Have a token mailed to the company. Raises LoginNeeded with the hub's reason, SettingsError, NotSent."""
        reply = self._send("POST", "request-access-token/invoicing-software/", json={"vat": enterprise_number})
        if reply.status != _CREATED:
            raise self._no_access(reply, Reason.OTHER)

    def redeem(self, token: str) -> Credentials:
        """Trade a token for credentials; it works once, so this is sent once. Raises Uncertain when it may be used up.

        Otherwise raises what `request_access` raises.
        """
        if not _TOKEN.fullmatch(token):
            raise LoginNeeded(Reason.TOKEN_INVALID, "this is no token: letters, digits and . _ ~ - are expected")
        reply = self._send("GET", f"get-credentials/{token}/")
        if reply.status != _OK:
            raise self._no_access(
                reply, Reason.TOKEN_INVALID if reply.status in _NO_SUCH_TOKEN else Reason.OTHER, token
            )
        body = _object(reply)
        user, password = body.get("username"), body.get("password")
        if not (isinstance(user, str) and isinstance(password, str) and user and password):
            raise Uncertain("no_answer", "CodaBox took the token and answered without credentials")
        return Credentials(user, password)

    def check(self) -> Linked:
        """Ask who is linked. Raises LoginNeeded when the credentials are refused, NotSent, SettingsError."""
        reply = self.http.get(self._url("delivery/pod-client/"), timeout=_CHECK_TIMEOUT, **self._identity())
        if reply.status == _OK:
            return _linked(_object(reply))
        if reply.status in _NO_LOGIN:
            raise LoginNeeded(Reason.CREDENTIALS_REFUSED, told(Reason.CREDENTIALS_REFUSED, self._said(reply)))
        if reply.status == _BUSY or reply.status >= _BROKEN:
            raise NotSent(Reason.SERVICE_DOWN, told(Reason.SERVICE_DOWN, self._said(reply)))
        raise SettingsError("base_url", f"CodaBox answered {reply.status} to the check: {self._said(reply)}")

    def upload(self, path: str, part: File, key: str) -> Taken:
        """Hand over one UBL, once. ASSUMPTION: form, path and answers; what they would mean is settled here.

        Raises Rejected, Held, LoginNeeded, SettingsError or NotSent when it was not taken, Uncertain when the answer
        is lost or makes no sense.
        """
        files = {"file": (part.name, part.read(), part.media_type)}
        reply = self._send("POST", path, files=files, headers={"Idempotency-Key": key})
        if reply.status == _DUPLICATE:
            return Taken(_reference(_object(reply)) or key, "duplicate", reply.status)
        if reply.status < _REFUSED and reply.status not in _MOVED:
            return self._taken(reply, key)
        raise self._refusal(reply)

    def _taken(self, reply: Reply, key: str) -> Taken:
        """A page of some proxy may say 200 as well: without the id of the paper it is no word of CodaBox."""
        body = _object(reply)
        reference = _reference(body)
        if reply.status in {_OK, _CREATED} and reference:
            return Taken(reference, "delivered", reply.status)
        if reply.status == _TAKEN and body:
            return Taken(reference or key, "received", reply.status)
        said = f"it answered {reply.status} without the id of the paper: {self._said(reply)}"
        raise Uncertain("unclear_answer", f"CodaBox may have taken it, but {said}")

    def _refusal(self, reply: Reply) -> Rejected | Held | LoginNeeded | SettingsError | NotSent:
        status, said = reply.status, self._said(reply)
        if status in _WRONG_BYTES:
            return Rejected([Problem(f"codabox.{status}", f"CodaBox refuses it: {said}", severity=Severity.FATAL)])
        if status in _NO_LOGIN:
            return LoginNeeded(Reason.CREDENTIALS_REFUSED, told(Reason.CREDENTIALS_REFUSED, said))
        if status == _NOT_FOUND or status in _MOVED:
            return SettingsError("upload_path", f"CodaBox knows no upload at this path: {said}")
        if status == _TOO_LARGE:
            return Held("too_large", f"too large for CodaBox; the same paper with a smaller PDF may fit: {said}")
        if status == _BUSY or status >= _BROKEN:
            wait = reply.retry_after(self.now)
            return NotSent(f"codabox.{status}", f"CodaBox answered {status}: {said}", retry_after=wait)
        return Held(f"codabox.{status}", f"CodaBox answered {status}, which nobody foresaw: {said}")

    def _no_access(self, reply: Reply, otherwise: Reason, token: str = "") -> LoginNeeded | SettingsError:
        """A code we know decides; else the status; what is left is shown as it was said, never guessed."""
        said = self._said(reply, token)
        reason = _CODES.get(str(_object(reply).get("code", "")))
        if reason is None and (reply.status == _BUSY or reply.status >= _BROKEN):
            reason = Reason.SERVICE_DOWN
        if reason is None and reply.status in _NO_LOGIN:
            return SettingsError("software_key", f"CodaBox does not take the software key: {said}")
        reason = reason or otherwise
        return LoginNeeded(reason, told(reason, said))

    def _send(self, method: str, path: str, **sending: Any) -> Reply:
        identity = self._identity()
        identity["headers"] |= sending.pop("headers", {})
        return self.http.send(method, self._url(path), **identity, **sending)

    def _url(self, path: str) -> str:
        return f"{self.software.base_url}/{path}"

    def _identity(self) -> dict[str, Any]:
        key = self.software.software_key.get_secret_value()
        asked: dict[str, Any] = {"headers": {"X-Software-Company": key, "Accept": "application/json"}}
        if self.credentials:
            asked["auth"] = (self.credentials.username, self.credentials.password)
        return asked

    def _said(self, reply: Reply, token: str = "") -> str:
        """What CodaBox said, without our secrets, should it repeat them."""
        detail = _object(reply).get("detail")
        text = "; ".join(map(str, detail)) if isinstance(detail, list) else str(detail or reply.text)
        for secret in self._secrets(token):
            text = text.replace(secret, "***")
        return show(text, limit=_SHOWN) or f"status {reply.status}"

    def _secrets(self, token: str) -> Iterator[str]:
        password = self.credentials.password if self.credentials else ""
        for secret in filter(None, (self.software.software_key.get_secret_value(), password, token)):
            yield from (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode().rstrip("="))


def _object(reply: Reply) -> dict[str, Any]:
    """The JSON object of an answer; empty when it is none."""
    try:
        body = reply.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _reference(body: Mapping[str, Any]) -> str:
    """CodaBox's own name for a paper. ASSUMPTION: under one of these names."""
    found = next((body[name] for name in ("id", "uuid", "feed_index") if body.get(name)), "")
    return show(str(found), limit=_SHOWN) if isinstance(found, str | int) else ""


def _linked(body: Mapping[str, Any]) -> Linked:
    clients = body.get("feed_clients")
    rows = [row for row in clients if isinstance(row, dict)] if isinstance(clients, list) else []
    named = tuple(show(str(row.get("client_name") or row.get("client_id") or ""), limit=100) for row in rows)
    delay = body.get("fetch_delay")
    return Linked(tuple(name for name in named if name), delay if isinstance(delay, int) else None)
