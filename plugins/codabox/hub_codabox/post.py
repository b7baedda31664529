"""Hands one paper over: noted first, sent once, and what is not clear is left for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub import (
    Artifact,
    Delivery,
    Document,
    Held,
    LoginNeeded,
    NotSent,
    Receipt,
    Rejected,
    SettingsError,
)
from hub_codabox.link import Link
from hub_codabox.paper import admit
from hub_codabox.register import Entry, Register
from hub_codabox.transport import CodaboxTransport, Taken

_SENDING = "sending"  # the step that says: these bytes went out, and no clear answer came back yet
_ASSUMED = "the upload call is not public: what this answer means is assumed"


@dataclass(frozen=True, slots=True)
class Road:
    """All that a paper needs on its way to CodaBox."""

    transport: CodaboxTransport
    link: Link
    register: Register
    delivery: Delivery


def post(road: Road, document: Document, prepared: Artifact) -> Receipt:
    """Upload, once. Raises what the local rules and `CodaboxTransport.upload` raise."""
    (part,) = prepared.parts
    admit(document, road.register.client, road.link)  # again: the link may be another one since it was prepared
    entry = Entry.of(document, part, road.delivery.key)
    road.register.enter(entry)
    unsure = road.delivery.steps.get(_SENDING) == part.sha256
    road.delivery.steps.record(_SENDING, part.sha256)
    try:
        taken = road.transport.upload(road.register.client.upload_path, part, road.delivery.key)
        _judge_duplicate(taken, unsure=unsure)
    except (NotSent, Rejected, Held, LoginNeeded, SettingsError) as error:
        if not unsure:
            _not_taken(road, entry, rejected=isinstance(error, Rejected))
        raise
    return _receipt(taken, road.transport.now)


def _judge_duplicate(taken: Taken, *, unsure: bool) -> None:
    """A double of our own attempt whose answer was lost is the proof that it arrived; any other is not ours."""
    if taken.state == "duplicate" and not unsure:
        said = "CodaBox has this number already, and not from an attempt of this delivery: look there, then cancel"
        raise Held("duplicate", said)


def _not_taken(road: Road, entry: Entry, *, rejected: bool) -> None:
    """A clear no: nothing of this attempt is at CodaBox. Not after an attempt in doubt, which may still be there."""
    if rejected:
        road.register.reject(entry)
    else:
        road.register.withdraw(entry)
    road.delivery.steps.record(_SENDING, "")


def _receipt(taken: Taken, now: datetime) -> Receipt:
    detail = {"status": str(taken.status), "state": taken.state, "assumption": _ASSUMED}
    return Receipt(taken.reference, now, detail)
