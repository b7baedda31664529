"""The tables as SQLAlchemy knows them; `migrations/` makes them. Times are milliseconds since 1970, UTC."""

from __future__ import annotations

import sqlalchemy as sa

METADATA = sa.MetaData()
Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _time(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null)


def _ref(table: str) -> sa.Column[int]:
    return sa.Column(f"{table}_id", Big, sa.ForeignKey(f"partner_{table}.id"), nullable=False)


office = sa.Table(
    "partner_office",
    METADATA,
    sa.Column("id", Big, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    _time("created_at"),
)

person = sa.Table(
    "partner_person",
    METADATA,
    sa.Column("id", Big, primary_key=True),
    sa.Column("uid", sa.Text, nullable=False, unique=True),
    _ref("office"),
    sa.Column("mail", sa.Text, nullable=False, unique=True),  # lower case
    _text("via"),  # the e-mail connection that reached him first
    _time("created_at"),
)

link = sa.Table(
    "partner_link",
    METADATA,
    sa.Column("office_id", Big, sa.ForeignKey("partner_office.id"), primary_key=True),
    sa.Column("company", sa.Text, primary_key=True),  # enterprise number
    _text("state"),  # invited, linked, revoked
    _time("since"),
    _text("revoked_by"),  # company, office
)

invitation = sa.Table(
    "partner_invitation",
    METADATA,
    sa.Column("token", sa.Text, primary_key=True),  # SHA-256 of what is in the link
    _ref("office"),
    _text("company"),
    _text("mail"),
    _text("via"),
    _time("created_at"),
    _time("expires_at"),
    _time("used_at", null=True),
)

login_link = sa.Table(
    "partner_login_link",
    METADATA,
    sa.Column("token", sa.Text, primary_key=True),  # SHA-256
    _ref("person"),
    _time("created_at"),
    _time("expires_at"),
    _time("used_at", null=True),
)

knock = sa.Table(
    "partner_knock",
    METADATA,
    sa.Column("id", Big, primary_key=True),
    _time("at"),
    _text("mail"),  # SHA-256, of who was asked for
    _text("place"),  # SHA-256, of where it came from
    sa.Index("ix_partner_knock_at", "at"),
)

session = sa.Table(
    "partner_session",
    METADATA,
    sa.Column("token", sa.Text, primary_key=True),  # SHA-256 of the cookie
    sa.Column("uid", sa.Text, nullable=False, unique=True),
    _ref("person"),
    _time("created_at"),
    _time("seen_at"),
    _time("ended_at", null=True),
    _text("agent"),
)

tray = sa.Table(
    "partner_tray",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),  # the delivery's
    _ref("office"),
    _text("company"),
    _text("subject"),  # a paper's uid, or a pack's SHA-256
    _text("what"),  # paper, pack
    _text("sha256"),  # of all that was published
    _time("at"),
    sa.Index("ix_partner_tray_subject", "office_id", "company", "what", "subject"),
)
