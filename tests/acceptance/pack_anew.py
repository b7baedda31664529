"""`python -m tests.acceptance.pack_anew NOW PACK PAPER...`: a fresh home, its papers, and the pack of the year.

A process of its own, so that a test can give it another time zone and another order of hashes. NOW is the clock of
the home. The papers come in as given.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path

from hub.app import Hub, exports
from hub.app.exports import Ordered
from hub.config import read_config
from hub.core.document import Direction, Given, Incoming, Kind
from hub.core.store import companies

COMPANY = "0123456749"


def main(now: str, pack: str, *papers: str) -> None:
    """Make the pack; nothing but the papers may decide its bytes."""
    moment = datetime.fromisoformat(now)
    hub = Hub.init(read_config(os.environ), now=lambda: moment)
    with hub.db.write() as tx:
        companies.add(tx, COMPANY, "Voorbeeld NV")
    for paper in papers:
        path = Path(paper)
        given = Given(direction=Direction.SALES if path.name.startswith("sales") else Direction.PURCHASE)
        [arrived] = hub.intake.accept([Incoming(name=path.name, data=path.read_bytes(), given=given)])
        assert arrived.result == "accepted", arrived
    exports.export(hub, _everything(pack))
    hub.close()


def _everything(pack: str) -> Ordered:
    return Ordered(
        period="2026",
        company="",
        kinds=frozenset(Kind),
        formats=frozenset({"original", "pdf", "ubl", "csv"}),
        target=pack,
        via="",
        only_new=False,
        not_booked=False,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
