"""A plugin's secrets: encrypted, durable, one generation after the other, and one holder over all processes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from hub.app import Hub
from hub.core.store import secrets
from hub.errors import NotSent
from hub.plugins.vault import Vault
from hub.testing.vault import MemoryVault
from tests.integration.ledger import value

AnyVault = Vault | MemoryVault


@pytest.fixture(params=["stored", "in memory"])
def vault(request: pytest.FixtureRequest, hub: Hub) -> AnyVault:
    """The real one, and the one for tests of plugins: they behave alike."""
    return hub.tools("connection:1").vault if request.param == "stored" else MemoryVault()


def test_what_was_put_is_there_with_its_generation(vault: AnyVault) -> None:
    assert vault.get("token") is None
    assert vault.put("token", "geheim")
    first = vault.get("token")
    vault.put("token", "nieuw")
    second = vault.get("token")
    assert first is not None
    assert second is not None
    assert (first.value, first.generation, second.value, second.generation) == ("geheim", 1, "nieuw", 2)
    vault.forget("token")
    assert vault.get("token") is None


def test_a_value_is_put_over_the_generation_it_was_made_from_only(vault: AnyVault) -> None:
    assert vault.put("token", "a", if_generation=0)
    assert not vault.put("token", "b", if_generation=0)
    assert vault.put("token", "c", if_generation=1)
    assert not vault.put("token", "d", if_generation=1)
    now = vault.get("token")
    assert now is not None
    assert now.value == "c"


def test_only_one_holds_a_lease_at_a_time(vault: AnyVault) -> None:
    inside: list[str] = []
    overlaps: list[str] = []

    def work(name: str) -> None:
        for _ in range(3):
            with vault.lease("token", 30):
                inside.append(name)
                overlaps.extend(inside[1:])
                inside.remove(name)

    threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert overlaps == []


def test_two_processes_share_one_lease(opened: Callable[..., Hub]) -> None:
    mine, other = (opened().tools("connection:1").vault for _ in range(2))
    order: list[str] = []
    waits = threading.Event()

    def second() -> None:
        waits.set()
        with other.lease("token", 30):
            order.append("second")

    thread = threading.Thread(target=second)
    with mine.lease("token", 30):
        thread.start()
        waits.wait()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_holder_that_died_loses_its_lease_by_time(hub: Hub) -> None:
    with hub.db.write() as tx:
        assert secrets.take(tx, ("vault:connection:1", "token"), "dead", 50)
    began = time.monotonic()
    with hub.tools("connection:1").vault.lease("token", 30):
        assert time.monotonic() - began >= 0.04


def test_a_lease_that_somebody_has_is_not_given_to_another(hub: Hub) -> None:
    slot = ("vault:connection:1", "token")
    with hub.db.write() as tx:
        assert secrets.take(tx, slot, "one", 60_000)
        assert not secrets.take(tx, slot, "two", 60_000)
        secrets.give_back(tx, slot, "two")
        assert not secrets.take(tx, slot, "two", 60_000)
        secrets.give_back(tx, slot, "one")
        assert secrets.take(tx, slot, "two", 60_000)


def test_who_waits_too_long_is_told_that_nothing_was_sent(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.plugins.vault._PATIENCE", 0.1)
    vault = hub.tools("connection:1").vault
    with vault.lease("token", 30), pytest.raises(NotSent) as busy, vault.lease("token", 30):
        pass
    assert busy.value.reason == "vault_busy"


def test_two_owners_do_not_see_each_other(hub: Hub) -> None:
    hub.tools("connection:1").vault.put("token", "geheim")
    assert hub.tools("connection:2").vault.get("token") is None


@pytest.mark.sqlite_only("one secret there; on PostgreSQL the key has a word too")
def test_nothing_of_it_is_readable_in_the_database(hub: Hub) -> None:
    hub.tools("connection:1").vault.put("token", "geheim")
    stored: Any = value(hub, "SELECT value FROM secret")
    assert b"geheim" not in stored
    assert value(hub, "SELECT count(*) FROM audit WHERE detail LIKE '%geheim%'") == 0
