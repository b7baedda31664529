"""The whole demo, act after act, told to a person; and how it came out, for a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hub.app import logs
from hub.demo import account, journey, plan
from hub.demo.evidence import differences, gather
from hub.demo.places import Stage
from hub.demo.stage import Scene, scene
from hub.demo.telling import Telling
from hub.demo.waiting import Waiting, waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How it came out. `surprises` is empty when all went as planned, and ledger and far sides agree.

    `port` is where the mail server listened on 127.0.0.1, `retried` a delivery that took more than one try.
    """

    imported: Mapping[str, int]
    places: Sequence[Mapping[str, Any]]
    waiting: Sequence[Waiting]
    pack: Mapping[str, Any]
    checked: int
    surprises: Sequence[str]
    port: int
    retried: int


def play(stage: Stage, tell: Telling) -> Told:
    """Play all acts in the folders of `stage`, which are new."""
    logs.configure("error")
    with scene(stage, tell) as ours:
        journey.show_papers(ours)
        journey.show_places(ours)
        imported = journey.take_in(ours)
        journey.deliver(ours)
        return _account(ours, imported)


def _account(ours: Scene, imported: Mapping[str, int]) -> Told:
    evidence = replace(gather(ours.hub, ours.stage), seen=ours.visitor.seen())
    places = account.show_places(ours, evidence)
    account.show_books(ours, evidence)
    waits = waiting(ours.hub, evidence)
    account.show_waiting(ours, waits)
    pack, pack_faults = account.make_pack(ours)
    checked, faults = account.check_home(ours)
    return Told(
        imported=imported,
        places=places,
        waiting=waits,
        pack=pack,
        checked=checked,
        surprises=[*plan.surprises(imported, evidence), *differences(evidence), *pack_faults, *faults],
        port=ours.server.port,
        retried=next((entry.id for entry in evidence.entries if len(entry.outcomes) > 1), 0),
    )
