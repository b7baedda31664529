"""How every command prints: data on stdout, narration on stderr, in one of four shapes.

A table on a terminal, tab separated lines with a header in a pipe, one JSON document with `--json`, one object a line
with `--jsonl`. Text from outside is never markup and never reaches a terminal unescaped.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from json import dumps
from pathlib import PurePath
from typing import Any, TextIO

from hub.cli.layout import CUT, laid_out
from hub.core.words import show
from hub.errors import ConfirmationNeeded, HubError

Record = Mapping[str, Any]
Step = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where and in which shape a command prints. `jsonl` goes before `json`; `is_tty` is about stdout."""

    json: bool = False
    jsonl: bool = False
    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    is_tty: bool

    @classmethod
    def of(cls, *, json: bool, jsonl: bool) -> Output:
        """On the process's own streams. A letter that a terminal's encoding lacks is escaped, no error."""
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        streams = {"stdin": sys.stdin, "stdout": sys.stdout, "stderr": sys.stderr}
        return cls(json=json, jsonl=jsonl, is_tty=sys.stdout.isatty(), **streams)

    def rows(self, records: Iterable[Record], columns: Sequence[str], less: Sequence[str] = ()) -> None:
        """Print records as they come; JSON has all their fields, lines have the columns.

        So does a table, unless the terminal is too narrow: then it goes without those of `less`, the first first.
        """
        if self.jsonl:
            for record in records:
                self._line(encoded(record))
        elif self.json:
            self._array(records)
        elif self.is_tty:
            self._columns({name: [] for name in columns}, records, less)
        else:
            self._lines(columns, records)

    def one(self, record: Record) -> None:
        """Print one record: an object, or a line a field."""
        if self.json or self.jsonl:
            self._line(encoded(record))
        elif self.is_tty:
            self._fields(record)
        else:
            for name, value in _fields(record):
                self._line(f"{show(name)}\t{_whole(words(value))}")

    def say(self, text: str) -> None:
        """Tell the person something that is no data."""
        self.stderr.write(show(text, limit=_MAX_SAID, lines=True) + "\n")

    def error(self, error: HubError) -> None:
        """What went wrong, its stable code, and what to do."""
        if self.json or self.jsonl:
            fields = {"code": error.code, "message": error.message, "action": error.action}
            self.stderr.write(encoded({"error": fields}) + "\n")
            return
        self.say(f"error: {error.message} ({error.code})")
        if error.action:
            self.say(f"what to do: {error.action}")

    def confirm(self, question: str, yes: bool) -> None:
        """Go on when `--yes` was given or a person at the terminal says so; else raise ConfirmationNeeded."""
        if yes:
            return
        if not (self.stdin.isatty() and self.stderr.isatty()):
            raise ConfirmationNeeded(question, action="repeat the command with --yes")
        self.stderr.write(f"{show(question)} [y/N] ")
        self.stderr.flush()
        if self.stdin.readline().strip().lower() not in {"y", "yes"}:
            raise ConfirmationNeeded("not confirmed, nothing was done", action="answer y, or give --yes")

    def progress(self, label: str, total: int) -> AbstractContextManager[Step]:
        """A bar on stderr while something long goes on, when that is a terminal; call the step with a count."""
        return _bar(self.stderr, show(label), total) if self.stderr.isatty() else _silence()

    def _array(self, records: Iterable[Record]) -> None:
        self.stdout.write("[")
        for n, record in enumerate(records):
            self.stdout.write((",\n" if n else "\n") + encoded(record))
        self.stdout.write("\n]\n")

    def _lines(self, columns: Sequence[str], records: Iterable[Record]) -> None:
        self._line("\t".join(columns))
        for record in records:
            self._line("\t".join(_whole(words(record.get(name))) for name in columns))

    def _columns(self, cells: dict[str, list[str]], records: Iterable[Record], less: Sequence[str]) -> None:
        """A table that fits the terminal's width."""
        from rich.cells import cell_len  # noqa: PLC0415 - a pipe does not pay for it

        for record in records:
            for name, column in cells.items():
                column.append(show(_brief(record.get(name))))
        console, table, text = _drawing(self.stdout)
        table.show_header = True
        widths = {name: max(map(cell_len, (name, *column))) for name, column in cells.items()}
        chosen = laid_out(widths, console.width, less)
        for name, width in chosen.items():
            table.add_column(name, width=width, no_wrap=name in CUT, overflow="ellipsis" if name in CUT else "fold")
        for row in zip(*(cells[name] for name in chosen), strict=True):
            table.add_row(*map(text, row))
        console.print(table)

    def _fields(self, record: Record) -> None:
        """A line a field."""
        console, table, text = _drawing(self.stdout)
        for name, value in _fields(record):
            table.add_row(*(text(show(cell, lines=True), overflow="fold") for cell in (name, words(value))))
        console.print(table)

    def _line(self, text: str) -> None:
        self.stdout.write(text + "\n")


_MAX_SAID = 4000


def encoded(value: Any) -> str:
    """JSON in ASCII, so that no control character reaches a terminal."""
    return dumps(value, default=_plain, ensure_ascii=True, allow_nan=False)


def words(value: Any) -> str:
    """A value in a cell: lists with commas, a record by its first field that says something."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return next((text for text in map(words, value.values()) if text), "")
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(map(words, sorted(value) if isinstance(value, (set, frozenset)) else value))
    return value if type(value) is str else str(_plain(value))


def _brief(value: Any) -> str:
    """A value in a cell of a terminal: a time to the minute, in UTC as all of them."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}" if isinstance(value, datetime) else words(value)


def _drawing(stdout: TextIO) -> tuple[Any, Any, Any]:
    """What a terminal is drawn on with: a console, an empty table, and rich's text, which knows no markup."""
    from rich.console import Console  # noqa: PLC0415 - a pipe does not pay for it
    from rich.table import Table  # noqa: PLC0415 - likewise
    from rich.text import Text  # noqa: PLC0415 - likewise

    console = Console(file=stdout, force_terminal=True, highlight=False, markup=False, emoji=False)
    return console, Table(box=None, pad_edge=False, show_header=False, header_style="bold"), Text


def _plain(value: Any) -> Any:
    """What JSON has no word for: amounts with a point, times in UTC, days, the values of enumerations."""
    match value:
        case Decimal():
            return format(value, "f")
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        case date():
            return value.isoformat()
        case Enum():
            return value.value
        case set() | frozenset():
            return sorted(value)
        case PurePath() | int() | float():
            return str(value)
    raise TypeError(f"{type(value).__name__} cannot be printed")


def _fields(record: Record, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """A record as lines: `supplier.name` for a record in it, a line of its own for each record of a list in it."""
    for name, value in record.items():
        if isinstance(value, Mapping):
            yield from _fields(value, f"{prefix}{name}.")
        elif isinstance(value, (list, tuple)) and value and isinstance(value[0], Mapping):
            yield from ((prefix + name, " ".join(filter(None, map(words, item.values())))) for item in value)
        else:
            yield prefix + name, value


def _whole(text: str) -> str:
    return show(text, limit=sys.maxsize)


@contextmanager
def _bar(stderr: TextIO, label: str, total: int) -> Iterator[Step]:
    from rich.console import Console  # noqa: PLC0415 - only a terminal pays for it
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415 - likewise

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(file=stderr), transient=True) as progress:
        task = progress.add_task(label, total=total)
        yield lambda count: progress.advance(task, count)


@contextmanager
def _silence() -> Iterator[Step]:
    yield lambda _: None
