"""Two machines on one database and one bucket: the second home joins the hub of the first, or says what is missing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from hub.app import Hub
from hub.app.configure import Values, add_connection
from hub.config import Config
from hub.core.runner import Until
from hub.core.store import companies
from hub.errors import UsageError
from hub.testing.postgres import Postgres
from tests.integration.far import Far
from tests.integration.keeping import InBucket
from tests.integration.ledger import COMPANY, add_place, deliver, faults, states, take_in, value

Machines = Callable[..., Hub]

pytestmark = pytest.mark.filterwarnings("ignore:XDG_RUNTIME_DIR")  # the server's package looks where nothing is kept


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with Postgres() as postgres:
        yield postgres


@pytest.fixture
def machines(server: Postgres, bucket: InBucket, tmp_path: Path) -> Iterator[Machines]:
    """Makes the home of a machine by its name; all work on one database and one bucket."""
    name = server.made()
    hubs: list[Hub] = []

    def made(machine: str, **config: object) -> Hub:
        given = {"database_url": server.url(name), "blobs": f"s3://{bucket.name}", "slots": 2, **config}
        hub = Hub.init(Config(home=tmp_path / machine, **given))  # type: ignore[arg-type]
        hubs.append(hub)
        with hub.db.write() as tx:
            companies.add(tx, COMPANY, "Voorbeeld NV")
        return hub

    yield made
    for hub in hubs:
        hub.close()
    server.drop(name)


def share_key(of: Hub, tmp_path: Path, machine: str) -> None:
    """Copy the key of a home to another machine, as its operator does."""
    (tmp_path / machine).mkdir(mode=0o700)
    shutil.copy(of.config.home / "key", tmp_path / machine / "key")


def test_the_second_home_joins_the_hub_and_each_does_what_the_other_began(machines: Machines, tmp_path: Path) -> None:
    one = machines("one")
    share_key(one, tmp_path, "two")
    two = machines("two")
    far = Far()
    for hub in (one, two):
        hub.host.add("far", far)
    assert [value(two, "SELECT count(*) FROM instance"), value(two, "SELECT count(*) FROM company")] == [1, 1]
    add_place(one)
    take_in(one, "F1", "F2")
    take_in(two, "F3")
    with two.db.read() as conn:
        assert [company.number for company in companies.every(conn)] == [COMPANY]
    deliver(two, Until.EMPTY)
    assert (states(one), len(far.sent)) == (["delivered"] * 3, 3)
    assert faults(one) == faults(two) == ()


def test_a_home_without_the_key_is_given_none_and_is_told_where_it_is(machines: Machines, tmp_path: Path) -> None:
    machines("one")
    with pytest.raises(UsageError) as error:
        machines("two")
    assert (error.value.exit_code, error.value.code) == (2, "no_key")
    assert not (tmp_path / "two" / "key").exists()


def test_a_home_with_another_key_is_refused_at_its_start(machines: Machines) -> None:
    hub = machines("one")
    with pytest.raises(UsageError) as error:
        machines("two", key=SecretStr("A" * 43 + "="))
    assert (error.value.exit_code, error.value.code) == (2, "wrong_key")
    assert "copy HOME/key" in error.value.action
    other = Hub(hub.config.model_copy(update={"key": SecretStr("A" * 43 + "=")}))
    with pytest.raises(UsageError, match="not that of the hub"):
        other.pump()
    other.close()


def test_a_hub_whose_key_was_lost_goes_on_when_every_secret_was_given_anew(machines: Machines) -> None:
    hub = machines("one", key=SecretStr("A" * 43 + "="))
    renewed = hub.config.model_copy(update={"key": SecretStr("B" * 43 + "=")})
    with hub.db.write() as tx:
        tx.conn.exec_driver_sql("DELETE FROM secret WHERE owner <> 'instance'")
    later = Hub(renewed)
    login = {"host": "mail.voorbeeld.example", "sender": "a@voorbeeld.example", "username": "a"}
    add_connection(later, "relay", "email", Values(login, {"password": "geheim"}))
    later.pump()
    later.close()
    once_more = Hub.open(renewed)
    assert once_more.pump().pace.slots == 2
    once_more.close()
