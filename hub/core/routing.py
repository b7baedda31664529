"""Which destinations a document goes to, and why not to the others. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hub.core.delivery import Role
from hub.core.document import Document, Kind


class Why(StrEnum):
    """Why a document does not go to a destination."""

    COMPANY = "company"  # the destination serves another company
    KIND = "kind"  # it does not take this kind
    QUOTATION = "quotation"  # information only, never to a booking road
    BEFORE_FROM = "before_from"  # older than the destination's `from`
    BOOKED_BY = "booked_by"  # another booking road has it; printed as booked_by:NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a destination takes. `order` is its age: the smallest is the oldest."""

    destination_id: int
    name: str
    company_id: int
    role: Role
    kinds: frozenset[Kind]
    from_date: date
    order: int


@dataclass(frozen=True, slots=True)
class Route:
    """The answer for one destination: it fits when `why_not` is empty, else that is the reason code."""

    rule: Rule
    why_not: str = ""

    @property
    def fits(self) -> bool:
        """The document goes there."""
        return not self.why_not


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The circumstances of a routing: whose paper, who books it already, and whether a person asked by name.

    A person who asks for a delivery passes over `from`, the guard against a flood of old papers.
    """

    company_id: int
    booked_by: str = ""
    by_hand: bool = False


def route(document: Document, rules: Iterable[Rule], asked: Asked) -> tuple[Route, ...]:
    """Every destination with its answer. Of several booking roads that fit, the oldest gets the paper."""
    booked_by = asked.booked_by
    routes: list[Route] = []
    for rule in sorted(rules, key=lambda rule: rule.order):
        why = _unfit(document, rule, asked)
        if not why and rule.role is Role.BOOKING:
            if booked_by and booked_by != rule.name:
                why = f"{Why.BOOKED_BY}:{booked_by}"
            else:
                booked_by = rule.name
        routes.append(Route(rule, why))
    return tuple(routes)


def _unfit(document: Document, rule: Rule, asked: Asked) -> str:
    """The reason that lies in the document and the rule alone; empty when it fits."""
    if rule.company_id != asked.company_id:
        return Why.COMPANY
    if document.kind is Kind.QUOTATION and rule.role is Role.BOOKING:
        return Why.QUOTATION
    if document.kind not in rule.kinds:
        return Why.KIND
    if not asked.by_hand and document.period_date < rule.from_date:
        return Why.BEFORE_FROM
    return ""


def needs_approval(approve: str, approved: int) -> bool:
    """Whether a paper waits for a person's yes: `always`, `never`, or `first:N` until N have been approved."""
    head, _, count = approve.partition(":")
    if head == "first":
        return approved < int(count or 0)
    return head == "always"
