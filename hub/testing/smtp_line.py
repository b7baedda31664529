"""How a test relay is set up, and one connection to it: aiosmtpd's SMTP with the fixed replies and the login."""

# aiosmtpd finds commands by names in capitals.
# ruff: noqa: N802

from __future__ import annotations

import asyncio
import ssl
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from aiosmtpd.smtp import SMTP

from hub.testing.faults import Faults

MAX_SIZE = 32 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How a relay is set up. `tls` is offered by STARTTLS, or spoken from the first byte when `implicit`.

    `log` gets a line for each message, `keep` a file; `remember` keeps messages in memory for the test.
    """

    port: int = 0
    log: Path | None = None
    keep: Path | None = None
    remember: bool = True
    tls: ssl.SSLContext | None = None
    implicit: bool = False
    login: tuple[str, str] | None = None
    max_size: int = MAX_SIZE
    faults: Faults = field(default_factory=Faults)


class Relay(Protocol):
    """The server behind a line, which also gets the hooks that aiosmtpd calls."""

    setup: Setup
    faults: Faults

    def log_in(self, _mechanism: str, user: bytes, password: bytes) -> bool:
        """Whether these are the right ones."""


class Line(SMTP):
    """One connection: aiosmtpd's SMTP, with the fixed replies and the login of its server."""

    def __init__(self, server: Relay) -> None:
        self._server = server
        self.started = 0.0
        setup = server.setup
        offered = None if setup.implicit else setup.tls
        super().__init__(
            server,
            data_size_limit=setup.max_size,
            hostname="relay.example",
            ident="ESMTP",
            tls_context=offered,
            auth_require_tls=offered is not None,
            auth_exclude_mechanism=None if setup.login else ("PLAIN", "LOGIN"),
            auth_callback=server.log_in,
            loop=asyncio.get_running_loop(),
        )

    def cut(self) -> None:
        """End the connection without a word."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def smtp_EHLO(self, hostname: str) -> None:
        if not await self._fixed("EHLO"):
            await super().smtp_EHLO(hostname)

    async def smtp_AUTH(self, arg: str) -> None:
        if not await self._fixed("AUTH"):
            await super().smtp_AUTH(arg)

    async def smtp_NOOP(self, arg: str) -> None:
        if not await self._fixed("NOOP"):
            await super().smtp_NOOP(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:
        if await self._fixed("MAIL"):
            return
        if self._server.setup.login and not (self.session and self.session.authenticated):
            await self.push("530 5.7.0 Authentication required")
            return
        await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        if not await self._fixed("RCPT"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        self.started = time.time()
        if not await self._fixed("DATA"):
            await super().smtp_DATA(arg)

    async def _fixed(self, command: str) -> bool:
        reply = self._server.faults.replies.get(command)
        if reply:
            await self.push(reply)
        return bool(reply)
