"""The tables, on SQLAlchemy Core. Imported by the store and the migrations only.

Times are whole milliseconds since 1970 UTC; amounts are text with a point (SQLite has no decimals); what is only ever
read back whole is JSON. `company_id` leads the keys, so that a distributed PostgreSQL can shard by company.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

METADATA = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class Amount(TypeDecorator[Decimal]):
    """A Decimal kept exactly as written, as text."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's shape
        """To the database."""
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 - SQLAlchemy's shape
        """From the database."""
        return None if value is None else Decimal(value)


def _id() -> sa.Column[int]:
    return sa.Column("id", Big, primary_key=True, autoincrement=True)


def _ref(table: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(f"{table}_id", Big, sa.ForeignKey(f"{table}.id"), nullable=null)


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def _int(name: str, default: int = 0) -> sa.Column[int]:
    return sa.Column(name, Big, nullable=False, server_default=str(default))


def _time(name: str, *, null: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=True)


def _partial(name: str, columns: Sequence[str], where: str) -> sa.Index:
    # On PostgreSQL too, as the migrations make it: to say so here would load that dialect at every start, 20 ms.
    return sa.Index(name, *columns, sqlite_where=sa.text(where))


def _table(name: str, *columns: sa.schema.SchemaItem) -> sa.Table:
    return sa.Table(
        name,
        METADATA,
        *columns,
        sqlite_autoincrement=any(c.name == "id" and c.type is Big for c in columns if isinstance(c, sa.Column)),
    )


instance = _table("instance", sa.Column("id", sa.Text, primary_key=True), _time("created_at", null=False))

company = _table(
    "company",
    _id(),
    sa.Column("number", sa.Text, nullable=False, unique=True),  # enterprise number, 10 digits
    _text("name"),
    _time("created_at", null=False),
)


def _limits() -> tuple[sa.Column[Any], ...]:
    """What is left of the calls that a far side bears; null: no limit."""
    return (
        sa.Column("rate", sa.Float),  # calls a minute that come back
        sa.Column("burst", sa.Float, nullable=False, server_default="1"),
        sa.Column("tokens", sa.Float, nullable=False, server_default="1"),
        _time("refilled_at"),
        _number("per_day"),
        _number("day_left"),
        _time("day_ends_at"),
        _time("closed_until"),  # by the far side's own word
    )


connection = _table(
    "connection",
    _id(),
    _ref("company", null=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    _text("plugin"),
    sa.Column("settings", sa.JSON, nullable=False),
    _text("state", "active"),
    _text("reason"),
    _time("login_expires_at"),
    _time("created_at", null=False),
    _time("removed_at"),
    *_limits(),  # where its destinations share them
    _number("inflight_max"),  # over all its destinations; null: they share no limits
)

destination = _table(
    "destination",
    _id(),
    sa.Column("uid", sa.Text, nullable=False, unique=True),
    _ref("company"),
    _ref("connection", null=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    _text("plugin"),
    sa.Column("settings", sa.JSON, nullable=False),
    sa.Column("kinds", sa.JSON, nullable=False),
    _text("role"),
    sa.Column("from_date", sa.Date, nullable=False),
    _text("approve", "never"),
    _int("approved"),  # papers a person said yes to, for `first:N`
    _text("on_uncertain"),
    sa.Column("ordered", sa.Boolean, nullable=False, server_default=sa.false()),  # one at a time, in order
    sa.Column("credit_waits", sa.Boolean, nullable=False, server_default=sa.false()),  # for the invoice it credits
    _text("state", "active"),
    _text("reason"),
    _text("detail"),
    _text("turn"),
    _time("state_at"),  # in this state since
    _int("revision", 1),  # of settings, here or on the connection: workers read them anew when it moves
    _time("created_at", null=False),
    _time("removed_at"),
    # the engine's part: everything a claim needs, on the row that it locks
    _time("next_due"),
    _int("window_size", 5),  # 0: the breaker is open
    _int("window_credit"),  # successes towards a wider window
    _int("inflight_max", 64),
    *_limits(),
    _int("calls", 1),  # that a delivery is reckoned to take
    sa.Column("shares_limits", sa.Boolean, nullable=False, server_default=sa.false()),  # those of its connection
    _time("limited_until"),  # the last look found no call left until then
    _int("looks"),
    _int("fails_in_row"),
    _time("opened_at"),
    _time("rest_until"),  # the far side's own wish to be left alone
    _time("failing_since"),
    _time("last_delivered_at"),
    sa.Index("ix_destination_state_next_due", "state", "next_due"),
)

secret = _table(
    "secret",
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
    _int("generation", 1),
)

lease = _table(
    "lease",  # who may change a secret right now: one holder over all processes
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    _text("holder"),
    _time("until", null=False),  # by the database's clock
)

document = _table(
    "document",
    _id(),
    sa.Column("uid", sa.Text, nullable=False, unique=True),
    _ref("company"),
    _text("kind"),
    _text("declared"),  # the type its root declares: numbers are unique within that, also when the kind differs
    _text("number"),
    sa.Column("issue_date", sa.Date),
    sa.Column("due_date", sa.Date),
    sa.Column("period_date", sa.Date, nullable=False),  # issue date, else the day it arrived
    _text("currency"),
    sa.Column("total_without_tax", Amount),
    sa.Column("tax_total", Amount),
    sa.Column("payable", Amount),
    _text("supplier_name"),
    _text("supplier_vat"),
    _text("supplier_key"),  # who the supplier is, for conflicts: VAT number, else name
    _text("customer_name"),
    _text("customer_vat"),
    _text("sha256"),
    _text("source"),
    _text("name"),
    _time("arrived_at", null=False),
    _text("state", "ok"),
    _text("reason"),
    sa.Column("problems", sa.JSON, nullable=False),
    _text("facts"),  # JSON of every term the paper states; last, so that lists do not read it
    sa.UniqueConstraint("company_id", "sha256"),
    sa.Index("ix_document_same_number", "company_id", "supplier_key", "number", "declared"),
    sa.Index("ix_document_period", "company_id", "period_date", "id"),
)

document_file = _table(
    "document_file",
    _ref("document"),
    sa.Column("n", sa.Integer, nullable=False),
    _text("role"),
    _text("name"),
    _text("media_type"),
    _int("size"),
    _text("sha256"),
    sa.PrimaryKeyConstraint("document_id", "n"),
    sa.Index("ix_document_file_sha256", "sha256"),
)

incoming = _table(
    "incoming",
    _id(),
    _text("source"),
    _text("name"),
    _text("sha256"),
    _int("size"),
    _text("result"),  # parked, refused, assigned, dropped
    _text("reason"),
    sa.Column("problems", sa.JSON, nullable=False),
    sa.Column("given", sa.JSON, nullable=False),
    sa.Column("beside", sa.JSON, nullable=False),
    _ref("company", null=True),
    _ref("document", null=True),
    _time("arrived_at", null=False),
    _time("purged_at"),  # since then a refused paper's bytes are not kept on its behalf
    sa.Index("ix_incoming_result", "result", "id"),
    sa.Index("ix_incoming_sha256", "sha256"),
)

pack = _table(
    "pack",
    _id(),
    _ref("company"),
    _text("period"),
    _text("sha256"),
    _int("size"),
    _int("documents"),
    sa.Column("scope", sa.JSON, nullable=False),
    sa.Column("left_out", sa.JSON, nullable=False),
    _text("target"),
    _time("created_at", null=False),
)

pack_document = _table(
    "pack_document",
    _ref("pack"),
    _ref("document"),
    sa.PrimaryKeyConstraint("pack_id", "document_id"),
    sa.Index("ix_pack_document_document_id", "document_id"),
)

delivery = _table(
    "delivery",
    _id(),
    _ref("company"),
    _ref("destination"),
    _ref("document", null=True),
    _ref("pack", null=True),
    _text("subject"),  # d<document_id> or p<pack_id>
    sa.Column("key", sa.Text, nullable=False, unique=True),
    _int("generation", 1),
    _text("state", "queued"),
    _text("reason"),
    _text("detail"),
    _text("progress"),
    _int("tries"),
    _time("created_at", null=False),
    _time("changed_at", null=False),
    _time("finished_at"),
    sa.Column("receipt", sa.JSON),
    sa.Column("prepared", sa.JSON),  # [{name, media_type, size, sha256}]: the exact bytes that leave
    sa.Column("steps", sa.JSON),  # durable record of far sides that need several calls
    sa.UniqueConstraint("destination_id", "subject", "generation"),
    sa.Index("ix_delivery_document", "document_id"),
    sa.Index("ix_delivery_state", "state", "id"),
)

outbox = _table(
    "outbox",
    sa.Column("id", Big, sa.ForeignKey("delivery.id"), primary_key=True, autoincrement=False),
    _ref("destination"),
    _int("priority", 1),  # hub.core.delivery.Priority
    _text("lane"),  # where a destination is ordered: the rows that go one after another
    _text("credits"),  # the number of the invoice that this credit note credits
    _number("waits_for"),  # the row that goes first
    _time("due_at"),  # schedule, backoff and lease in one; null waits for a person, or for the row that goes first
    _int("fence"),
    _int("tries"),
    _int("attempts"),
    _int("crashes"),
    sa.Column("alone", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("worker", sa.Text),
    sa.Column("begun", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("ix_outbox_due", "destination_id", "priority", "due_at", "id"),
    _partial("ix_outbox_lane", ("destination_id", "lane", "id"), "lane <> ''"),
    _partial("ix_outbox_credits", ("destination_id", "credits"), "credits <> ''"),
    _partial("ix_outbox_waits_for", ("waits_for",), "waits_for IS NOT NULL"),
    _partial("ix_outbox_leased", ("destination_id", "due_at"), "worker IS NOT NULL"),
)


def _attempts(name: str) -> sa.Table:
    return _table(
        name,
        sa.Column("delivery_id", Big, sa.ForeignKey("delivery.id"), nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        _text("worker"),
        _time("started_at"),
        _time("ended_at", null=False),
        _text("outcome"),
        _text("code"),
        _text("detail"),
        _text("sent_sha256"),
        sa.PrimaryKeyConstraint("delivery_id", "n"),
    )


attempt = _attempts("attempt")
attempt_archive = _attempts("attempt_archive")  # of deliveries that ended long ago: `hub db archive`

worker = _table(
    "worker",
    sa.Column("id", sa.Text, primary_key=True),
    _text("host"),
    _int("pid"),
    _time("started_at", null=False),
    _time("seen_at", null=False),
    _time("stopped_at"),
)

chain = _table(
    "chain",
    sa.Column("id", sa.Text, primary_key=True),
    _time("started_at", null=False),
    _int("seq"),
    _text("hash"),
    _int("linked_seq"),  # up to where another chain names this one's head
)

audit = _table(
    "audit",
    sa.Column("chain", sa.Text, nullable=False),
    sa.Column("seq", Big, nullable=False),
    _time("at", null=False),
    _text("actor"),
    _text("action"),
    _text("object"),
    _text("detail"),  # canonical JSON
    _text("prev_hash"),
    _text("hash"),
    sa.PrimaryKeyConstraint("chain", "seq"),
    sa.Index("ix_audit_object", "object"),
)
