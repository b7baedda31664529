"""A database that refuses something, or has stopped refusing it: by triggers, as each kind of database writes them."""

from __future__ import annotations

from hub.app import Hub
from tests.integration.ledger import change


def refuse_inserts(hub: Hub, table: str, message: str, when: str = "") -> None:
    """From now on an INSERT into this table fails with this message; `when` is a condition on NEW."""
    if hub.db.sqlite:
        condition = f"WHEN {when} " if when else ""
        change(hub, f"CREATE TRIGGER refusing BEFORE INSERT ON {table} {condition}"
                    f"BEGIN SELECT RAISE(ABORT, '{message}'); END")  # fmt: skip
        return
    condition = f"WHEN ({when}) " if when else ""
    change(hub, "CREATE FUNCTION refusing() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$")  # fmt: skip
    change(hub, f"CREATE TRIGGER refusing BEFORE INSERT ON {table} FOR EACH ROW {condition}EXECUTE FUNCTION refusing()")


def accept_inserts(hub: Hub, table: str) -> None:
    """It does so no longer."""
    change(hub, "DROP TRIGGER refusing" if hub.db.sqlite else f"DROP TRIGGER refusing ON {table}")


def open_the_log(hub: Hub) -> None:
    """Take away what keeps the audit log from being changed, as a forger would."""
    if hub.db.sqlite:
        change(hub, "DROP TRIGGER audit_no_update")
        change(hub, "DROP TRIGGER audit_no_delete")
    else:
        change(hub, "DROP TRIGGER audit_append_only ON audit")
