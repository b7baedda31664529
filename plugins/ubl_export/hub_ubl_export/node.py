"""A UBL aggregate to read leniently: its children by name, and a missing one reads as an empty node."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from hub import Problem, Severity, Unreadable
from hub.xml import SPACE, Element, date_of, decimal_of, names, place_of

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CAC = f"{UBL}CommonAggregateComponents-2"
CBC = f"{UBL}CommonBasicComponents-2"
EMBEDDED = f"{{{CBC}}}EmbeddedDocumentBinaryObject"

MAX_ALIKE = 20_000  # children of one name: more lines than any paper has, few enough to read in a second


class Node:
    """One element, its children found in one pass under the names the standard uses: `cbc:ID`, `cac:Party`.

    Which prefixes the paper uses does not matter. What is asked for and missing reads as empty text, None or
    an empty node (which is false), so that reading a term needs no condition.
    """

    __slots__ = ("_first", "_more", "element")

    def __init__(self, element: Element | None) -> None:
        self.element = element
        self._first: dict[str, Element] = {}
        self._more: dict[str, list[Element]] = _NO_MORE
        for child in () if element is None else element[:]:  # a slice: three times as fast as iterating
            tag: Any = child.tag  # a str: the parser drops comments and instructions
            name = _short_name(tag)
            if name in self._first:
                self._add_again(name, child)
            else:
                self._first[name] = child

    def __bool__(self) -> bool:
        return self.element is not None

    def child(self, name: str) -> Node:
        """The first child of that name."""
        found = self._first.get(name)
        return _NOTHING if found is None else Node(found)

    def at(self, *path: str) -> Node:
        """The first child's first child, and so on."""
        node = self
        for name in path:
            node = node.child(name)
        return node

    def only_child(self, *wanted: str) -> Node:
        """The child that has one of these names; a second one would carry another number or other totals."""
        for name in wanted:
            if name in self._first:
                self._refuse_second(name)
                return self.child(name)
        return _NOTHING

    def children(self, name: str) -> Iterator[Node]:
        """Every child of that name."""
        return map(Node, self.elements(name))

    def elements(self, name: str) -> tuple[Element, ...]:
        """Every child of that name, as the parser gave it."""
        found = self._first.get(name)
        return () if found is None else (found, *self._more.get(name, ()))

    def text(self, name: str) -> str:
        """The text of the first child of that name."""
        found = self._first.get(name)
        return "" if found is None else (found.text or "").strip(SPACE)

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of all children of that name, without empty ones."""
        if name not in self._first:
            return ()
        return tuple(text for one in self.elements(name) if (text := (one.text or "").strip(SPACE)))

    def first_text(self, *wanted: str) -> str:
        """The first text that is not empty, of children with different names."""
        for name in wanted:
            if text := self.text(name):
                return text
        return ""

    def first_name(self, *wanted: str) -> str:
        """Which of these children is there; the last one when none is."""
        for name in wanted:
            if name in self._first:
                return name
        return wanted[-1]

    def attribute(self, name: str, attribute: str) -> str:
        """An attribute of the first child of that name."""
        found = self._first.get(name)
        return "" if found is None else (found.get(attribute) or "").strip(SPACE)

    def only_text(self, name: str) -> str:
        """The text of a child that may be there once only: two readers must not see two values."""
        element = self._only(name)
        return "" if element is None else (element.text or "").strip(SPACE)

    def decimal(self, name: str) -> Decimal | None:
        """A number that may be there once; None when it is missing or empty."""
        element = self._only(name)
        return None if element is None else decimal_of(element)

    def day(self, name: str) -> date | None:
        """A date that may be there once; None when it is missing or empty."""
        element = self._only(name)
        return None if element is None else date_of(element)

    def _only(self, name: str) -> Element | None:
        found = self._first.get(name)
        if found is not None and (self._more or len(found)):
            self._refuse_second(name)
            _refuse_nested(found)
        return found

    def _add_again(self, name: str, child: Element) -> None:
        if not self._more:
            self._more = {}
        alike = self._more.setdefault(name, [])
        alike.append(child)
        if len(alike) >= MAX_ALIKE:
            message = f"{names(child)[1][:40]!a} is there more than {MAX_ALIKE} times"
            raise unreadable("ubl.too_many", message, place_of(child))

    def _refuse_second(self, name: str) -> None:
        for second in self._more.get(name, ()):
            message = f"{names(second)[1]} is there more than once, so that nobody can tell which one counts"
            raise unreadable("ubl.repeated", message, place_of(second))


def unreadable(code: str, message: str, place: str = "") -> Unreadable:
    """The paper cannot be read, for one reason."""
    return Unreadable([Problem(code, message, place, Severity.FATAL)])


def _refuse_nested(element: Element) -> None:
    if len(element):
        message = f"{names(element)[1]} may hold text only, but has elements inside"
        raise unreadable("ubl.nested", message, place_of(element))


@lru_cache(maxsize=1024)
def _short_name(tag: str) -> str:
    """`cbc:ID` for `{urn:...CommonBasicComponents-2}ID`; a name of another namespace stays as it is."""
    namespace, _, local = tag.rpartition("}")
    prefix = _PREFIXES.get(namespace[1:])
    return f"{prefix}:{local}" if prefix else tag


_PREFIXES = {CAC: "cac", CBC: "cbc"}
_NO_MORE: dict[str, list[Element]] = {}  # shared by all nodes that have no name twice; never added to
_NOTHING = Node(None)
