"""The tables of the portal: as the migrations make them, and what their rows mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection

from hub import Absent, Artifact, File, NotFoundError, Receipt, UsageError
from hub.app.own_tables import OwnTables
from hub.testing.specimen import COMPANY
from hub_partner import publish
from hub_partner.moments import from_ms, span, to_ms
from hub_partner.tables import invitations, offices, people, tray
from hub_partner.tables.invitations import Invited
from hub_partner.tables.schema import METADATA
from hub_partner.tables.sessions import Opening
from hub_partner.tables.tray import Published
from hub_partner.tokens import hashed, new_token

NOW = to_ms(datetime(2026, 10, 1, tzinfo=UTC))
FILE = Artifact((File.of("a.xml", "application/xml", b"<a/>"),))


def invited(mail: str = "an@kantoor.example", office: str = "Kantoor", company: str = COMPANY) -> Invited:
    return Invited(token=hashed(new_token()), office=office, mail=mail, company=company)


def accepted(tables: OwnTables, who: Invited) -> None:
    tables.write(lambda conn: invitations.add(conn, who, NOW))
    opening = Opening(token=hashed(new_token()), agent="", at=NOW)
    tables.write(lambda conn: invitations.accept(conn, who.token, opening))


def published(key: str = "k1", sha256: str = FILE.sha256) -> Published:
    return Published(key=key, office_id=1, company=COMPANY, what="paper", subject="u1", sha256=sha256)


def standing(tables: OwnTables) -> list[tuple[str, str, str]]:
    return [(row.office, row.company, row.state) for row in tables.read(offices.links)]


def test_the_migrations_make_what_the_code_knows(tables: OwnTables) -> None:
    tables.read(lambda conn: conn.execute(sa.select(sa.literal(1))).all())
    with tables._db.writer.connect() as conn:
        options = {"include_name": lambda name, kind, _: kind != "table" or str(name).startswith("partner_")}
        context = MigrationContext.configure(conn, opts={**options, "compare_type": True})
        differences = [one for one in compare_metadata(context, METADATA) if "partner_version" not in str(one)]
    assert differences == []


def test_a_moment_survives_the_tables() -> None:
    moment = datetime(2026, 10, 1, 12, 30, 15, 123000, tzinfo=UTC)
    assert from_ms(to_ms(moment)) == moment
    assert span(timedelta(minutes=1)) == 60_000


def test_an_office_is_invited_then_linked_then_revoked(tables: OwnTables) -> None:
    who = invited()
    tables.write(lambda conn: invitations.add(conn, who, NOW))
    assert standing(tables) == [("Kantoor", COMPANY, "invited")]
    accepted(tables, invited())
    assert standing(tables) == [("Kantoor", COMPANY, "linked")]
    tables.write(lambda conn: offices.revoke(conn, (1, COMPANY), NOW))
    assert standing(tables) == [("Kantoor", COMPANY, "revoked")]


def test_inviting_a_colleague_leaves_the_link_as_it_is(tables: OwnTables) -> None:
    accepted(tables, invited())
    tables.write(lambda conn: invitations.add(conn, invited("bert@kantoor.example"), NOW))
    assert standing(tables) == [("Kantoor", COMPANY, "linked")]


def test_a_revoked_office_may_be_invited_again(tables: OwnTables) -> None:
    accepted(tables, invited())
    tables.write(lambda conn: offices.revoke(conn, (1, COMPANY), NOW))
    accepted(tables, invited())
    assert standing(tables) == [("Kantoor", COMPANY, "linked")]


def test_an_address_belongs_to_one_office(tables: OwnTables) -> None:
    accepted(tables, invited())
    with pytest.raises(UsageError, match="another office"):
        tables.write(lambda conn: invitations.add(conn, invited(office="Ander kantoor"), NOW))
    assert standing(tables) == [("Kantoor", COMPANY, "linked")]


def test_two_clients_of_one_person_are_one_account(tables: OwnTables) -> None:
    accepted(tables, invited())
    accepted(tables, invited(company="0765432146"))
    assert len(standing(tables)) == 2
    found = tables.read(lambda conn: people.by_mail(conn, "an@kantoor.example"))
    assert found is not None


@pytest.mark.parametrize("pair", [(1, "0765432146"), (2, COMPANY)])
def test_what_was_never_linked_cannot_be_revoked(tables: OwnTables, pair: tuple[int, str]) -> None:
    accepted(tables, invited())
    with pytest.raises(NotFoundError):
        tables.write(lambda conn: offices.revoke(conn, pair, NOW))


def test_an_office_without_an_account_is_not_linked_by_hand(tables: OwnTables) -> None:
    tables.write(lambda conn: invitations.add(conn, invited(), NOW))
    with pytest.raises(UsageError, match="has an account yet"):
        tables.write(lambda conn: offices.connect_known(conn, "Kantoor", COMPANY, NOW))


def test_publishing_twice_leaves_the_first_row(tables: OwnTables) -> None:
    def twice(conn: Connection) -> list[int]:
        offices.ensure(conn, "Kantoor", NOW)
        return [tray.publish(conn, published(), at) for at in (NOW, NOW + 5)]

    assert tables.write(twice) == [NOW, NOW]


def test_trace_wants_the_same_bytes(tables: OwnTables) -> None:
    tables.write(lambda conn: offices.ensure(conn, "Kantoor", NOW))
    tables.write(lambda conn: tray.publish(conn, published(), NOW))
    assert isinstance(publish.trace(tables, FILE, "k1"), Receipt)
    assert isinstance(publish.trace(tables, FILE, "k2"), Absent)
    other = Artifact((File.of("a.xml", "application/xml", b"<b/>"),))
    assert isinstance(publish.trace(tables, other, "k1"), Absent)


def test_knocks_are_forgotten_after_a_day(tables: OwnTables) -> None:
    def knock(at: int) -> bool:
        return tables.write(lambda conn: people.knocks(conn, "m", "p", at))[0]

    assert [knock(NOW) for _ in range(6)] == [True] * 5 + [False]
    assert knock(NOW + span(timedelta(hours=25)))


def test_a_token_says_nothing_of_itself() -> None:
    token = new_token()
    assert len(token) == 43
    assert token not in hashed(token)
    assert len({new_token() for _ in range(100)}) == 100
