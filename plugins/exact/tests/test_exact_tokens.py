"""The tokens: renewed late, by one, once; kept before they are used; and a login that ends is said to have ended."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hub import Kept, LoginNeeded, NotSent, SettingsError
from hub.app import Hub
from hub.config import Config
from hub.testing.exact import ExactServer, Setup
from hub.testing.specimen import sample_document
from hub.testing.vault import MemoryVault

OLD = "Old refresh token used."
WORKER = Path(__file__).with_name("worker.py")
FAST = 200.0  # an access token lives three seconds


def calls(server: ExactServer) -> list[str]:
    """What was asked of the token endpoint: `issued`, `refreshed`, `again` (for a lost answer), `refused`."""
    events = [line for line in server.books().tokens if line["event"] != "consent"]
    return ["again" if line.get("again") else str(line["event"]) for line in events]


def read(bookkeeper: Any) -> None:
    """One call that needs a token."""
    assert bookkeeper.call("health").ok


@pytest.mark.parametrize(("age", "expected"), [(560, ["issued"]), (580, ["issued", "refreshed"])])
def test_a_token_is_renewed_in_the_last_part_of_its_life_only(age: int, expected: list[str], bookkeeper: Any) -> None:
    bookkeeper.wait(age)
    read(bookkeeper)
    assert calls(bookkeeper.server) == expected


def test_a_renewed_pair_is_kept(bookkeeper: Any) -> None:
    for _ in range(3):
        before = bookkeeper.tokens
        bookkeeper.wait(620)
        read(bookkeeper)
        assert bookkeeper.tokens.generation == before.generation + 1
    assert calls(bookkeeper.server) == ["issued", "refreshed", "refreshed", "refreshed"]


def test_a_token_that_is_refused_in_time_is_renewed_once(bookkeeper: Any) -> None:
    bookkeeper.server.advance(700)  # the far side's clock alone
    bookkeeper.deliver()
    assert calls(bookkeeper.server) == ["issued", "refreshed"]
    assert len(bookkeeper.server.books().entries) == 1


def test_a_booking_whose_token_is_refused_is_booked_once(bookkeeper: Any) -> None:
    bookkeeper.deliver(sample_document("F2026-0000"))
    bookkeeper.server.advance(575)
    bookkeeper.server.fail("refuse_token=#2@SalesEntries")  # the first is the look-up
    bookkeeper.deliver()
    assert calls(bookkeeper.server) == ["issued", "refreshed"]
    assert len(bookkeeper.server.books().entries_of("F2026-0001")) == 1


def test_a_new_token_that_is_refused_too_ends_the_login(bookkeeper: Any) -> None:
    bookkeeper.server.advance(700)
    bookkeeper.server.fail("refuse_token=always")
    with pytest.raises(LoginNeeded):
        bookkeeper.deliver()
    assert calls(bookkeeper.server) == ["issued", "refreshed"]


def test_a_refused_token_that_exact_calls_good_is_kept_and_not_asked_about_in_a_loop(bookkeeper: Any) -> None:
    before = bookkeeper.tokens
    bookkeeper.server.fail("refuse_token=always")
    with pytest.raises(NotSent) as caught:
        bookkeeper.deliver()
    assert caught.value.reason == "exact.token_unclear"
    assert bookkeeper.tokens == before
    assert calls(bookkeeper.server) == ["issued", "refused"]


def test_asked_too_early_the_token_is_used_on(bookkeeper: Any) -> None:
    before = bookkeeper.tokens
    bookkeeper.ahead = bookkeeper.ahead.__class__(seconds=580)  # our clock alone
    read(bookkeeper)
    assert bookkeeper.tokens == before


def test_a_lost_answer_with_tokens_is_asked_for_once_more(bookkeeper: Any) -> None:
    bookkeeper.wait(580)
    bookkeeper.server.fail("lose_tokens=#1")
    read(bookkeeper)
    assert calls(bookkeeper.server) == ["issued", "refreshed", "again"]
    bookkeeper.wait(580)
    read(bookkeeper)
    assert bookkeeper.server.books().refused(OLD) == 0


def test_an_answer_lost_twice_ends_the_login_and_is_asked_for_twice_only(bookkeeper: Any) -> None:
    bookkeeper.wait(580)
    bookkeeper.server.fail("lose_tokens=#1,2")
    with pytest.raises(LoginNeeded) as caught:
        bookkeeper.deliver()
    assert caught.value.reason == "token_lost"
    assert calls(bookkeeper.server) == ["issued", "refreshed", "again"]


def each_look_later(seconds: float) -> SimpleNamespace:
    """A clock that is so much later at each look: this process stands still again and again."""
    looks = itertools.count(1)
    return SimpleNamespace(monotonic=lambda: next(looks) * seconds)


@pytest.mark.parametrize(
    ("stalls", "made"),
    [(60.0, ["issued", "refreshed"]), (100.0, ["issued"])],
    ids=["before the second call", "before the first"],
)
def test_no_call_begins_that_could_outlive_the_lease(
    bookkeeper: Any, monkeypatch: pytest.MonkeyPatch, stalls: float, made: list[str]
) -> None:
    bookkeeper.wait(580)
    bookkeeper.server.fail("lose_tokens=#1")
    with monkeypatch.context() as patched:
        patched.setattr("hub_exact.tokens.time", each_look_later(stalls))
        patched.setattr("hub_exact.wire.Wire.lease", lambda _, seconds: seconds)
        with pytest.raises(NotSent) as caught:
            bookkeeper.deliver()
    assert (caught.value.reason, calls(bookkeeper.server)) == ("token_slow", made)
    bookkeeper.server.recover()
    read(bookkeeper)
    assert bookkeeper.server.books().refused(OLD) == 0


def test_a_spent_token_ends_the_login_without_a_second_try(bookkeeper: Any) -> None:
    bookkeeper.wait(580)
    before = bookkeeper.tokens
    bookkeeper.server.fail("refuse_refresh=always")
    with pytest.raises(LoginNeeded, match="Old refresh token"):
        bookkeeper.deliver()
    asked = [line for line in bookkeeper.server.books().requests if line["target"] == "/api/oauth2/token"]
    assert len(asked) == 2
    assert bookkeeper.tokens == before


class Overtaken(MemoryVault):
    """A vault in which another process has put a new pair just after it was read."""

    def __init__(self, old: Kept, new: Kept) -> None:
        super().__init__()
        self.old_reads = 2  # before the lease, and inside
        self._pairs = (old, new)

    def get(self, name: str) -> Kept | None:
        if name != "tokens":
            return super().get(name)
        self.old_reads -= 1
        return self._pairs[self.old_reads < 0]


def test_a_spent_token_is_no_end_when_the_store_has_a_newer_pair(bookkeeper: Any) -> None:
    old = bookkeeper.tokens
    bookkeeper.wait(580)
    read(bookkeeper)
    new = bookkeeper.tokens
    vault = Overtaken(old, new)
    assert bookkeeper.call("health", vault=vault).ok
    assert vault.old_reads < 0
    assert bookkeeper.server.books().refused(OLD) == 1


class Full(MemoryVault):
    """A vault on a disk that is full."""

    def put(self, name: str, value: str, *, if_generation: int | None = None) -> bool:
        raise OSError(28, "No space left on device")


class Relogged(MemoryVault):
    """A vault in which a person logs in anew while a pair is being renewed."""

    def __init__(self, old: Kept, new: Kept) -> None:
        super().__init__(tokens=old.value)
        self.new = new

    def put(self, name: str, value: str, *, if_generation: int | None = None) -> bool:
        if name == "tokens" and if_generation == 1:
            super().put(name, self.new.value)
        return super().put(name, value, if_generation=if_generation)


def test_a_pair_that_cannot_be_kept_is_not_used(bookkeeper: Any) -> None:
    bookkeeper.wait(580)
    vault = Full(tokens=bookkeeper.tokens.value)
    with pytest.raises(OSError, match="No space"):
        bookkeeper.call("health", vault=vault)
    assert [line for line in bookkeeper.server.books().requests if "/api/v1/" in line["target"]] == []


def test_a_renewed_pair_does_not_replace_that_of_a_login_made_meanwhile(bookkeeper: Any) -> None:
    old = bookkeeper.tokens
    bookkeeper.wait(580)
    vault = Relogged(old, bookkeeper.log_in(user="bob").tokens)
    assert bookkeeper.call("health", vault=vault).ok
    kept = vault.get("tokens")
    assert kept is not None
    assert kept.value == vault.new.value


def test_a_login_unused_for_a_month_has_ended(bookkeeper: Any) -> None:
    bookkeeper.wait(31 * 86400)
    with pytest.raises(LoginNeeded, match="expired"):
        bookkeeper.deliver()


@pytest.mark.parametrize("fault", ["unavailable", "maintenance", "server_error", "request_timeout", "too_many"])
def test_a_token_endpoint_that_is_down_ends_no_login(fault: str, bookkeeper: Any) -> None:
    bookkeeper.wait(580)
    bookkeeper.server.fail(f"{fault}=#1@oauth2/token")
    with pytest.raises(NotSent):
        bookkeeper.deliver()
    bookkeeper.deliver()
    assert len(bookkeeper.server.books().entries) == 1


def test_nobody_logged_in_is_told_so(bookkeeper: Any) -> None:
    bookkeeper.hooks.offer["vault"].forget("tokens")
    with pytest.raises(LoginNeeded) as caught:
        bookkeeper.deliver()
    assert caught.value.reason == "no_login"


@pytest.mark.parametrize("fault", ["", "unavailable=always", "refuse_token=always", "violate_scope=always"])
def test_no_token_is_in_a_receipt_a_step_an_error_or_the_log(fault: str, bookkeeper: Any) -> None:
    if fault:
        bookkeeper.server.fail(fault)
    try:
        told = repr(bookkeeper.deliver())
    except (NotSent, SettingsError) as error:
        told = "".join(traceback.format_exception(error))
    pair = json.loads(bookkeeper.tokens.value)
    told = "\n".join([told, repr(bookkeeper.steps), *bookkeeper.hooks.log.lines])
    assert pair["access"] not in told
    assert pair["refresh"] not in told


# Many at once.


@pytest.fixture
def fast() -> Iterator[ExactServer]:
    with ExactServer(Setup(time_scale=FAST, per_minute=100_000, per_day=1_000_000)) as running:
        yield running


def read_until(bookkeeper: Any, end: float) -> None:
    while time.monotonic() < end:
        assert bookkeeper.call("choices", field="journal", draft={"division": "123457"})
        read(bookkeeper)


def test_threads_with_two_companies_share_one_chain(fast: ExactServer, bookkeeper_at: Callable[..., Any]) -> None:
    bookkeeper, end = bookkeeper_at(fast), time.monotonic() + 8
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(read_until, bookkeeper, end) for _ in range(4)]:
            done.result(60)
    assert set(calls(fast)) == {"issued", "refreshed"}
    assert calls(fast).count("issued") == 1
    assert calls(fast).count("refreshed") >= 2


def test_processes_share_one_chain(
    fast: ExactServer,
    tmp_path: Path,
    connection_of: Callable[[ExactServer], dict[str, Any]],
    bookkeeper_at: Callable[..., Any],
) -> None:
    hub = Hub.init(Config(home=tmp_path))
    bookkeeper_at(fast, vault=hub.tools("connection:1").vault)
    hub.close()
    connection = json.dumps(connection_of(fast))
    command = [sys.executable, str(WORKER), str(tmp_path)]
    workers = [subprocess.Popen([*command, division, connection]) for division in ("123456", "123457")]
    assert [worker.wait(60) for worker in workers] == [0, 0]
    assert set(calls(fast)) == {"issued", "refreshed"}
    assert calls(fast).count("issued") == 1
    assert calls(fast).count("refreshed") >= 2
