"""Rows 19 to 24 with `isolation=process`: whatever the plugin does to its process, it hurts that attempt alone."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from hub.app import Hub, editing, places
from hub.app.cause import why
from hub.app.configure import Values
from hub.app.editing import Edit
from hub.core.delivery import OnUncertain
from hub.core.runner import Until
from hub.errors import UsageError
from tests.integration.evil.conftest import Evil
from tests.integration.ledger import eventually, faults, let_time_pass, outcomes, row, states, take_in, value


def _deliver(hub: Hub) -> None:
    """Deliver what is due, with time for processes to start on a machine that has no time for them."""
    hub.run(Until.ONCE, timeout=120, only=(), told=threading.Event())


@pytest.mark.sqlite_only("processes, on any database")
def test_what_a_plugin_does_to_its_process_hurts_that_attempt_alone(
    hub: Hub, apart: Evil, capfd: pytest.CaptureFixture[str]
) -> None:
    """Rows 20 and 24: killed at the deadline; `os._exit` and SIGKILL end no process of ours, what it prints no talk."""
    apart.add("in-prepare", isolation="process", prepare="exit")
    for harm in ("exit", "kill", "spin", "noise"):
        apart.add(harm, isolation="process", deliver=harm)
    take_in(hub, "F1")
    _deliver(hub)
    assert states(hub) == ["queued", *["uncertain"] * 3, "delivered"]
    assert not row(hub, 1).begun
    died, hung = "plugin_died", "plugin_hung"
    said = [("not_sent", died), ("uncertain", died), ("uncertain", died), ("uncertain", hung), ("delivered", "")]
    assert [outcomes(hub, n) for n in range(1, 6)] == [[one] for one in said]
    assert "plugin evil: its process ended in deliver (exit code 0)" in why(hub, 2).cause
    assert "plugin evil: its process ended in deliver (signal 9)" in why(hub, 3).cause
    assert "plugin evil: deliver did not come back within 3 s" in why(hub, 4).cause
    assert os.getpid() not in {entry["pid"] for entry in apart.calls("deliver")}
    printed = capfd.readouterr()
    assert ("noise" in printed.out, "noise on stdout" in printed.err) == (False, True)
    assert faults(hub) == ()


def test_a_paper_with_which_the_process_dies_three_times_is_held_and_only_that_one(hub: Hub, apart: Evil) -> None:
    """Row 24."""
    apart.add(isolation="process", deliver="F1=kill", on_uncertain=OnUncertain.REPEAT)
    take_in(hub, "F1", "F2")
    for _ in range(3):
        assert row(hub).state != "held"
        _deliver(hub)
        let_time_pass(hub)
    assert [row(hub, n).state for n in (1, 2)] == ["held", "delivered"]
    assert outcomes(hub) == [("uncertain", "plugin_died")] * 2 + [("held", "crashed")]
    assert (row(hub).begun, row(hub).due_at) == (True, None)  # it may have arrived: a person decides
    assert "its process ended in deliver (signal 9)" in why(hub, 1).cause


@pytest.mark.sqlite_only("processes, on any database")
def test_rubbish_is_the_plugins_named_fault(hub: Hub, apart: Evil) -> None:
    """Row 22."""
    apart.add(isolation="process", deliver="rubbish")
    take_in(hub, "F1", "F2")
    _deliver(hub)
    assert [outcomes(hub, n) for n in (1, 2)] == [[("uncertain", "plugin_error")]] * 2
    assert "plugin evil: deliver returned Receipt, but it is not text of at most 4096 bytes" in why(hub, 1).cause
    assert "plugin evil: deliver returned str" in why(hub, 2).cause


@pytest.mark.sqlite_only("processes, whatever the database is")
@pytest.mark.sqlite_only("processes, on any database")
def test_a_process_that_leaks_is_replaced_before_it_is_too_large(opened: Callable[..., Hub], apart: Evil) -> None:
    """Row 21."""
    apart.add(isolation="process", deliver="leak")
    hub = opened(slots=1, memory=4 * 150)
    take_in(hub, *(f"F{n}" for n in range(1, 13)))
    _deliver(hub)
    assert states(hub) == ["delivered"] * 12
    assert len(apart.calls("deliver")) == 12
    assert len({entry["pid"] for entry in apart.calls("deliver")}) > 1


def test_steps_and_secrets_outlive_the_process(hub: Hub, apart: Evil) -> None:
    """What the plugin records there is as durable as with us,."""
    apart.add(isolation="process", deliver="remember", on_uncertain=OnUncertain.REPEAT)
    take_in(hub, "F1")
    _deliver(hub)
    let_time_pass(hub)
    _deliver(hub)
    assert outcomes(hub) == [("uncertain", "plugin_died"), ("delivered", "")]
    kept = hub.tools("destination:1").vault.get("token")
    assert kept is not None
    assert kept.value == "fresh"


@pytest.mark.sqlite_only("processes, on any database")
@pytest.mark.parametrize(
    ("harm", "code", "state"), [("raise", "settings_wrong", "blocked"), ("exit", "plugin_start", "active")]
)
def test_a_plugin_that_cannot_be_imported_hurts_its_destination_until_it_is_mended(
    hub: Hub, apart: Evil, monkeypatch: pytest.MonkeyPatch, harm: str, code: str, state: str
) -> None:
    """Row 23."""
    apart.add(isolation="process")
    take_in(hub, "F1")
    monkeypatch.setenv("EVIL_IMPORT", harm)
    _deliver(hub)
    assert outcomes(hub) == [("not_sent", code)]
    assert value(hub, "SELECT state FROM destination") == state
    assert "plugin evil" in why(hub, 1).cause
    monkeypatch.delenv("EVIL_IMPORT")
    places.resume(hub, "evil")
    let_time_pass(hub)
    _deliver(hub)
    assert states(hub) == ["delivered"]


def test_a_process_that_delivers_takes_those_of_its_plugins_with_it(hub: Hub, evil: Evil) -> None:
    """What went on sending alone could send twice: another worker has the paper by then."""
    evil.command.more["EVIL_DEADLINE"] = "60"
    evil.add(isolation="process", deliver="sleep")
    take_in(hub, "F1")
    with evil.running() as process:
        eventually(lambda: value(hub, "SELECT count(*) FROM worker") == 1)  # each step has its time
        eventually(lambda: evil.calls("prepare"))
        eventually(lambda: evil.calls("deliver"))
        pid = evil.calls("deliver")[0]["pid"]
        assert pid != process.pid
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        eventually(lambda: not _alive(pid))


def _alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def _limits(hub: Hub) -> tuple[Any, Any]:
    return value(hub, "SELECT CAST(settings AS TEXT) FROM destination"), value(
        hub, "SELECT inflight_max FROM destination"
    )


@pytest.mark.sqlite_only("processes, whatever the database is")
def test_isolation_is_a_setting_of_every_destination_and_keeps_few_processes(hub: Hub, apart: Evil) -> None:
    apart.add()
    editing.edit_destination(hub, "evil", Edit(values=Values({"isolation": "process"})))
    settings, most = _limits(hub)
    assert ('"isolation": "process"' in settings, most) == (True, 4)
    editing.edit_destination(hub, "evil", Edit(values=Values({"deliver": "noise"})))
    assert '"isolation": "process"' in _limits(hub)[0]
    editing.edit_destination(hub, "evil", Edit(unset=["isolation"]))
    settings, most = _limits(hub)
    assert ('"isolation"' in settings, most) == (False, 16)


def test_an_isolation_that_there_is_not_is_refused(hub: Hub, apart: Evil) -> None:
    with pytest.raises(UsageError, match="isolation is thread or process"):
        apart.add(isolation="vm")
