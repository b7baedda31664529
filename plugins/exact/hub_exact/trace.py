"""What do the books know of a paper whose answer was lost? Only reads; a doubt is told, never decided."""

from __future__ import annotations

from hub import Absent, Receipt
from hub_exact.booking import ENTRY, Booking


def look(booking: Booking) -> Receipt | Absent:
    """The receipt of the one entry that is this paper's, or how it is known that there is none.

    Raises NotSent while Exact may still be writing, and Held when several entries could be it, or one is there with
    other figures.
    """
    if booked := booking.delivery.steps.get(ENTRY):
        return booking.again(booked)
    if found := booking.found():
        return found.receipt(booking.books, "traced")
    booking.check_settled()
    prepared, ledger = booking.prepared, booking.books.ledger
    where = f"journal {prepared.entry['Journal']} of division {ledger.division}"
    return Absent(f"no entry of {prepared.day.year} with number {prepared.reference} in {where}, asked by that number")
