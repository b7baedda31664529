"""Everything that can go wrong, as one tree named by what happens next.

HubError                    has a code, a sentence and what to do; the command line prints these three
├── UsageError              exit 2: the command or the configuration is wrong
├── TemporaryError          exit 3: try again later
│   └── OutOfReach          stored bytes cannot be had just now: whoever needs them waits, and burns no tries
├── NotFoundError           exit 4: no such object
├── ConfirmationNeeded      exit 7: a person must say yes (`--yes`)
│   └── AnswerNeeded        a login waits for a person's answer
├── Unreadable              a paper that is ours to read, but broken or unsafe: refused, with problems
├── CorruptError            stored bytes differ from their SHA-256: never sent
├── DiskError               the disk failed to keep what was written: the process stops
├── PluginError             a plugin broke its contract; names the plugin
│   ├── PluginHung          it did not come back from a call in time
│   └── PluginDied          it ended the process of its own in which it ran
└── DeliveryError           raised by a plugin: what happened to one delivery (the core decides what is next)
    ├── NotSent             nothing reached the far side: queued again
    ├── Rejected            the far side says these bytes are wrong: a person mends
    ├── Held                a person must decide
    ├── Uncertain           it may have arrived: trace before anything is sent again
    └── Blocked             nothing can be delivered there: the destination waits, papers burn no tries
        ├── LoginNeeded     the login is missing, expired or refused
        └── SettingsError   a setting is wrong
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a problem weighs: a `fatal` one breaks a rule of the format, a `warning` is worth a look."""

    FATAL = "fatal"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: a stable code (the official rule id where there is one), a sentence, a place.

    `place` is where to look: an element path, `line:column`, a file name or a setting; empty when it is obvious.
    """

    code: str
    message: str
    place: str = ""
    severity: Severity = Severity.WARNING


class HubError(Exception):
    """The root. `code` is stable and for programs, `message` is one sentence, `action` says what to do."""

    exit_code = 1
    code = "failed"

    def __init__(self, message: str, *, code: str = "", action: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.action = action


class UsageError(HubError):
    """The command, a setting or the configuration is wrong."""

    exit_code = 2
    code = "usage"


class TemporaryError(HubError):
    """It may work later as it is: a lock, a full disk, a time-out."""

    exit_code = 3
    code = "temporary"


class OutOfReach(TemporaryError):
    """The place that keeps our bytes does not answer, or refuses us."""

    code = "blobs_unreachable"


class NotFoundError(HubError):
    """No such object."""

    exit_code = 4
    code = "not_found"


class ConfirmationNeeded(HubError):
    """A person must confirm; `--yes` does."""

    exit_code = 7
    code = "confirmation_needed"


class AnswerNeeded(ConfirmationNeeded):
    """A login asked what only a person can answer; it stays open for 15 minutes."""

    code = "answer_needed"

    def __init__(self, key: str, label: str, *, secret: bool, url: str) -> None:
        super().__init__(label, action=f"run it again with --answer {key}=@FILE (or - for standard input)")
        self.key = key
        self.label = label
        self.secret = secret
        self.url = url


class Unreadable(HubError):
    """The paper is of a format we read, but it is broken, incomplete or unsafe; `problems` say where."""

    code = "unreadable"

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        super().__init__(first.message, code=first.code)
        self.problems = tuple(problems)


class CorruptError(HubError):
    """Stored bytes are gone or differ from their SHA-256."""

    code = "corrupt"


class DiskError(HubError):
    """The disk failed while making something durable; what it holds is known again only after a start."""

    code = "disk_failed"

    def __init__(self, message: str) -> None:
        super().__init__(
            message, action="look at the disk and its log, then start again: what was not confirmed is done anew"
        )


class PluginError(HubError):
    """A plugin broke its contract: it raised something else, or returned the wrong type."""

    code = "plugin_error"

    def __init__(self, plugin: str, message: str) -> None:
        super().__init__(f"plugin {plugin}: {message}", action=f"report this to the makers of the plugin {plugin}")
        self.plugin = plugin


class PluginHung(PluginError):
    """A call of a plugin ran longer than it may; `seconds` is how long that is."""

    code = "plugin_hung"

    def __init__(self, plugin: str, hook: str, seconds: float) -> None:
        super().__init__(plugin, f"{hook} did not come back within {seconds:g} s")
        self.seconds = seconds


class PluginDied(PluginError):
    """A plugin with a process of its own ended that in a call; `hopeless` when it did so with this paper again and
    again.
    """

    code = "plugin_died"

    def __init__(self, plugin: str, message: str, *, hopeless: bool = False) -> None:
        super().__init__(plugin, message)
        self.hopeless = hopeless


class DeliveryError(HubError):
    """What a plugin says happened to one delivery. `reason` is a stable code, `detail` a sentence for people."""

    code = "delivery"

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason, code=reason)
        self.reason = reason
        self.detail = detail


class NotSent(DeliveryError):
    """Nothing reached the far side, or it said "not now". `retry_after` is in seconds, by the far side's word.

    `unwell` is False when the far side is healthy and only this paper must wait (it does not trip the breaker).
    """

    def __init__(self, reason: str, detail: str = "", *, retry_after: float | None = None, unwell: bool = True) -> None:
        super().__init__(reason, detail)
        self.retry_after = retry_after
        self.unwell = unwell


class Rejected(DeliveryError):
    """The far side judged these bytes and refused them for good."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems[0].code, "; ".join(problem.message for problem in problems))
        self.problems = tuple(problems)


class Held(DeliveryError):
    """Nothing was delivered and a person must decide (`too_large`, `totals_differ`, ...)."""


class Uncertain(DeliveryError):
    """It may have arrived: the answer was lost after the last byte had left."""


class Blocked(DeliveryError):
    """Nothing can be delivered there until a person mends the destination or its connection."""


class LoginNeeded(Blocked):
    """The login is missing, expired or refused."""


class SettingsError(Blocked):
    """A setting of the destination or its connection is wrong."""
