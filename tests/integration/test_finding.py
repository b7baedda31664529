"""Filters in SQL mean what the model in `hub.core.filter_match` says they mean, for papers and for deliveries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub import DocumentType, File, Kind, Party, Totals
from hub.app import Hub
from hub.config import Config
from hub.core.clock import from_ms
from hub.core.document import Document
from hub.core.filter_match import matches
from hub.core.filters import parse
from hub.core.store import companies, documents, finding, queueing, views
from hub.core.store.queueing import Subject
from tests.databases import Databases
from tests.integration.far import Far
from tests.integration.ledger import COMPANY, add_place, change

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
OTHER_COMPANY = "0876543270"  # an example: valid check digits

Paper = tuple[str, str, str, str | None, date | None, Kind]
PAPERS: Sequence[Paper] = (
    ("2026-0017", "Voorbeeld NV", "Klant BV", "1000.00", date(2026, 10, 1), Kind.SALES_INVOICE),
    ("2026-0018", "Voorbeeld NV", "Café Zoë", "1000.01", date(2026, 9, 30), Kind.SALES_CREDIT_NOTE),
    ("100%", "ÉCLAIR SA", "Voorbeeld NV", "-5.50", date(2026, 11, 23), Kind.PURCHASE_INVOICE),
    ("a_b", "a_b", "", "0", None, Kind.OTHER),
    ("", "", "", None, None, Kind.RECEIPT),
    ('q"uote\\', "Straße, Söhne & Co", "x*y", "12.5", date(2025, 12, 31), Kind.QUOTATION),
    ("axb", "VOORBEELD nv", "klant bv", "999999999999.99", date(2026, 1, 1), Kind.PURCHASE_CREDIT_NOTE),
)
WORDS = [
    "2026-0017",
    "2026-*",
    "*b",
    "a_b",
    "A_B",
    "100%",
    "x*y",
    "voorbeeld",
    "café",
    "CAFE\u0301",
    "éclair",
    "straße",
]
WORDS += ["strasse", "klant bv", ", s", "&", '"', "\\", "BE0", "0123", "paper", "queued", "dest", "zzz", "%", "_"]

TERMS = {
    "number": WORDS,
    "party": WORDS,
    "dest": ["one", "two", "One", "zzz"],
    "kind": [kind.value for kind in Kind],
    "state": ["ok", "held", "queued", "delivered", "uncertain", "sending", "cancelled"],
    "amount": ["1000", "=1000.00", ">1000", ">=1000.01", "<0", "<=0", "12.50", ">999999999999", "-5.5"],
    "since": ["2026-10-01", "2026-01-01", "7d", "12h", "2w", "2027-01-01"],
    "before": ["2026-10-01", "2026-01-01", "7d", "12h", "2026-11-24"],
    "company": [COMPANY, OTHER_COMPANY, "BE 0417.497.106"],
}
SINGLE = {"amount", "since", "before"}


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@st.composite
def term(draw: st.DrawFn) -> str:
    """One term as a person writes it."""
    negated = draw(st.sampled_from(["", "!"]))
    field = draw(st.sampled_from([*TERMS, ""]))
    if not field:
        return negated + _quoted(draw(st.sampled_from(WORDS)))
    count = 1 if field in SINGLE else draw(st.integers(1, 3))
    values = [draw(st.sampled_from(TERMS[field])) for _ in range(count)]
    plain = field in {*SINGLE, "kind", "state"}
    return f"{negated}{field}:" + ",".join(value if plain else _quoted(value) for value in values)


FILTERS = st.lists(term(), min_size=1, max_size=3).map(" ".join)
HARDLY_EVER = [HealthCheck.function_scoped_fixture]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Iterator[Hub]:
    """A home with papers of every sort, at none, one or two destinations, in several states."""
    home = tmp_path_factory.mktemp("archive") / "home"
    with databases.fresh() as url:
        hub = Hub.init(Config(home=home, database_url=url), now=lambda: NOW)
        _fill(hub)
        yield hub
        hub.close()


def _fill(hub: Hub) -> None:
    hub.host.add("far", Far())
    with hub.db.write() as tx:
        ours = [companies.add(tx, COMPANY, "Voorbeeld NV"), companies.add(tx, OTHER_COMPANY, "Klant BV")]
    for name in ("one", "two"):
        add_place(hub, name, company=COMPANY)
    for n, facts in enumerate(PAPERS):
        _keep(hub, facts, ours[n % 3 == 2].id, to=[1, 2][: n % 3])
    change(hub, "UPDATE delivery SET state = 'held', reason = 'too_large' WHERE id = 2")
    change(hub, "UPDATE delivery SET changed_at = :long_ago WHERE id > 3", long_ago=1_790_000_000_000)
    change(hub, "UPDATE outbox SET begun = true WHERE id = 3")
    change(hub, "UPDATE outbox SET worker = 'w', due_at = 9999999999999 WHERE id = 4")


def _keep(hub: Hub, facts: Paper, company_id: int, to: Sequence[int]) -> None:
    number, supplier, customer, payable, day, kind = facts
    original = File.of(f"paper-{number}.xml", "application/xml", repr(facts).encode())
    paper = Document(
        type=DocumentType.OTHER,
        number=number,
        issue_date=day,
        supplier=Party(name=supplier, vat="BE0123456749" if supplier else ""),
        customer=Party(name=customer),
        totals=Totals(payable=None if payable is None else Decimal(payable)),
        files=(original,),
        kind=kind,
        sha256=original.sha256,
    )
    with hub.db.write() as tx:
        kept = documents.add(tx, company_id, paper, "by_hand" if kind is Kind.OTHER else "")
        subject = Subject(company_id=company_id, sha256=paper.sha256, document_id=kept.id)
        queueing.enqueue(tx, companies.instance_id(tx.conn), [(subject, place) for place in to])


def _parties(record: dict[str, Any]) -> tuple[str, ...]:
    sides = (record["supplier"], record["customer"])
    return tuple(side[key] for side in sides for key in ("name", "vat"))


Model = dict[int, dict[str, Any]]


@pytest.fixture(scope="module")
def papers(archive: Hub) -> Model:
    """Every paper as the model sees it."""
    with archive.db.read() as conn:
        records = list(views.documents(conn))
        there: dict[int, list[str]] = {record["id"]: [] for record in records}
        for one in views.deliveries(conn):
            there[one["document"]].append(one["destination"])
        names = {one.id: one.name for one in conn.exec_driver_sql("SELECT id, name FROM document")}
    return {
        record["id"]: {
            "state": record["state"],
            "dest": there[record["id"]],
            "kind": record["kind"],
            "at": record["issue_date"] or record["arrived_at"].date(),
            "number": record["number"],
            "party": _parties(record),
            "amount": record["payable"],
            "company": record["company"],
            "text": names[record["id"]],
        }
        for record in records
    }


@pytest.fixture(scope="module")
def sendings(archive: Hub, papers: Model) -> Model:
    """Every delivery as the model sees it."""
    with archive.db.read() as conn:
        changed = {one.id: one.changed_at for one in conn.exec_driver_sql("SELECT id, changed_at FROM delivery")}
        records = list(views.deliveries(conn))
    return {
        one["id"]: {
            **papers[one["document"]],
            "state": one["state"],
            "dest": one["destination"],
            "at": from_ms(changed[one["id"]]),
            "company": one["company"],
            "text": (one["destination"], one["reason"]),
        }
        for one in records
    }


def _expected(model: Model, text: str) -> list[int]:
    wanted = parse(text, NOW)
    return [found for found, record in model.items() if matches(wanted, record)]


@settings(max_examples=400, deadline=None, suppress_health_check=HARDLY_EVER)
@given(text=FILTERS)
def test_papers_are_found_as_the_model_says(archive: Hub, papers: Model, text: str) -> None:
    with archive.db.read() as conn:
        found = [record["id"] for record in views.documents(conn, finding.of_documents(parse(text, NOW)))]
    assert found == _expected(papers, text)


@settings(max_examples=400, deadline=None, suppress_health_check=HARDLY_EVER)
@given(text=FILTERS)
def test_deliveries_are_found_as_the_model_says(archive: Hub, sendings: Model, text: str) -> None:
    with archive.db.read() as conn:
        found = [record["id"] for record in views.deliveries(conn, finding.of_deliveries(parse(text, NOW)))]
    assert found == _expected(sendings, text)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", [paper[0] for paper in PAPERS]),
        ("number:2026-*", ["2026-0017", "2026-0018"]),
        ("number:a_b", ["a_b"]),
        ('number:"100%"', ["100%"]),
        ("party:café", ["2026-0018"]),
        ("party:VOORBEELD", ["2026-0017", "2026-0018", "100%", "axb"]),
        ("amount:>=1000.01", ["2026-0018", "axb"]),
        ("!amount:>=0", ["100%", ""]),
        ("state:held", ["a_b"]),
        ("!dest:one", ["2026-0017", "a_b", "axb"]),
        ("dest:two", ["100%", 'q"uote\\']),
        ("since:2026-10-01 before:2026-11-24", ["2026-0017", "100%"]),
        ("company:0876543270", ["100%", 'q"uote\\']),
        ("zoë", ["2026-0018"]),
    ],
)
def test_papers_are_found_by(archive: Hub, text: str, numbers: list[str]) -> None:
    with archive.db.read() as conn:
        found = [record["number"] for record in views.documents(conn, finding.of_documents(parse(text, NOW)))]
    assert found == numbers


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("state:held", [2]),
        ("state:uncertain", [3]),
        ("state:sending", [4]),
        ("!state:queued", [2, 3, 4]),
        ("too_large", [2]),
        ("since:1d", [1, 2, 3]),
        ("dest:two !state:held", [3, 6]),
    ],
)
def test_deliveries_are_found_by(archive: Hub, text: str, ids: list[int]) -> None:
    with archive.db.read() as conn:
        found = [record["id"] for record in views.deliveries(conn, finding.of_deliveries(parse(text, NOW)))]
    assert found == ids


def test_a_delivery_of_a_pack_has_no_number_and_so_fits_every_negated_one(archive: Hub) -> None:
    with archive.db.write() as tx:
        made = tx.conn.exec_driver_sql(
            "INSERT INTO pack (company_id, scope, left_out, created_at) VALUES (1, '{}', '[]', 1) RETURNING id"
        ).scalar_one()
        subject = Subject(company_id=1, sha256="0" * 64, pack_id=made)
        [new] = queueing.enqueue(tx, companies.instance_id(tx.conn), [(subject, 1)])
    try:
        with archive.db.read() as conn:
            for text, fits in (("number:*", False), ("!number:2026-*", True), ("!amount:>0", True), ("dest:one", True)):
                found = [record["id"] for record in views.deliveries(conn, finding.of_deliveries(parse(text, NOW)))]
                assert (new in found) is fits, text
    finally:
        change(archive, "DELETE FROM outbox WHERE id = :new", new=new)
        change(archive, "DELETE FROM delivery WHERE id = :new", new=new)
