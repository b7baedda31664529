"""`hub outbox why` has a sentence, whose turn it is and one command that can be typed, for every code there is.

The codes are read from the source, so that a new one without words is seen here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import hub as door
from hub import errors as hub_errors
from hub.app import Hub, cause
from hub.app.cause import Cause
from hub.app.configure import Values, add_connection
from hub.app.mend import Mend
from hub.cli.typed import refused
from hub.config import Config
from hub.core.delivery import Turn
from hub.core.meanings import CORE, PLACE, Meaning, meaning_of
from hub.core.store import companies
from hub.errors import HubError
from hub.plugins.host import Host
from hub.testing.codes import Raised, codes_in
from hub_codabox.reasons import Reason
from tests.integration.far import Far
from tests.integration.ledger import COMPANY, add_place, change, take_in

PLUGINS = ("codabox", "email", "exact", "partner", "ubl_export")
ROOT = Path(door.__file__).parents[1]
DETAIL = "what was seen there"
DAY = 86_400_000

# Codes that cannot be read from the syntax, by where they are raised.
UNSEEN = {
    "answers.py": ("exact.*",),
    "attachments.py": ("no_original", "no_pdf", "no_ubl"),
    "books.py": ("gl_account", "journal"),
    "carriers.py": ("bad_key", "key_exposed", "no_key", "wrong_key"),
    "http.py": ("no_answer",),
    "verdict.py": ("plugin_error", "no_space"),
    "wire.py": (),  # what another process has raised
}
BUCKET = ("blobs_unreachable", "blobs_refused", "blobs_missing")
# What the engine itself says of a delivery or a destination, by the state that it says it in.
ENGINE = {
    "held": ("approval", "conflict", "document_held", "crashed", "corrupt", "exhausted"),
    "uncertain": (
        "lost",
        "unanswered",
        "stopped",
        "trace_failed",
        "plugin_error",
        "plugin_hung",
        "plugin_died",
        "no_answer",
    ),
    "queued": (
        "absent",
        "plugin_error",
        "plugin_hung",
        "plugin_died",
        "plugin_start",
        "no_space",
        "temporary",
        "failed",
        *BUCKET,
    ),
    "place": ("by_hand", "breaker", "failing", "connection", "login_needed", "settings_wrong"),
}
OF_AN_ATTEMPT = {"lost_before_mark", "lost_after_mark", "traced"}  # never the reason of a delivery
OF_A_COMMAND = {"overtaken"}  # what a person is told who sends a paper on


def _core_files() -> list[Path]:
    rooms = (ROOT / "hub" / room for room in ("app", "core", "plugins"))
    return [ROOT / "hub" / "http.py", ROOT / "hub" / "net.py", *(path for room in rooms for path in room.rglob("*.py"))]


def _files(plugin: str) -> Sequence[Path]:
    return sorted((ROOT / "plugins" / plugin / f"hub_{plugin}").rglob("*.py"))


def _raised(plugin: str) -> Iterator[tuple[str, str]]:
    """Every code of a plugin (empty: of the core) with the error that carries it."""
    found: list[Raised] = list(codes_in(_files(plugin) if plugin else _core_files()))
    for one in found:
        codes = (one.code,) if one.code else UNSEEN[one.place.partition(":")[0]]
        yield from ((code.replace("*", "NN"), one.error) for code in codes)
    if plugin == "codabox":
        yield from ((reason.value, "LoginNeeded") for reason in Reason)  # by what CodaBox answers


CASES = sorted({(plugin, *case) for plugin in ("", *PLUGINS) for case in _raised(plugin)})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A home with one paper for one destination with a connection, whose rows the tests change."""
    hub = Hub.init(Config(home=tmp_path_factory.mktemp("home")))
    hub.host.add("far", Far())
    with hub.db.write() as tx:
        companies.add(tx, COMPANY, "Voorbeeld NV")
    add_connection(hub, "relay", "email", Values({"host": "relay.example", "sender": "a@b.example"}))
    add_place(hub)
    take_in(hub, "F-1")
    change(hub, "UPDATE destination SET connection_id = 1")
    yield hub
    hub.close()


