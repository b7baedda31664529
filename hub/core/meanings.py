"""What reason codes mean for people: the record that plugins use for theirs, and the table of the core's own.

A code stands at a delivery (why it waits, is held, uncertain or rejected) or at a destination (why it does not work).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hub.core.delivery import Turn

RETRY = "hub outbox retry {id}"
RESOLVE = "hub outbox resolve {id} --arrived"
CANCEL = "hub outbox cancel {id}"
AGAIN = "hub doc deliver {document} --to {place} --again"
RELEASE = "hub doc release {document}"
RESUME = "hub destination resume {place}"
TEST = "hub destination test {place}"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A reason code in words. `sentence` has no capital and no full stop; the detail is put behind it.

    `command` is one line to type, with {id} of the delivery, {document}, {place} and {connection} (names of the
    destination and its connection) and {company} (enterprise number); empty: what fits the delivery's state.
    """

    sentence: str
    turn: Turn = Turn.YOU
    command: str = ""


def meaning_of(code: str, *tables: Mapping[str, Meaning]) -> Meaning | None:
    """The meaning in the first table that has it. A code that ends in `*` stands for all that begin so, the longest
    first; None when no table knows the code.
    """
    for table in tables:
        if code in table:
            return table[code]
        begins = [known for known in table if known.endswith("*") and code.startswith(known[:-1])]
        if begins:
            return table[max(begins, key=len)]
    return None


_NOT_THERE = "the paper has no such file"
_FORMAT = "hub destination edit {place} --set format=original"

# Errors of the hub that end an attempt before anything was sent: none of them is meant to.
_INWARD = (
    "answer_needed",
    "confirmation_needed",
    "delivery",
    "failed",
    "not_found",
    "temporary",
    "unreadable",
    "usage",
)

# Of a delivery. What the far side's answers mean is for the plugins to say.
CORE: Mapping[str, Meaning] = {
    **dict.fromkeys(_INWARD, Meaning("the hub failed before anything was sent: report it", Turn.US)),
    "absent": Meaning("the far side was asked and does not have it, so it goes again", Turn.US),
    "approval": Meaning("it waits for your yes before it goes", command="hub outbox approve {id}"),
    "blobs_missing": Meaning("the bucket with the papers is not there: make it, or mend HUB_BLOBS"),
    "blobs_refused": Meaning("the bucket with the papers refuses the hub: mend its credentials"),
    "blobs_unreachable": Meaning("the bucket with the papers does not answer", Turn.NETWORK),
    "conflict": Meaning(
        "another paper has the same supplier, kind, number and year: compare them, then release it", command=RELEASE
    ),
    "connect": Meaning("no connection to the far side", Turn.NETWORK),
    "corrupt": Meaning(
        "stored bytes are gone or changed: run `hub verify`, restore that file from a backup, then retry"
    ),
    "crashed": Meaning("three processes died with it: report it, and retry once that is mended"),
    "disk_failed": Meaning("the disk of the hub failed: look at it, then start `hub run` anew", command="hub run"),
    "dns": Meaning("the name of the far side was not found", Turn.NETWORK),
    "document_held": Meaning("a person holds this document", command=RELEASE),
    "exhausted": Meaning("a week of tries did not get through: mend what the last one says, then retry"),
    "lease_lost": Meaning("another process has it", Turn.US),
    "lease_short": Meaning("the process was too slow to send it within its lease", Turn.US),
    "lost": Meaning("a process died while it was being sent"),
    "no_answer": Meaning("the answer of the far side was lost", Turn.NETWORK),
    "no_format": Meaning("no plugin writes the format that this destination wants", command=_FORMAT),
    "no_space": Meaning("the disk of the hub is full: make room, it goes on by itself"),
    "no_try": Meaning("nothing was asked of the far side: this is a fault of the hub, report it", Turn.US),
    "plugin_hung": Meaning("a call of the plugin did not come back in time: report it to its makers", Turn.US),
    "plugin_died": Meaning("the process of the plugin died: report it to its makers", Turn.US),
    "plugin_error": Meaning("the plugin failed: report it to its makers", Turn.US),
    "plugin_start": Meaning("the process of the plugin did not start: look at the hub's machine"),
    "stopped": Meaning("the process was told to stop while it was being sent", Turn.US),
    "too_large": Meaning("it is larger than the far side takes: another format, or send it by hand and cancel"),
    "trace_failed": Meaning("the far side was asked whether it has it, and did not answer", Turn.REMOTE),
    "unanswered": Meaning("it was sent, and no answer came"),
    "vault_busy": Meaning("another process renews the login just now", Turn.US),
}

_KEY = "its passwords cannot be opened with the key of this home: put the right key back, then resume"
_ADDRESS = "this address is not one that may be used: give another"
_ALLOW = "the address is in a private network: allow it with HUB_ALLOW_NETWORKS, start `hub run` anew, then resume"

# Of a destination: its reason, or the code that its detail begins with.
PLACE: Mapping[str, Meaning] = {
    "address.metadata": Meaning("the address gives out credentials of this machine, and is never called", command=TEST),
    "address.private": Meaning(_ALLOW, command=RESUME),
    "breaker": Meaning("it failed five times in a row, so one paper is tried from time to time", Turn.REMOTE, TEST),
    "by_hand": Meaning("a person paused it", command=RESUME),
    "ca_file": Meaning(
        "the file in HUB_CA_FILE cannot be read: mend it, start `hub run` anew, then resume", command=RESUME
    ),
    "connection": Meaning(
        "another destination of its connection was refused", command="hub connection test {connection}"
    ),
    "failing": Meaning("nothing but failures for five days: look at the far side, then resume", command=RESUME),
    "host": Meaning(_ADDRESS, command=TEST),
    "login_needed": Meaning("its login is missing, expired or refused", command=TEST),
    **dict.fromkeys(("bad_key", "key_exposed", "no_key", "wrong_key"), Meaning(_KEY, command=RESUME)),
    "settings_wrong": Meaning(
        "its plugin is missing, or a setting does not fit: mend that, then resume", command=RESUME
    ),
    "url": Meaning(_ADDRESS, command=TEST),
    "url.*": Meaning(_ADDRESS, command=TEST),
}
