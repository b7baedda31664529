"""Where the demo plays: a home of its own, far sides on this machine, and the places that papers go to."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from hub.app import Hub, configure
from hub.app.configure import Values, Wanted
from hub.config import Config
from hub.core.delivery import OnUncertain, Role
from hub.core.document import Kind
from hub.core.store import companies
from hub.demo import papers, parties, portal, sisters
from hub.demo.places import ADDRESSES, ARCHIVE, OFFICE, OWNER, Stage
from hub.demo.portal import Visitor
from hub.demo.sisters import Desks
from hub.demo.telling import Telling
from hub.testing.faults import Fault, Faults, Try
from hub.testing.smtp import Setup, SmtpServer

_SENDER = "Fietsatelier Voorbeeld <papers@fietsatelier.example>"
_OWNER_WANTS = (Kind.QUOTATION, Kind.SALES_INVOICE, Kind.SALES_CREDIT_NOTE)
LOOPBACK = "127.0.0.0/8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble(Faults):
    """What goes wrong with single messages, each on its first try; by delivery key, as Message-IDs begin with it."""

    of: Mapping[str, Fault] = field(default_factory=dict)

    def fault_of(self, attempt: Try) -> Fault | None:
        """The fault that hits this try."""
        return self.of.get(key_of(attempt.message_id)) if attempt.of_message == 1 else None


def key_of(message_id: str) -> str:
    """The delivery key in a Message-ID, `<key@domain>`."""
    return message_id.strip("<>").partition("@")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """An open home with its far sides, and whom to tell."""

    stage: Stage
    hub: Hub
    server: SmtpServer
    desks: Desks
    visitor: Visitor
    tell: Telling


@contextmanager
def scene(stage: Stage, tell: Telling) -> Iterator[Scene]:
    """A new home with the company, its sisters and their destinations, and all far sides running."""
    with ExitStack() as running:
        running.enter_context(_loopback_allowed())
        server = running.enter_context(_mail_server(stage))
        desks = running.enter_context(sisters.desks(stage))
        listening = running.enter_context(socket.create_server(("127.0.0.1", 0)))
        hub = running.enter_context(_opened(stage, f"http://127.0.0.1:{listening.getsockname()[1]}"))
        with hub.db.write() as tx:
            companies.add(tx, parties.US.vat.removeprefix("BE"), parties.US.name)
        _add_places(hub, stage, server.port)
        sisters.add(hub, desks)
        visitor = running.enter_context(portal.pages(hub, listening))
        portal.connect(hub, stage, visitor)
        yield Scene(stage=stage, hub=hub, server=server, desks=desks, visitor=visitor, tell=tell)


def _mail_server(stage: Stage) -> SmtpServer:
    """The far side of both e-mail destinations; it runs from enter to exit."""
    return SmtpServer(Setup(log=stage.mail_log, keep=stage.mails, remember=False))


@contextmanager
def _opened(stage: Stage, url: str) -> Iterator[Hub]:
    """A new home whose links begin with `url`. Nothing that the person has set for a hub of his own is read."""
    hub = Hub.init(Config(home=stage.home, public_url=url))
    try:
        yield hub
    finally:
        hub.close()


@contextmanager
def _loopback_allowed() -> Iterator[None]:
    """Let this process, and no other, reach a mail server on its own machine."""
    before = os.environ.get("HUB_ALLOW_NETWORKS")
    os.environ["HUB_ALLOW_NETWORKS"] = LOOPBACK
    try:
        yield
    finally:
        del os.environ["HUB_ALLOW_NETWORKS"]
        if before is not None:
            os.environ["HUB_ALLOW_NETWORKS"] = before


def _add_places(hub: Hub, stage: Stage, port: int) -> None:
    relay = Values({"host": "127.0.0.1", "port": str(port), "security": "none", "sender": _SENDER})
    configure.add_connection(hub, "mail", "email", relay)
    for wanted in (_office(), _owner(), _archive(stage)):
        configure.add_destination(hub, wanted)


def _office() -> Wanted:
    """What arrives here gets booked: a double would be booked twice, so nothing is sent again unasked."""
    return Wanted(
        name=OFFICE,
        plugin="email",
        connection="mail",
        values=Values({"to": ADDRESSES[OFFICE]}),
        role=Role.BOOKING,
        approve="never",
        on_uncertain=OnUncertain.ASK,
        from_date=papers.FIRST_DAY,
    )


def _owner() -> Wanted:
    """For eyes only: rather twice than not at all."""
    return Wanted(
        name=OWNER,
        plugin="email",
        connection="mail",
        values=Values({"to": ADDRESSES[OWNER]}),
        kinds=_OWNER_WANTS,
        role=Role.COPY,
        on_uncertain=OnUncertain.REPEAT,
        from_date=papers.FIRST_DAY,
    )


def _archive(stage: Stage) -> Wanted:
    return Wanted(
        name=ARCHIVE,
        plugin="ubl_export",
        values=Values({"path": str(stage.archive)}),
        from_date=papers.FIRST_DAY,
    )
