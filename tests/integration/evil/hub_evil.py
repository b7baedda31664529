"""An evil plugin for tests of real processes: it does the harm that its settings name, in the hook they name.

Installed beside the hub by the fixture `installed`. `diary` gets a line for every call. The variable EVIL_IMPORT
names a harm for the moment when it is imported, EVIL_DEADLINE how long its calls may take.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from hub import Absent, Artifact, Deadlines, Delivery, Document, File, PluginInfo, Receipt, Role, hookimpl

_LEAKED: list[Any] = []
_DEADLINE = float(os.environ.get("EVIL_DEADLINE", "0.5"))


class Settings(BaseModel):
    """`prepare`, `deliver` and `trace` name a harm for every paper, or one for each: `F1=sleep+F2=spin`."""

    diary: Path
    prepare: str = ""
    deliver: str = ""
    trace: str = ""


@hookimpl
def describe() -> PluginInfo:
    return PluginInfo(
        title="Evil",
        summary="Does harm",
        roles=(Role.ARCHIVE, Role.BOOKING),
        settings=Settings,
        can_trace=Path(__file__).with_name("can_trace").exists(),
        deadlines=Deadlines(prepare=_DEADLINE, deliver=_DEADLINE, trace=_DEADLINE),
    )


@hookimpl
def prepare(document: Document, delivery: Delivery, settings: Settings) -> Artifact:
    _write(settings, "prepare", delivery.key, document.number)
    _do_harm(settings.prepare, document.number)
    return Artifact((File.of("paper.xml", "application/xml", document.original.read()),))


@hookimpl
def deliver(prepared: Artifact, document: Document, delivery: Delivery, settings: Settings, vault: Any) -> Any:
    _write(settings, "deliver", delivery.key, document.number)
    if settings.deliver == "rubbish":
        return Receipt("x" * 5000) if document.number == "F1" else "ok"
    if settings.deliver == "remember" and delivery.steps.get("first") is None:
        delivery.steps.record("first", "done")
        vault.put("token", "fresh")
        os._exit(1)
    _do_harm(settings.deliver if settings.deliver != "remember" else "", document.number)
    _write(settings, "delivered", delivery.key, document.number)
    return Receipt(prepared.sha256[:8])


@hookimpl
def trace(document: Document, delivery: Delivery, settings: Settings) -> Receipt | Absent:
    _write(settings, "trace", delivery.key, document.number)
    _do_harm(settings.trace, document.number)
    return Absent("nothing of the kind")


def _write(settings: Settings, call: str, key: str, number: str) -> None:
    line = json.dumps({"call": call, "key": key, "number": number, "pid": os.getpid()}) + "\n"
    descriptor = os.open(settings.diary, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def _do_harm(said: str, number: str) -> None:
    harm = dict(one.split("=") for one in said.split("+")).get(number) if "=" in said else said
    if harm:
        _HARM[harm]()


def _spin() -> None:
    while True:
        pass


def _leak_memory() -> None:
    _LEAKED.append(b"x" * 10_000_000)


def _leak_descriptors() -> None:
    _LEAKED.extend(os.open("/dev/null", os.O_RDONLY) for _ in range(50))


def _make_noise() -> None:
    sys.stdout.write("noise on stdout\n")
    sys.stdout.flush()
    os.write(1, b"\x00\xff more noise\n")
    os.write(2, b"noise on stderr\n")


_HARM: dict[str, Callable[[], object]] = {
    "sleep": lambda: time.sleep(1e9),
    "spin": _spin,
    "block": lambda: os.read(os.pipe()[0], 1),
    "exit": lambda: os._exit(0),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "leak": _leak_memory,
    "open": _leak_descriptors,
    "noise": _make_noise,
    "raise": lambda: 1 / 0,
}

_do_harm(os.environ.get("EVIL_IMPORT", ""), "")
