"""Which columns of a table a terminal has room for, and how wide each is. Pure.

A narrow terminal gets the columns that matter, whole, rather than all of them folded into strips.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

# Text that says enough by its beginning: cut where it does not fit. Everything else is folded, so that nothing is lost.
CUT = frozenset({"party", "supplier", "customer", "settings"})
_SHORT = 12  # characters that such a text keeps, before other columns are squeezed
_COMFORT = 16  # that others keep, before a column is left out
_GAP = 2


def laid_out(widths: Mapping[str, int], room: int, less: Sequence[str]) -> dict[str, int]:
    """The columns to show, each with its width, for a line of `room` characters with two between columns.

    `widths` are the columns in their order with what they would need; `less` are those to leave out, the first first.
    """
    shown = dict(widths)
    for name in less:
        if _squeezed(shown, room, _COMFORT):
            break
        shown.pop(name, None)
    return _squeezed(shown, room, _COMFORT) or _squeezed(shown, room, 1) or shown


def _squeezed(widths: Mapping[str, int], room: int, least: int) -> dict[str, int]:
    """The widest columns made as narrow as it takes, texts first, none under `least`; empty when that does not do."""
    for texts, others in (*((level, room) for level in range(room, _SHORT, -1)), *_levels(room, least)):
        narrow = {name: min(width, texts if name in CUT else others) for name, width in widths.items()}
        if sum(narrow.values()) + _GAP * (len(narrow) - 1) <= room:
            return narrow
    return {}


def _levels(room: int, least: int) -> Iterator[tuple[int, int]]:
    return ((min(_SHORT, level), level) for level in range(room, least - 1, -1))
