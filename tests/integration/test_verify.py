"""`hub verify` finds every change that was made behind the hub's back: log, bytes and ledger."""

from __future__ import annotations

import hashlib
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub import Incoming
from hub.app import Hub
from hub.core.audit import Entry, sealed
from hub.core.runner import Until
from hub.core.verify import verify
from hub.testing.samples import invoice, pdf
from tests.integration.far import Far
from tests.integration.keeping import folder
from tests.integration.ledger import add_place, change, deliver, faults, listed, take_in, value
from tests.integration.triggers import open_the_log

POSITIONS = 100
Entry_ = dict[str, Any]  # which entry: its chain and its number
Tamper = Callable[[sa.Connection, Entry_], None]
_HERE = "chain = :chain AND seq = :seq"


@pytest.fixture
def lived_in(hub: Hub, far: Far) -> Hub:
    """A home with some history, and a log of more than a hundred entries."""
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(45)))
    deliver(hub, Until.EMPTY)
    return hub


def codes(hub: Hub) -> set[str]:
    """The kinds of what is wrong."""
    return {problem.code for problem in faults(hub)}


def log_codes(hub: Hub) -> set[str]:
    """The same, without reading the blobs."""
    return {problem.code for problem in verify(hub.db, hub.blobs, 0.0).problems}


def test_an_untouched_home_is_clean_and_says_how_much_was_checked(lived_in: Hub) -> None:
    found = verify(lived_in.db, lived_in.blobs)
    assert found.problems == ()
    assert found.checked > 150


# -- the log --


def _change(conn: sa.Connection, at: Entry_) -> None:
    conn.execute(sa.text("UPDATE audit SET actor = actor || 'x' WHERE chain = :chain AND seq = :seq"), at)


def _delete(conn: sa.Connection, at: Entry_) -> None:
    conn.execute(sa.text("DELETE FROM audit WHERE chain = :chain AND seq = :seq"), at)


def _cut(conn: sa.Connection, at: Entry_) -> None:
    conn.execute(sa.text("DELETE FROM audit WHERE chain = :chain AND seq >= :seq"), at)


def _reorder(conn: sa.Connection, at: Entry_) -> None:
    """Swap an entry's content with a neighbour's, each under the other's number."""
    seq = at["seq"]
    there = conn.execute(
        sa.text("SELECT 1 FROM audit WHERE chain = :chain AND seq = :seq"), at | {"seq": seq + 1}
    ).first()
    other = seq + 1 if there else seq - 1
    for old, new in ((seq, -1), (other, seq), (-1, other)):
        conn.execute(
            sa.text("UPDATE audit SET seq = :new WHERE chain = :chain AND seq = :seq"), at | {"seq": old, "new": new}
        )


def _insert(conn: sa.Connection, at: Entry_) -> None:
    """Put a forged entry before one, and number the rest anew."""
    conn.execute(sa.text("UPDATE audit SET seq = -seq - 1 WHERE chain = :chain AND seq >= :seq"), at)
    conn.execute(sa.text("UPDATE audit SET seq = -seq WHERE chain = :chain AND seq < 0"), at)
    conn.execute(
        sa.text(
            "INSERT INTO audit SELECT chain, :seq, at, actor, 'delivery.approved', object, detail, prev_hash, hash "
            "FROM audit WHERE chain = :chain AND seq = (SELECT max(seq) FROM audit WHERE chain = :chain)"
        ),
        at,
    )


TAMPERS: dict[str, Tamper] = {
    "change": _change,
    "delete": _delete,
    "insert": _insert,
    "reorder": _reorder,
    "cut": _cut,
}


