"""Words for screens: text from papers made harmless, times, kinds and whose turn it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from hub.core.delivery import Turn
from hub.core.document import Kind
from hub.core.words import show

_SHORT_KINDS: Mapping[str, str] = {
    Kind.QUOTATION: "quotation",
    Kind.SALES_INVOICE: "sales inv.",
    Kind.SALES_CREDIT_NOTE: "sales cr.n.",
    Kind.PURCHASE_INVOICE: "purch. inv.",
    Kind.PURCHASE_CREDIT_NOTE: "purch. cr.n.",
    Kind.RECEIPT: "receipt",
    Kind.OTHER: "other",
}
_TURNS: Mapping[Turn | None, str] = {
    None: "nobody's turn",
    Turn.US: "the hub's turn",
    Turn.NETWORK: "the network's turn",
    Turn.REMOTE: "the far side's turn",
    Turn.YOU: "your turn",
    Turn.BOOKKEEPER: "the bookkeeper's turn",
}


def plain(text: str, limit: int = 300) -> str:
    """Text from outside in one line: nothing in it can steer the terminal or turn the line round."""
    return show(" ".join(text.split()), limit=limit)


def plain_line(text: str) -> str:
    """One line of a text from outside, its indentation kept."""
    return show(text.expandtabs(4), limit=500)


def typed(value: str) -> str:
    """A stored value in a field. What cannot be seen is spelt out; left alone, the field changes nothing."""
    return show(value, limit=10_000)


def kind(code: str, *, short: bool = False) -> str:
    """A kind of paper in words."""
    return _SHORT_KINDS.get(code, code) if short else code.replace("_", " ")


def turn(whose: Turn | None) -> str:
    """Whose turn it is, in words."""
    return _TURNS[whose]


def moment(at: datetime | None, now: datetime) -> str:
    """A time in UTC: the hour today, else the day too; `never` without one."""
    if at is None:
        return "never"
    return f"{at:%H:%M:%S}" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M}"


def day(at: date | None) -> str:
    """A day, or nothing."""
    return at.isoformat() if at else ""


def amount(value: Decimal | None, currency: str) -> str:
    """An amount with its currency, or nothing."""
    return "" if value is None else f"{value:f} {plain(currency, 5)}"


def counted(count: int, noun: str) -> str:
    """A number and its noun: `1 delivery`, `3 deliveries`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith("y") else f"{count} {noun}s"
