"""A stranger's plugin for tests of real processes: it writes down what it is asked, and misbehaves as it is told.

Installed beside the hub by the fixture `command`, found by its entry point like any other.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel

from hub import Absent, Artifact, Delivery, Document, File, NotSent, PluginInfo, Receipt, Role, hookimpl


class Diary(BaseModel):
    """`diary` gets a line for every call. `prepare` and `deliver`: `kill`, `hang`, `wait` (for the file `go`),
    `refuse` or nothing; `only` names the paper that they are about.
    """

    diary: Path
    prepare: str = ""
    deliver: str = ""
    only: str = ""


@hookimpl
def describe() -> PluginInfo:
    return PluginInfo(
        title="Stranger", summary="Writes down what it is asked", roles=(Role.ARCHIVE, Role.BOOKING), settings=Diary
    )


@hookimpl
def prepare(document: Document, delivery: Delivery, settings: Diary) -> Artifact:
    _write(settings, "prepare", delivery.key, document.number)
    _misbehave(settings, settings.prepare, document)
    return Artifact((File.of("paper.xml", "application/xml", document.original.read()),))


@hookimpl
def deliver(prepared: Artifact, document: Document, delivery: Delivery, settings: Diary, now: datetime) -> Receipt:
    _write(settings, "deliver", delivery.key, document.number)
    _misbehave(settings, settings.deliver, document)
    _write(settings, "delivered", delivery.key, document.number)
    return Receipt(prepared.sha256[:8], now)


@hookimpl
def trace(delivery: Delivery, settings: Diary) -> Receipt | Absent:
    _write(settings, "trace", delivery.key, "")
    return Absent("never asked: this plugin says it cannot trace")


def _write(settings: Diary, call: str, key: str, number: str) -> None:
    line = json.dumps({"call": call, "key": key, "number": number, "pid": os.getpid()}) + "\n"
    descriptor = os.open(settings.diary, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def _misbehave(settings: Diary, how: str, document: Document) -> None:
    if settings.only not in {"", document.number}:
        return
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "refuse":
        raise NotSent("refused")
    if how == "hang":
        threading.Event().wait()
    if how == "wait":
        tick = threading.Event()
        while not settings.diary.with_name("go").exists():
            tick.wait(0.01)
