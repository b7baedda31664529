"""The documents: every paper that was accepted, newest first."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence

from hub.app import ledger
from hub.app.ledger import DocumentLine
from hub_tui import words
from hub_tui.messages import Go, Picked
from hub_tui.screens.listing import Listing
from hub_tui.session import Session, Target
from hub_tui.widgets.badge import Tone, badge
from hub_tui.widgets.window import Cell, Column


def _state(line: DocumentLine) -> Cell:
    """What is worth a look: held, or with problems."""
    if line.state != "ok":
        return str(badge(line.state)), badge(line.state).tone
    return (f"{line.problems} to note", Tone.DIM) if line.problems else ("", Tone.PLAIN)


class Documents(Listing):
    """The list of documents."""

    COLUMNS = (
        Column(title="id", width=5, cell=lambda line: (str(line.id), Tone.DIM), right=True),
        Column(title="kind", width=12, cell=lambda line: (words.kind(line.kind, short=True), Tone.PLAIN)),
        Column(title="number", width=13, cell=lambda line: (words.plain(line.number, 40), Tone.PLAIN)),
        Column(title="date", width=10, cell=lambda line: (words.day(line.issue_date), Tone.PLAIN)),
        Column(title="party", width=0, cell=lambda line: (words.plain(line.party, 80), Tone.PLAIN)),
        Column(
            title="payable",
            width=12,
            cell=lambda line: (words.amount(line.payable, line.currency), Tone.PLAIN),
            right=True,
        ),
        Column(title="", width=11, cell=_state),
    )
    EMPTY = "No paper yet: `hub import FILE` takes papers in."
    EXAMPLE = "kind:sales_invoice since:30d amount:>1000 party:NAME"

    def __init__(self, session: Session, where: str = "") -> None:
        super().__init__(session, where)
        self.heading = "Documents"

    def ids(self, where: str, above: int) -> Iterator[array[int]]:
        """From the ledger."""
        return ledger.document_ids(self.session.hub, where, above)

    def lines(self, ids: Sequence[int]) -> Mapping[int, DocumentLine]:
        """From the ledger."""
        return ledger.documents(self.session.hub, ids)

    def on_picked(self, message: Picked) -> None:
        """To the document's own page."""
        self.app.post_message(Go(Target("document", message.id)))
