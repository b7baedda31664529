"""`partner` keeps the contract of every destination; its far side is the tray of an office, in real tables."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from hub.errors import NotSent, SettingsError
from hub.plugins.desk import Tables
from hub.testing.contract import BadSetting, DestinationContract, Refusal
from hub.testing.specimen import COMPANY
from hub_partner.tables import offices
from hub_partner.tables.schema import link, office, tray

OFFICE = "Kantoor Peeters"


class TrayFarSide:
    """The tray of one office, seen as a far side."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

        def prepare(conn: sa.Connection) -> int:
            made = offices.ensure(conn, OFFICE, 1)
            offices.connect(conn, made, COMPANY, 1)
            return made

        self.office_id = tables.write(prepare)

    def arrived(self) -> list[str]:
        return list(self.tables.read(lambda conn: conn.execute(sa.select(tray.c.key)).scalars().all()))

    def lose_answer(self) -> None:
        raise NotImplementedError("the tray answers in the same transaction")

    def refuse(self, how: str) -> None:
        def change(conn: sa.Connection) -> None:
            match how:
                case "link revoked":
                    offices.revoke(conn, (self.office_id, COMPANY), 2)
                case "not accepted yet":
                    conn.execute(sa.update(link).values(state="invited"))
                case "never linked":
                    conn.execute(sa.delete(link))
                case "no such office":
                    conn.execute(sa.update(office).values(name="Ander kantoor"))

        self.tables.write(change)


class TestPartnerContract(DestinationContract):
    bad_settings = (
        BadSetting("office", ""),
        BadSetting("office", "   "),
        BadSetting("office", "x" * 101),
        BadSetting("office", "a\nb"),
        BadSetting("office", "a\u202eb"),
        BadSetting("office", None),
    )
    refusals = (
        Refusal("link revoked", SettingsError),
        Refusal("never linked", SettingsError),
        Refusal("no such office", SettingsError),
        Refusal("not accepted yet", NotSent),
    )

    @pytest.fixture
    def plugin(self) -> str:
        return "partner"

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"office": OFFICE}

    @pytest.fixture
    def far_side(self, tables: Tables) -> TrayFarSide:
        return TrayFarSide(tables)