@pytest.fixture
def forged(lived_in: Hub) -> Iterator[sa.Connection]:
    """The log, open for a forger who has taken the triggers away; each statement is committed by itself."""
    open_the_log(lived_in)
    change(lived_in, "CREATE TABLE genuine AS SELECT * FROM audit")
    engine = sa.create_engine(lived_in.db.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        if lived_in.db.sqlite:
            conn.exec_driver_sql("PRAGMA synchronous = OFF")
        yield conn
    engine.dispose()


def _entries(conn: sa.Connection) -> list[Entry_]:
    """Every entry, in the order of the log."""
    return [dict(row) for row in conn.execute(sa.text("SELECT chain, seq FROM audit ORDER BY at, seq")).mappings()]


def _heal(hub: Hub) -> None:
    with hub.db.write() as tx:
        tx.conn.exec_driver_sql("DELETE FROM audit")
        tx.conn.exec_driver_sql("INSERT INTO audit SELECT * FROM genuine")


@pytest.mark.parametrize("tamper", TAMPERS.values(), ids=list(TAMPERS))
def test_a_forged_log_is_found_wherever_it_was_forged(lived_in: Hub, forged: sa.Connection, tamper: Tamper) -> None:
    missed = []
    for entry in random.Random(7).sample(_entries(forged), POSITIONS):  # noqa: S311 - which entries, repeatable
        tamper(forged, entry)
        if not log_codes(lived_in):
            missed.append(entry)
        _heal(lived_in)
    assert missed == []
    assert codes(lived_in) == set()


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE audit SET at = at + 1",
        "UPDATE audit SET actor = 'x'",
        "UPDATE audit SET action = 'x'",
        "UPDATE audit SET object = 'x'",
        "UPDATE audit SET detail = '{}'",
        "UPDATE audit SET prev_hash = 'x'",
        "UPDATE audit SET hash = 'x'",
        "UPDATE audit SET chain = 'x'",
        "UPDATE chain SET hash = 'x'",
        "UPDATE chain SET seq = seq - 1",
    ],
)
def test_no_field_of_the_log_can_be_changed_unseen(lived_in: Hub, forged: sa.Connection, forgery: str) -> None:
    here = f" WHERE {_HERE}" if " audit " in forgery else ""
    forged.execute(sa.text(forgery + here), _entries(forged)[40] if here else {})
    assert log_codes(lived_in)


def test_a_forger_who_seals_the_changed_entry_anew_breaks_the_link_to_the_next(
    lived_in: Hub, forged: sa.Connection
) -> None:
    row = forged.execute(sa.text("SELECT * FROM audit WHERE seq > 3 ORDER BY chain, seq LIMIT 1")).mappings().one()
    forgery = sealed(Entry(**{**row, "actor": "somebody else"}))
    forged.execute(
        sa.text("UPDATE audit SET actor = :actor, hash = :hash WHERE chain = :chain AND seq = :seq"),
        {name: getattr(forgery, name) for name in ("actor", "hash", "chain", "seq")},
    )
    assert "audit.order" in codes(lived_in)


def test_the_chains_of_two_processes_name_each_other_so_a_dropped_one_is_missed(
    hub: Hub, opened: Callable[..., Hub], far: Far
) -> None:
    take_in(hub, "F1")
    other = opened()
    take_in(other, "F2")
    third = opened()
    take_in(third, "F3")
    open_the_log(third)
    chain = value(hub, "SELECT min(chain) FROM audit WHERE object = 'document:2'")
    assert codes(hub) == set()
    change(third, "DELETE FROM audit WHERE chain = :chain", chain=chain)
    change(third, "DELETE FROM chain WHERE id = :chain", chain=chain)
    assert codes(hub) == {"audit.link"}


def test_entries_of_a_chain_that_nobody_knows_are_found(lived_in: Hub, forged: sa.Connection) -> None:
    forged.execute(sa.text("INSERT INTO audit (chain, seq, at) VALUES ('forged', 1, 1)"))
    assert codes(lived_in) == {"audit.stray"}


# -- the bytes --


@pytest.fixture
def kept(hub: Hub) -> Path:
    """A paper's blob."""
    take_in(hub, "F1")
    return max(folder(hub).root.glob("??/*"), key=lambda path: path.stat().st_size)


def test_each_of_64_flipped_bits_is_found(hub: Hub, kept: Path) -> None:
    kept.chmod(0o600)
    whole = kept.read_bytes()
    missed = []
    for bit in random.Random(7).sample(range(len(whole) * 8), 64):  # noqa: S311 - which bits, repeatable
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        kept.write_bytes(damaged)
        if codes(hub) != {"blob.corrupt"}:
            missed.append(bit)
    assert missed == []
    kept.write_bytes(whole)
    assert codes(hub) == set()


