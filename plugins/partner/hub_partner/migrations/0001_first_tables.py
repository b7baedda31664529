"""The first tables of the portal: offices, people, links, logins and the tray."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _time(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _id() -> sa.Column[int]:
    return sa.Column("id", BIG, primary_key=True)


def _ref(table: str, *, key: bool = False) -> sa.Column[int]:
    return sa.Column(f"{table}_id", BIG, sa.ForeignKey(f"partner_{table}.id"), primary_key=key, nullable=False)


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), primary_key=True)


def _one(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, unique=True)


def _once() -> tuple[sa.Column[int], ...]:
    return _time("created_at"), _time("expires_at"), _time("used_at", null=True)


def upgrade() -> None:
    """Create them."""
    op.create_table("partner_office", _id(), _one("name"), _time("created_at"))
    columns = (_id(), _one("uid"), _ref("office"), _one("mail"), _text("via"), _time("created_at"))
    op.create_table("partner_person", *columns)
    link = (_ref("office", key=True), _key("company"), _text("state"), _time("since"), _text("revoked_by"))
    op.create_table("partner_link", *link)
    to = (_text("company"), _text("mail"), _text("via"))
    op.create_table("partner_invitation", _key("token"), _ref("office"), *to, *_once())
    op.create_table("partner_login_link", _key("token"), _ref("person"), *_once())
    op.create_table("partner_knock", _id(), _time("at"), _text("mail"), _text("place"))
    op.create_index("ix_partner_knock_at", "partner_knock", ["at"])
    _session()
    _tray()


def _session() -> None:
    times = (_time("created_at"), _time("seen_at"), _time("ended_at", null=True))
    op.create_table("partner_session", _key("token"), _one("uid"), _ref("person"), *times, _text("agent"))


def _tray() -> None:
    texts = (_text("company"), _text("subject"), _text("what"), _text("sha256"))
    op.create_table("partner_tray", _key("key"), _ref("office"), *texts, _time("at"))
    op.create_index("ix_partner_tray_subject", "partner_tray", ["office_id", "company", "what", "subject"])
