"""The process that runs one destination's plugin for a process that delivers; see `hub.plugins.apart`.

    python -m hub.app.apart DESCRIPTOR      a socket, on which the other process says what is to be done

It ends when that process does, whatever the plugin is doing: what would go on sending alone could send twice.
"""

from __future__ import annotations

import os
import queue
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from typing import Any, BinaryIO, cast

from hub.app import logs
from hub.app.engine import keep_steps, subject
from hub.app.home import Hub
from hub.config import Config
from hub.core.claim import Claim
from hub.core.delivery import Absent, Receipt
from hub.core.files import Artifact
from hub.core.steps import Steps
from hub.core.store import deliveries
from hub.core.wear import Wear, used
from hub.errors import CorruptError, DiskError, NotSent, TemporaryError
from hub.plugins import wire
from hub.plugins.answers import named
from hub.plugins.carrier import BoundCarrier
from hub.plugins.wire import Message

_IDLE = 60.0  # seconds without a call until it goes
_CALLS = 1000  # until it goes
_SHARE = 4  # of such processes at one destination, together with the memory of one that delivers

Tell = Callable[[Message], None]
Answer = Receipt | Absent | Artifact


def main() -> None:
    """Answer calls until nobody asks any more."""
    for ending in (signal.SIGTERM, signal.SIGINT):  # the other process decides
        signal.signal(ending, signal.SIG_IGN)
    channel = socket.socket(fileno=int(sys.argv[1]))
    channel.set_inheritable(False)
    messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(channel.makefile("rb"), messages), name="listen", daemon=True).start()

    def tell(message: Message) -> None:
        channel.sendall(wire.line(message))

    _serve(messages, tell)
    os._exit(0)  # threads of the plugin are not waited for


def _listen(stream: Any, messages: queue.SimpleQueue[Message]) -> None:
    while True:
        try:
            messages.put(wire.read(cast("BinaryIO", stream)))
        except (EOFError, OSError):
            os._exit(0)


def _serve(messages: queue.SimpleQueue[Message], tell: Tell) -> None:
    opening = messages.get()
    config = Config.model_validate(opening["config"])
    try:
        hub = Hub.open(config, log_on=lambda: logs.configure(config.log))
        carrier = hub.carrier(opening["destination"])
    except BaseException as error:  # noqa: BLE001 - the plugin is imported here
        return tell({"error": wire.said(error)})
    tell(_facts(carrier))
    wear = Wear(deliveries=_CALLS, memory=config.memory // _SHARE)
    calls = 0
    while not wear.reason(used(0, calls)):
        try:
            request = messages.get(timeout=_IDLE)
        except queue.Empty:
            return None
        _answer(hub, carrier, request, tell)
        calls += 1
    return None


def _facts(carrier: BoundCarrier) -> Message:
    return {
        "can_trace": carrier.can_trace,
        "trace_after": carrier.trace_after,
        "login_shared": carrier.login_shared,
        "deadlines": asdict(carrier.info.deadlines),
    }


def _answer(hub: Hub, carrier: BoundCarrier, request: Message, tell: Tell) -> None:
    """Say that the call begins, or why it does not, and what came of it."""
    try:
        call = _call(hub, carrier, request)
    except (CorruptError, DiskError, TemporaryError) as error:
        return tell({"error": wire.said(error)})
    except Exception as error:  # noqa: BLE001 - whatever it is, the plugin was not called
        return tell({"error": wire.said(NotSent("plugin_start", named(error), unwell=False))})
    tell({"begun": request["hook"]})
    try:
        return tell(wire.answer_said(call()))
    except BaseException as error:  # noqa: BLE001 - the border of the plugin, as in `hub.core.courier`
        return tell({"error": wire.said(error)})


def _call(hub: Hub, carrier: BoundCarrier, request: Message) -> Callable[[], Answer]:
    """The call that is asked for, ready to be made."""
    claim = Claim(**request["claim"])
    paper = subject(hub.db, hub.blobs, claim)
    with hub.db.read() as conn:
        done = deliveries.with_row(conn, claim.id).steps  # an earlier call for this claim may have added some
    delivery = replace(
        carrier.delivery(claim), steps=Steps(done, partial(keep_steps, hub.db, request["worker"], claim))
    )
    if request["hook"] == "prepare":
        return lambda: _stored(hub, carrier.prepare(paper, delivery))
    kept = wire.parts_heard(request["parts"], hub.blobs)
    work = carrier.trace if request["hook"] == "trace" else carrier.deliver
    return lambda: work(kept, paper, delivery)


def _stored(hub: Hub, prepared: Artifact) -> Artifact:
    for part in prepared.parts:
        hub.blobs.put_part(part)
    return prepared


if __name__ == "__main__":
    main()
