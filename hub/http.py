"""The one HTTP client (the only file that imports httpx): judged addresses, verified TLS, limits, and a clear word on
whether anything left.

A request that reads may be repeated and fails as `NotSent`; one that changes something is sent once, and where its
answer is lost it is `Uncertain`. So a plugin cannot repeat a booking by accident. A client for each thread and host:
httpx walks its whole pool at every request, and threads that share one wait for each other.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, TypedDict, Unpack
from urllib.parse import urlsplit

import httpx
import tenacity

from hub import failpoints
from hub.errors import DeliveryError, NotSent, Uncertain
from hub.net import Guard

_MAX_ANSWER = 20 * 1024 * 1024  # bytes
_TIMEOUT = 30.0  # seconds
_CONNECT = 10.0
_IDLE = 2.0  # seconds a connection is kept for the next request; a far side that closes one just then costs a doubt
_QUICK_TRIES = 3
_GATEWAY = frozenset({502, 503, 504})  # a proxy's word: the server itself may never have seen it
_POINTS = {
    "http11.send_request_body.complete": "send.request_written",
    "http11.receive_response_body.complete": "send.response_read",
}
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Reading(TypedDict, total=False):
    """What a request may carry. `auth`: user and password (Basic). `timeout`: seconds for each wait, and the body."""

    params: Mapping[str, str | int]
    headers: Mapping[str, str]
    auth: tuple[str, str]
    timeout: float


class Sending(Reading, total=False):
    """The body of a request that changes something, in one of four forms.

    `files`: part name -> file name, content, media type (multipart/form-data).
    """

    json: Any
    form: Mapping[str, str]
    content: bytes
    files: Mapping[str, tuple[str, bytes, str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered; any status. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The body as text; bytes that are no UTF-8 become replacement characters."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON. Raises ValueError when it is none."""
        return json.loads(self.content)

    def retry_after(self, now: datetime) -> float | None:
        """Seconds the server asks to wait (Retry-After, RFC 9110 10.2.3); None when it does not say."""
        said = self.headers.get("retry-after", "").strip()
        if said.isdecimal():
            return float(said)
        try:
            at = parsedate_to_datetime(said)
        except ValueError:
            return None
        return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())


class Http:
    """Requests to far sides, by the operator's rules. One a process; threads share it."""

    def __init__(self, guard: Guard, user_agent: str = "bookkeeper-hub") -> None:
        self._guard = guard
        self._user_agent = user_agent
        self._own = threading.local()
        self._lock = threading.Lock()
        self._clients: list[httpx.Client] = []
        self._context: ssl.SSLContext | None = None

    def get(self, url: str, **reading: Unpack[Reading]) -> Reply:
        """A request that only reads; tried up to three times within seconds. Raises NotSent, SettingsError."""
        ask = partial(self._ask, "GET", url, **reading)
        quick = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(_QUICK_TRIES),
            wait=tenacity.wait_random_exponential(multiplier=0.1, max=1),
            retry=tenacity.retry_if_exception_type(NotSent) | tenacity.retry_if_result(_is_gateways),
            retry_error_callback=_last,
        )
        reply: Reply = quick(_reading, ask)
        return reply

    def send(self, method: str, url: str, **sending: Unpack[Sending]) -> Reply:
        """A request that changes something; sent once.

        Raises NotSent when no byte of it can have arrived, Uncertain (`no_answer`) when it may have, SettingsError for
        an address that may not be reached.
        """
        return self._ask(method, url, **sending)

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for client in self._clients:
                client.close()
            self._clients.clear()
            self._own = threading.local()

    def _ask(self, method: str, url: str, **asked: Unpack[Sending]) -> Reply:
        request: dict[str, Any] = dict(asked)
        timeout = request.pop("timeout", _TIMEOUT)
        if "form" in request:
            request["data"] = request.pop("form")
        place = self._guard.check_url(url)
        client = self._client(f"{place.scheme}://{place.host}:{place.port}")
        limits = httpx.Timeout(timeout, connect=min(timeout, _CONNECT))
        try:
            with client.stream(method, url, timeout=limits, **request) as response:
                return Reply(response.status_code, response.headers, _body(response, timeout))
        except _UNSENT as error:
            raise NotSent("connect", f"no connection to {place.host} port {place.port}: {error}") from error
        except httpx.HTTPError as error:
            raise Uncertain("no_answer", f"{place.host} did not answer: {type(error).__name__} {error}") from error

    def _client(self, origin: str) -> httpx.Client:
        mine: dict[str, httpx.Client] = self._own.__dict__
        if origin not in mine:
            headers = {"User-Agent": self._user_agent, "Accept-Encoding": "identity"}
            judged = _Judged(self._guard, self._tls() if origin.startswith("https") else None)
            mine[origin] = httpx.Client(transport=judged, trust_env=False, follow_redirects=False, headers=headers)
            with self._lock:
                self._clients.append(mine[origin])
        return mine[origin]

    def _tls(self) -> ssl.SSLContext:
        """One for the process: making it costs 20 ms."""
        with self._lock:
            if self._context is None:
                self._context = self._guard.tls_context()
            return self._context


class _Judged(httpx.BaseTransport):
    """Connects to the address that was judged, not to what the name leads to a moment later."""

    def __init__(self, guard: Guard, context: ssl.SSLContext | None) -> None:
        self._guard = guard
        limits = httpx.Limits(keepalive_expiry=_IDLE)
        self._inner = httpx.HTTPTransport(verify=context or False, trust_env=False, limits=limits)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Try the judged addresses in turn, until one can be connected to."""
        parts = urlsplit(str(request.url))
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = parts.hostname or ""
        request.extensions = {**request.extensions, "sni_hostname": host}
        *others, last = (str(endpoint.ip) for endpoint in self._guard.resolve(host, port))
        for ip in others:
            try:
                return self._at(request, ip)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return self._at(request, last)

    def _at(self, request: httpx.Request, ip: str) -> httpx.Response:
        request.url = request.url.copy_with(host=ip)
        if failpoints.armed():
            request.extensions["trace"] = _pass
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close its connections."""
        self._inner.close()


def _pass(event: str, _info: object) -> None:
    """Tell the failpoints how far a request has come."""
    if point := _POINTS.get(event):
        failpoints.hit(point, httpx.ReadError(f"failpoint {point}"))


def _body(response: httpx.Response, seconds: float) -> bytes:
    """The whole body, capped in size and time. What is cut off counts as no answer."""
    until = time.monotonic() + seconds
    body = bytearray()
    if response.headers.get("content-encoding", "identity") != "identity":
        raise httpx.ReadError("the answer is compressed, though that was not accepted")  # a few bytes may become many
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > _MAX_ANSWER:
            raise httpx.ReadError(f"the answer is larger than {_MAX_ANSWER} bytes")
        if time.monotonic() > until:
            raise httpx.ReadTimeout(f"the answer took longer than {seconds:g} s")
    return bytes(body)


def _reading(ask: Callable[[], Reply]) -> Reply:
    """A read leaves nothing behind, so an answer that is lost is no doubt."""
    try:
        return ask()
    except Uncertain as error:
        raise NotSent(error.reason, error.detail) from error


def _is_gateways(reply: Reply) -> bool:
    return reply.status in _GATEWAY and "retry-after" not in reply.headers


def _last(state: tenacity.RetryCallState) -> Reply:
    """The last answer, or the last error, as it is."""
    if state.outcome is None:
        raise DeliveryError("no_try")
    reply: Reply = state.outcome.result()
    return reply
