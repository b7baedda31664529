"""What a connection to PostgreSQL is told, what servers are refused, and how idle processes hear of work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from sqlalchemy.exc import OperationalError

from hub.app import Hub
from hub.core.delivery import DestinationState
from hub.core.store import destinations
from hub.core.store.bell import Bell
from hub.core.store.destinations import Standing
from hub.core.watch import Watch
from hub.errors import HubError
from hub.testing.postgres import Postgres
from tests.integration.far import Far
from tests.integration.ledger import claim_as, delivering, eventually, take_in, value
from tests.integration.postgres.conftest import Opened


@pytest.mark.parametrize(
    ("setting", "writes", "reads"),
    [
        ("transaction_isolation", "read committed", "repeatable read"),
        ("transaction_read_only", "off", "on"),
        ("lock_timeout", "30s", "30s"),
        ("statement_timeout", "5min", "15min"),
        ("idle_in_transaction_session_timeout", "2min", "1h"),
        ("synchronous_commit", "on", "on"),
    ],
)
def test_every_connection_has_the_safe_settings(hub: Hub, setting: str, writes: str, reads: str) -> None:
    with hub.db.write() as tx:
        assert tx.conn.exec_driver_sql(f"SHOW {setting}").scalar() == writes
    assert value(hub, f"SHOW {setting}") == reads


def test_a_server_that_answers_before_a_commit_is_durable_is_refused(
    opened: Opened, server: Postgres, database: str
) -> None:
    server.execute(f'ALTER DATABASE "{database}" SET synchronous_commit = off')
    with pytest.raises(HubError, match="synchronous_commit=off") as refused:
        opened()
    assert refused.value.code == "postgres_unsafe"


def test_a_database_that_cannot_keep_every_letter_is_refused(server: Postgres, opened: Opened, database: str) -> None:
    server.execute(f'DROP DATABASE "{database}"')
    server.execute(f"CREATE DATABASE \"{database}\" ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(HubError, match="LATIN1") as refused:
        opened()
    assert refused.value.code == "postgres_encoding"


@pytest.fixture
def standby(hub: Hub, server: Postgres) -> Iterator[Hub]:
    """A home whose server has become a standby."""
    signal = server.folder / "standby.signal"
    server.stop("fast")
    signal.touch()
    server.start()
    yield hub
    server.stop("fast")
    signal.unlink()
    server.start()


def test_a_standby_is_neither_read_nor_written(standby: Hub) -> None:
    with pytest.raises(OperationalError, match="standby"), standby.db.read():
        pass
    with pytest.raises(OperationalError, match="standby"), standby.db.write():
        pass


# -- hearing of work --


@pytest.fixture
def bell(hub: Hub) -> Iterator[Bell]:
    """It listens already."""
    bell = hub.db.bell()
    assert bell is not None
    assert bell.rang(0.0)
    assert not bell.rang(0.0)
    yield bell
    bell.close()


def test_an_import_rings_once_however_many_papers_it_brings(hub: Hub, far: Far, bell: Bell) -> None:
    take_in(hub, "F1", "F2", "F3")
    assert bell.rang(5.0)
    assert not bell.rang(0.1)


def test_where_a_look_is_due_already_nobody_is_told(hub: Hub, far: Far, bell: Bell) -> None:
    take_in(hub, "F1")
    assert bell.rang(5.0)
    take_in(hub, "F2")
    assert not bell.rang(0.1)


def test_a_destination_that_is_resumed_rings(hub: Hub, far: Far, bell: Bell) -> None:
    with hub.db.write() as tx:
        destinations.set_standing(tx, [1], Standing(DestinationState.ACTIVE))
    assert bell.rang(5.0)


def test_a_transaction_that_fails_rings_for_nobody(hub: Hub, far: Far, bell: Bell) -> None:
    def fail() -> None:
        with hub.db.write() as tx:
            tx.rings = True
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert not bell.rang(0.1)


def test_an_idle_worker_begins_long_before_its_next_look(hub: Hub, far: Far) -> None:
    """It looks without a cause every two seconds; five times within one second is no chance."""
    with delivering(hub):
        take_in(hub, "F0")
        eventually(lambda: len(far.sent) == 1)
        begin = time.monotonic()
        for n in range(1, 6):
            time.sleep(0.1)  # so long that it is idle again
            take_in(hub, f"F{n}")
            eventually(lambda: len(far.sent) > n)  # noqa: B023 - asked within this turn
        assert time.monotonic() - begin < 5.0


def test_a_listener_whose_connection_is_cut_listens_again(hub: Hub, far: Far, bell: Bell, server: Postgres) -> None:
    server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN hub_due'")
    assert bell.rang(5.0), "what rang meanwhile was not heard"
    assert (bell.hears, bell.rang(0.0)) == (False, True), "a new connection has heard nothing yet"
    take_in(hub, "F1")
    assert bell.rang(5.0)


class Moment:
    """A clock in the test's hand; whoever sleeps by it moves it."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def away(bell: Bell, server: Postgres) -> Iterator[Bell]:
    """It listened to a server that has gone."""
    server.stop("fast")
    assert bell.rang(5.0)
    yield bell
    server.start()


def test_while_nobody_answers_each_try_to_listen_comes_later(away: Bell, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = Moment()
    monkeypatch.setattr("hub.core.store.bell.time", moment)
    tries: list[float] = []
    real = away.engine.raw_connection

    def tried() -> object:
        tries.append(moment.now)
        return real()

    monkeypatch.setattr(away.engine, "raw_connection", tried)
    while moment.now < 300.0:
        assert not away.rang(0.25)
    gaps = [after - before for before, after in pairwise(tries)]
    assert gaps[:6] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0]
    assert set(gaps[6:]) == {30.0}


def test_what_a_look_could_not_see_is_found_by_the_next_sweep(hub: Hub, far: Far) -> None:
    """Papers queued by a transaction that a look ran beside: the look finds nothing and puts the next one off."""
    take_in(hub, "F1")
    with hub.db.write() as tx:
        tx.conn.exec_driver_sql("UPDATE destination SET next_due = next_due + 3600000")
        tx.conn.exec_driver_sql("UPDATE outbox SET due_at = due_at - 2000")
    assert Watch(hub.db, None).due()


def test_a_destination_that_rests_is_not_looked_at_because_papers_wait_there(hub: Hub, far: Far) -> None:
    take_in(hub, "F1")
    with hub.db.write() as tx:
        tx.conn.exec_driver_sql("UPDATE destination SET next_due = next_due + 3600000, rest_until = next_due + 3600000")
        tx.conn.exec_driver_sql("UPDATE outbox SET due_at = due_at - 2000")
    assert not Watch(hub.db, None).due()
    assert value(hub, "SELECT next_due = rest_until FROM destination") is True
    assert claim_as(hub) == []
