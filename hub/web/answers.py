"""What every answer carries, and the plain pages for what went wrong."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from hub.plugins.desk import App, Message
from hub.web.door import Door, Refusal

Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_ALWAYS = {
    "content-security-policy": "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_NOT_KEPT = (b"cache-control", b"no-store")  # unless the page says otherwise, as a stylesheet does
_FAULT = 500
_LINK = re.compile(r"(/(?:invitation|login)/)[^/]+")  # whoever has such a link comes in
_HTTPS_ONLY = {"strict-transport-security": "max-age=31536000; includeSubDomains"}  # a year

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title></head><body><h1>{title}</h1><p>{sentence}</p></body></html>
"""


class Answers:
    """The outermost layer: turns away at the door, adds the headers, and makes a page of what nobody caught."""

    def __init__(self, app: App, door: Door, log: Any) -> None:
        self._app = app
        self._log = log
        self._door = door
        extra = _HTTPS_ONLY if door.url.startswith("https://") else {}
        self._headers = [(name.encode(), value.encode()) for name, value in {**_ALWAYS, **extra}.items()]

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request. Only HTTP is spoken here."""
        if scope["type"] != "http":
            return
        out = _Out(send, self._headers)
        refusal = self._turned_away(scope)
        if refusal is not None:
            await page(refusal.status, "Not accepted", refusal.sentence)(scope, receive, out.send)
            return
        cause = ""
        try:
            await self._app(scope, receive, out.send_unless_failed)
        except Exception as error:  # noqa: BLE001 - the edge: no traceback reaches a person
            cause = f"{type(error).__name__}: {error}"
        if cause or out.failed:
            await self._tell_fault(scope, receive, out, cause)

    async def _tell_fault(self, scope: Message, receive: Receive, out: _Out, cause: str) -> None:
        fault = uuid.uuid4().hex[:12]
        self._log.error("page_failed", fault=fault, error=cause, path=_LINK.sub(r"\1...", scope["path"]))
        if not out.started:
            sentence = f"Something went wrong here. It was written down under {fault}; nothing was half done."
            await page(_FAULT, "A fault", sentence)(scope, receive, out.send)

    def _turned_away(self, scope: Message) -> Refusal | None:
        if scope["path"] == "/healthz":  # asked by machines, under whatever name they know
            return None
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        return self._door.refusal(scope["method"], headers)


class _Out:
    """The way out of one request: adds the headers, and keeps back what a framework says of its own faults."""

    def __init__(self, send: Send, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._headers = headers
        self._names = {name for name, _ in headers}
        self.started = False
        self.failed = False

    async def send_unless_failed(self, message: Message) -> None:
        """Pass on, up to an answer with status 500."""
        self.failed = self.failed or message.get("status") == _FAULT
        if not self.failed:
            await self.send(message)

    async def send(self, message: Message) -> None:
        """Pass on, with the headers."""
        if message["type"] == "http.response.start":
            self.started = True
            kept = [pair for pair in message.get("headers", []) if pair[0].lower() not in self._names]
            if all(name.lower() != _NOT_KEPT[0] for name, _ in kept):
                kept.append(_NOT_KEPT)
            message = {**message, "headers": [*kept, *self._headers]}
        await self._send(message)


def page(status: int, title: str, sentence: str) -> App:
    """A plain page: a title and a sentence."""
    body = _PAGE.format(title=html.escape(title), sentence=html.escape(sentence)).encode()

    async def answer(scope: Message, receive: Receive, send: Send) -> None:  # noqa: ARG001 - ASGI's shape
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    return answer
