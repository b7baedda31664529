"""Many values as one parameter: a statement's text stays the same however many there are, and binding them is cheap."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class any_of(FunctionElement[bool]):  # noqa: N801 - used like an SQL function
    """Whether a text is one of those in a JSON list: `any_of(column, bindparam("names"))`, with `listed(names)`."""

    type = sa.Boolean()
    inherit_cache = True


def listed(values: Iterable[str]) -> str:
    """The parameter that `any_of` takes."""
    return json.dumps(list(values))


@compiles(any_of, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    value, among = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{value} IN (SELECT value FROM json_each({among}))"  # noqa: S608 - SQL that SQLAlchemy wrote


@compiles(any_of, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    value, among = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{value} = ANY (ARRAY(SELECT json_array_elements_text(CAST({among} AS JSON))))"
