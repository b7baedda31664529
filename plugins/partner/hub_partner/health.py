"""Would papers reach the office? Whether it is there, and may see anybody's papers."""

from __future__ import annotations

from hub import Health, NotFoundError, Step, Tables, Turn
from hub_partner.settings import TraySettings
from hub_partner.tables import offices


def look(tables: Tables, settings: TraySettings) -> Health:
    """Look at the tables; nothing is written, and nobody is asked."""
    try:
        office_id = tables.read(lambda conn: offices.named(conn, settings.office))
    except NotFoundError as error:
        return Health(steps=(Step("office", ok=False, message=f"{error.message}: hub partner invite"),), turn=Turn.YOU)
    linked = sorted(tables.read(lambda conn: offices.linked_companies(conn, office_id)))
    told = f"linked to {', '.join(linked)}" if linked else "no company linked: its invitation waits, or was revoked"
    steps = (Step("office", ok=True, message=settings.office), Step("link", ok=bool(linked), message=told))
    return Health(steps=steps, turn=None if linked else Turn.BOOKKEEPER)