@pytest.mark.parametrize(
    ("damage", "code"),
    [("gone", "corrupt"), ("empty", "corrupt"), ("longer", "corrupt"), ("a folder", "unreadable")],
)
def test_a_blob_that_is_missing_or_cut_is_found_and_its_owner_named(
    hub: Hub, kept: Path, damage: str, code: str
) -> None:
    whole = kept.read_bytes()
    kept.unlink()
    if damage == "empty":
        kept.touch()
    if damage == "longer":
        kept.write_bytes(whole + b" ")
    if damage == "a folder":
        kept.mkdir()
    [problem] = faults(hub)
    assert (problem.code, problem.place) == (f"blob.{code}", "document:1")


@pytest.mark.parametrize("owner", ["incoming", "attachment", "prepared"])
def test_the_bytes_of_everything_that_some_row_names_are_looked_at(hub: Hub, far: Far, owner: str) -> None:
    add_place(hub)
    data = {"incoming": b"junk", "attachment": invoice(pdf=pdf("x")), "prepared": invoice()}[owner]
    hub.intake.accept([Incoming(name="p.xml", data=data)])
    usual = far.on_prepare
    far.on_prepare = lambda document, delivery: type(usual(document, delivery))(
        (type(document.original).of("sent.txt", "text/plain", b"made for the far side"),)
    )
    deliver(hub)
    for path in folder(hub).root.glob("??/*"):
        path.unlink()
        assert codes(hub) >= {"blob.corrupt"}
        path.write_bytes(b"")
    expected = {"incoming": 1, "attachment": 3, "prepared": 2}[owner]
    assert sum(problem.code == "blob.corrupt" for problem in faults(hub)) == expected


def test_a_sample_reads_some_of_the_blobs_and_all_of_the_log(lived_in: Hub) -> None:
    for path in folder(lived_in).root.glob("??/*"):
        path.unlink()
    assert len(faults(lived_in)) == 45
    assert verify(lived_in.db, lived_in.blobs, 0.0).problems == ()
    some = len(verify(lived_in.db, lived_in.blobs, 0.5).problems)
    assert 5 < some < 40


# -- the ledger --


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM outbox WHERE id = 1",
        "UPDATE delivery SET state = 'delivered', receipt = '{}' WHERE id = 1",
        "UPDATE delivery SET state = 'delivered' WHERE id = 1",
        "UPDATE delivery SET state = 'cancelled' WHERE id = 1",
    ],
)
def test_a_delivery_whose_state_and_outbox_row_contradict_each_other_is_found(hub: Hub, far: Far, harm: str) -> None:
    add_place(hub)
    take_in(hub, "F1")
    change(hub, harm)
    assert {(problem.code, problem.place) for problem in faults(hub)} == {("ledger", "delivery:1")}


def test_a_delivery_without_a_receipt_is_found(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    deliver(hub)
    change(hub, "UPDATE delivery SET receipt = NULL")
    assert codes(hub) == {"ledger"}


@pytest.mark.sqlite_only("its file")
def test_a_database_file_that_is_damaged_is_found(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(30)))
    with closing(sqlite3.connect(hub.config.data / "hub.db", isolation_level=None)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        conn.execute("PRAGMA writable_schema = ON")
        conn.execute("UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema "
                     "WHERE name = 'ix_audit_object') WHERE name = 'ix_delivery_state'")  # fmt: skip
    hub.db.close()
    assert "database.damaged" in codes(hub)


def test_of_64_bits_that_turned_over_in_the_papers_each_is_found_and_none_of_them_is_sent(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(66)))
    chance = random.Random(18)  # noqa: S311 - which papers, no secret
    papers = sorted(path.name for path in folder(hub).root.glob("??/*"))
    harmed = set(chance.sample(papers, 64))
    for name in harmed:
        path = folder(hub).path(name)
        data = bytearray(path.read_bytes())
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.chmod(0o600)
        path.write_bytes(data)
    assert [problem.code for problem in faults(hub)] == ["blob.corrupt"] * 64
    deliver(hub, Until.EMPTY)
    assert sum((one["state"], one["reason"]) == ("held", "corrupt") for one in listed(hub)) == 64
    assert {hashlib.sha256(sent.data).hexdigest() for sent in far.sent} == set(papers) - harmed
