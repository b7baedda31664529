"""The filter grammar in SQL: the same terms that `hub.core.filters` reads, for documents and for deliveries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from hub.core.clock import to_ms
from hub.core.filter_match import fold
from hub.core.filters import Field, Filter, Operator, Term, Value, like
from hub.core.store.summary import SHOWN_STATE
from hub.core.tables import company, delivery, destination, document


class folded(FunctionElement[str]):  # noqa: N801 - used like an SQL function
    """Text as `hub.core.filter_match.fold` gives it."""

    type = sa.Text()
    inherit_cache = True


@compiles(folded, "sqlite")
def _folded_by_us(element: folded, compiler: SQLCompiler, **kw: Any) -> str:
    return f"lower({compiler.process(element.clauses, **kw)})"  # ours: see `hub.core.store.engine`


@compiles(folded, "postgresql")
def _folded_there(element: folded, compiler: SQLCompiler, **kw: Any) -> str:
    return f"hub_fold({compiler.process(element.clauses, **kw)})"  # made by a migration


Condition = sa.ColumnElement[bool]
_Column = sa.ColumnElement[Any]

_COMPARE: Mapping[Operator, Callable[[_Column, Any], Condition]] = {
    Operator.IS: lambda column, value: column == value,
    Operator.ABOVE: lambda column, value: column > value,
    Operator.AT_LEAST: lambda column, value: column >= value,
    Operator.BELOW: lambda column, value: column < value,
    Operator.AT_MOST: lambda column, value: column <= value,
    Operator.LIKE: lambda column, value: folded(column).like(like(fold(str(value))), escape="\\"),
    Operator.CONTAINS: lambda column, value: folded(column).contains(fold(str(value)), autoescape=True),
}

_PARTIES = (document.c.supplier_name, document.c.customer_name, document.c.supplier_vat, document.c.customer_vat)
_AMOUNT = sa.cast(document.c.payable, sa.Float)
_SHARED: Mapping[Field, tuple[_Column, ...]] = {
    Field.KIND: (document.c.kind,),
    Field.NUMBER: (document.c.number,),
    Field.PARTY: _PARTIES,
    Field.AMOUNT: (_AMOUNT,),
    Field.COMPANY: (company.c.number,),
}
_OF_DELIVERIES: Mapping[Field, tuple[_Column, ...]] = {
    **_SHARED,
    Field.STATE: (SHOWN_STATE,),
    Field.DEST: (destination.c.name,),
    Field.SINCE: (delivery.c.changed_at,),
    Field.BEFORE: (delivery.c.changed_at,),
    Field.TEXT: (document.c.number, *_PARTIES, destination.c.name, delivery.c.reason),
}
_OF_DOCUMENTS: Mapping[Field, tuple[_Column, ...]] = {
    **_SHARED,
    Field.STATE: (document.c.state,),
    Field.SINCE: (document.c.period_date,),
    Field.BEFORE: (document.c.period_date,),
    Field.TEXT: (document.c.number, *_PARTIES, document.c.name),
}


def of_documents(wanted: Filter) -> list[Condition]:
    """Conditions on documents; `since` and `before` are about the issue date, `dest` about having a delivery there."""
    return [_document_term(term) for term in wanted.terms]


def of_deliveries(wanted: Filter) -> list[Condition]:
    """Conditions on deliveries; `since` and `before` are about the last change."""
    return [_condition(term, _OF_DELIVERIES[term.field], _in_ms) for term in wanted.terms]


def _document_term(term: Term) -> Condition:
    if term.field is not Field.DEST:
        return _condition(term, _OF_DOCUMENTS[term.field], _as_day)
    there = (
        sa.select(delivery.c.id)
        .join(destination, destination.c.id == delivery.c.destination_id)
        .where(delivery.c.document_id == document.c.id, destination.c.name.in_(term.values))
    ).exists()
    return ~there if term.negated else there


def _condition(term: Term, columns: tuple[_Column, ...], moment: Callable[[Value], Any]) -> Condition:
    compare = _COMPARE[term.operator]
    values = [moment(value) for value in term.values]
    found = sa.or_(*(compare(column, value) for column in columns for value in values))
    known = sa.func.coalesce(found, sa.false())  # a missing value does not match, so its opposite does
    return sa.not_(known) if term.negated else known


def _in_ms(value: Value) -> Any:
    if isinstance(value, datetime):
        return to_ms(value)
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, str) else to_ms(datetime.combine(value, time(), UTC))


def _as_day(value: Value) -> Any:
    if isinstance(value, datetime):
        return value.date()
    return float(value) if isinstance(value, Decimal) else value


def document_is(document_id: int) -> list[Condition]:
    """Just this document."""
    return [document.c.id == document_id]


def documents_are(document_ids: Sequence[int]) -> list[Condition]:
    """Just these documents."""
    return [document.c.id.in_(document_ids)]


def deliveries_are(delivery_ids: Sequence[int]) -> list[Condition]:
    """Just these deliveries."""
    return [delivery.c.id.in_(delivery_ids)]


def of_document(document_id: int) -> list[Condition]:
    """Just the deliveries of this document."""
    return [delivery.c.document_id == document_id]