def _why(home: Hub, plugin: str, **to: Any) -> Cause:
    """The answer for the paper in such a state; what is not told is as at the beginning."""
    now = int(home.now().timestamp() * 1000)
    values: dict[str, Any] = {
        "state": "queued",
        "reason": "",
        "place": "active",
        "why": "",
        "opened": None,
        "begun": False,
    }
    values |= {
        "due": now + DAY,
        "plugin": plugin or "far",
        "place_detail": "",
        "detail": DETAIL,
        "turn": "you",
        "next": now,
    } | to
    for table, columns in _COLUMNS.items():
        settings = ", ".join(f"{column} = :{name}" for column, name in columns.items())
        change(home, f"UPDATE {table} SET {settings}", **{name: values[name] for name in columns.values()})  # noqa: S608
    return cause.why(home, 1)


_COLUMNS = {
    "delivery": {"state": "state", "reason": "reason", "detail": "detail"},
    "outbox": {"due_at": "due", "begun": "begun"},
    "destination": {
        "plugin": "plugin",
        "state": "place",
        "reason": "why",
        "detail": "place_detail",
        "turn": "turn",
        "opened_at": "opened",
        "next_due": "next",
    },
}


def _in_state(home: Hub, plugin: str, code: str, error: str) -> Cause:
    """As the core leaves a delivery when a plugin raises this."""
    if error in {"LoginNeeded", "SettingsError"}:
        reason = "login_needed" if error == "LoginNeeded" else "settings_wrong"
        return _why(home, plugin, place="blocked", why=reason, place_detail=f"{code}: {DETAIL}")
    state = {"NotSent": "queued", "Held": "held", "Rejected": "rejected", "Uncertain": "uncertain"}[error]
    waits = {} if state == "queued" else {"due": None}
    return _why(home, plugin, state=state, reason=code, begun=state == "uncertain", **waits)


def _meaning(plugin: str, code: str) -> Meaning:
    own = Host().info(plugin).meanings if plugin else {}
    found = meaning_of(code, own, CORE, PLACE)
    assert found is not None, f"{plugin}: {code} is not explained"
    return found


@pytest.mark.parametrize(("plugin", "code", "error"), CASES, ids=lambda one: one or "core")
def test_every_code_has_a_sentence_a_turn_and_a_command(plugin: str, code: str, error: str, home: Hub) -> None:
    told = _in_state(home, plugin, code, error)
    assert _meaning(plugin, code).sentence in told.cause
    assert DETAIL in told.cause
    assert told.turn in set(Turn)
    assert told.command.startswith("hub ")
    assert refused(told.command) == ""


@pytest.mark.parametrize(("state", "code"), [(state, code) for state, codes in ENGINE.items() for code in codes])
def test_what_the_engine_says_has_a_sentence_a_turn_and_a_command(state: str, code: str, home: Hub) -> None:
    if state == "place":
        opened = 1 if code == "breaker" else None
        place = "active" if opened else "paused" if code == "by_hand" else "blocked"
        told = _why(home, "", place=place, why="" if opened else code, opened=opened)
    else:
        waits = {} if state == "queued" else {"due": None}
        told = _why(home, "", state=state, reason=code, begun=state == "uncertain", **waits)
    assert (PLACE if state == "place" else CORE)[code].sentence in told.cause
    assert told.turn in set(Turn)
    assert refused(told.command) == ""


def test_the_engine_says_nothing_else() -> None:
    text = "".join(path.read_text() for path in (ROOT / "hub" / "core").rglob("*.py") if path.name in _ENGINE_FILES)
    said = set(re.findall(r'\b(?:code|reason) ?= ?"([\w.]+)"', text)) | set(
        re.findall(r'Standing\([\w.]+, "(\w+)"', text)
    )
    known = {code for codes in ENGINE.values() for code in codes}
    assert said - known - OF_AN_ATTEMPT - OF_A_COMMAND - {"by_hand", "login_needed"} == set()
    assert len(said) > 10


