"""From bytes to receipt: a prepared message as an artifact, and what remains of it when the relay took it."""

from __future__ import annotations

from datetime import datetime

from hub import Artifact, File, Problem, Receipt, Rejected
from hub.net import guard_from_environment
from hub_email.address import parse_address
from hub_email.message import message_id
from hub_email.replies import Reply
from hub_email.settings import Relay
from hub_email.smtp import Mail, Wire, send


def letter(data: bytes) -> Artifact:
    """A finished message, as what will leave."""
    return Artifact((File.of("message.eml", "message/rfc822", data),))


def post(relay: Relay, to: str, prepared: Artifact, now: datetime) -> Receipt:
    """Send a prepared message to the address as it is set now: it may have been mended since."""
    data = prepared.parts[0].read()
    mail = Mail(relay.mailbox.address, to, data)
    return receipt(send(relay, mail, Wire(guard_from_environment())), message_id(data), now)


def addressed(to: str) -> str:
    """One address as a person typed it. Raises Rejected when it cannot be one."""
    try:
        return parse_address(to)
    except ValueError as error:
        raise Rejected([Problem("bad_address", str(error), "to")]) from error


def receipt(reply: Reply, sent_id: str, now: datetime) -> Receipt:
    """What the relay answered; its queue id is what its operator can look for."""
    return Receipt(reply.queue_id, now, {"reply": str(reply), "message_id": sent_id})
