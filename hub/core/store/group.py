"""A statement for a whole group of rows: one text for each database, and no round trip a row.

SQLAlchemy Core writes the SQL, once; binding and typing each row through it again would cost more than the database
does. SQLite runs the text for each row by itself (`executemany`, in C). On PostgreSQL all rows travel as one JSON
text that the statement reads as a table. Values must be what a driver takes: text, integers, booleans, None.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.sql.dml import UpdateBase

Values = Mapping[str, sa.ColumnElement[Any]]
Build = Callable[[Values], UpdateBase]
Types = Mapping[str, sa.types.TypeEngine[Any]]

_ROWS = "rows_"


class Group:
    """`build` makes the statement from the named values of a row; `columns` says the type of each."""

    def __init__(self, columns: Types, build: Build) -> None:
        self.columns = columns
        self.build = build
        self._for_each: _Text | None = None
        self._for_all: str = ""

    def run(self, conn: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Execute it for these rows; the values of each in the order of `columns`."""
        if not rows:
            return
        if conn.dialect.name == "sqlite":
            self._for_each = self._for_each or _text_for_each(self, conn.dialect)
            conn.exec_driver_sql(self._for_each.sql, self._for_each.ordered(rows))
        else:
            self._for_all = self._for_all or _text_for_all(self, conn.dialect)
            names = tuple(self.columns)
            table = json.dumps([dict(zip(names, row, strict=True)) for row in rows])
            conn.exec_driver_sql(self._for_all, {_ROWS: table})


def typed(table: sa.Table, *names: str) -> Types:
    """The types of these columns of a table, by name."""
    return {name: table.c[name].type for name in names}


def inserting(table: sa.Table, *names: str) -> Group:
    """The group that inserts rows of these columns."""

    def build(values: Values) -> UpdateBase:
        return sa.insert(table).from_select(list(names), sa.select(*(values[name] for name in names)))

    return Group(typed(table, *names), build)


@dataclass(frozen=True, slots=True)
class _Text:
    """A statement for one row; `order` are the places of its values in a row, None when they are in that order."""

    sql: str
    order: tuple[int, ...] | None

    def ordered(self, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        if self.order is None:
            return list(rows)
        return [tuple([row[place] for place in self.order]) for row in rows]


def _text_for_each(group: Group, dialect: Dialect) -> _Text:
    values = {name: sa.bindparam(name, type_=kind) for name, kind in group.columns.items()}
    compiled: Any = group.build(values).compile(dialect=dialect)
    names = list(group.columns)
    order = tuple(names.index(name) for name in compiled.positiontup)
    return _Text(str(compiled), None if order == tuple(range(len(names))) else order)


def _text_for_all(group: Group, dialect: Dialect) -> str:
    """The rows are a table that PostgreSQL reads from one parameter; JSON values travel as text in it."""
    named = [sa.column(name, sa.Text() if isinstance(kind, sa.JSON) else kind) for name, kind in group.columns.items()]
    given = sa.func.json_to_recordset(sa.cast(sa.bindparam(_ROWS, type_=sa.Text()), sa.JSON))
    table = given.table_valued(*named).render_derived(name="given", with_types=True)
    values: dict[str, sa.ColumnElement[Any]] = {
        name: sa.cast(table.c[name], kind) if isinstance(kind, sa.JSON) else table.c[name]
        for name, kind in group.columns.items()
    }
    return str(group.build(values).compile(dialect=dialect))