_ENGINE_FILES = {
    "verdict.py",
    "leasing.py",
    "blocking.py",
    "waiting.py",
    "claiming.py",
    "settle.py",
    "pump.py",
    "dispatch.py",
    "deliveries.py",
}


def test_every_error_of_the_hub_has_words_when_it_ends_an_attempt() -> None:
    errors = [one for one in vars(hub_errors).values() if isinstance(one, type) and issubclass(one, HubError)]
    assert [one.code for one in errors if one.code not in CORE] == []
    assert len(errors) > 10


def test_what_cannot_be_read_is_known() -> None:
    places = {
        one.place.partition(":")[0]
        for name in ("", *PLUGINS)
        for one in codes_in(_files(name) if name else _core_files())
        if not one.code
    }
    assert places == set(UNSEEN)


@pytest.mark.parametrize("plugin", PLUGINS)
def test_every_meaning_is_of_a_code_that_is_raised(plugin: str) -> None:
    raised = {code for code, _ in _raised(plugin)} | {"too_large"}
    known = {code: code.removesuffix("*") for code in Host().info(plugin).meanings}
    unused = {code for code, head in known.items() if not any(_is_of(one, code, head) for one in raised)}
    assert unused == set()


def _is_of(raised: str, code: str, head: str) -> bool:
    """A table may be finer than the source: `smtp.5*` is one of `smtp.{status}`."""
    return raised == code or raised.startswith(head) or (raised.endswith("NN") and code.startswith(raised[:-2]))


@pytest.mark.parametrize("table", [CORE, PLACE, *(Host().info(plugin).meanings for plugin in PLUGINS)])
def test_a_sentence_reads_as_a_part_of_one(table: dict[str, Meaning]) -> None:
    odd = [
        meaning.sentence
        for meaning in table.values()
        if meaning.sentence.endswith(".") or meaning.sentence != meaning.sentence.strip() or "\n" in meaning.sentence
    ]
    assert odd == []


def test_a_code_that_nobody_explains_is_told_as_it_is(home: Hub) -> None:
    told = _why(home, "", state="held", reason="odd", due=None)
    assert (told.cause, told.turn, told.command) == (
        f"a person must look: odd: {DETAIL}",
        Turn.YOU,
        "hub outbox retry 1",
    )


def test_a_missing_plugin_is_a_cause_too(home: Hub) -> None:
    detail = "settings_wrong: plugin gone: is not installed"
    told = _why(home, "gone", place="blocked", why="settings_wrong", place_detail=detail)
    assert "is not installed" in told.cause
    assert (told.mend, told.command) == (Mend.DESTINATION, "hub destination resume far")


def test_the_next_try_is_when_the_destination_is_looked_at_again(home: Hub) -> None:
    now = int(home.now().timestamp() * 1000)
    at = {
        "active": _why(home, "", due=now + DAY).next_attempt_at,
        "breaker": _why(home, "", due=now, opened=now, next=now + DAY).next_attempt_at,
        "blocked": _why(home, "", due=now, place="blocked", why="failing").next_attempt_at,
        "held": _why(home, "", state="held", reason="approval", due=None).next_attempt_at,
    }
    later = datetime.fromtimestamp((now + DAY) / 1000, UTC)
    assert at == {"active": later, "breaker": later, "blocked": None, "held": None}


def test_a_login_is_at_the_connection_or_at_the_destination(home: Hub) -> None:
    at = {
        plugin: _why(home, plugin, place="blocked", why="login_needed", place_detail="odd: x").command
        for plugin in ("exact", "codabox", "email")
    }
    assert at == {
        "exact": "hub connection login relay",
        "codabox": "hub destination login far",
        "email": "hub destination test far",
    }


@pytest.mark.parametrize(
    "command", ["hub outbox retri 1", "hub outbox resolve 1 --lost", "hub doc deliver x", "rm -r x", "hub"]
)
def test_what_could_not_be_typed_would_be_seen(command: str) -> None:
    assert refused(command) != ""
