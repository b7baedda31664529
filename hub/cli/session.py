"""What the commands share: opening the home, printing, and naming objects by id or filter."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from sqlalchemy.exc import OperationalError

from hub.app import Hub
from hub.cli.output import Output
from hub.config import operator, read_config, share_network
from hub.core.disk import is_full, no_space
from hub.core.document import Kind
from hub.core.store.engine import Database
from hub.errors import TemporaryError, UsageError

if TYPE_CHECKING:
    from hub.app.configure import Values

F = TypeVar("F", bound=Callable[..., Any])


@contextmanager
def opened() -> Iterator[Hub]:
    """The home of this process's environment, open."""
    config = read_config(os.environ)
    share_network(config, os.environ)
    hub = Hub.open(config, log_on=lambda: _log(config.log))
    try:
        yield hub
    except OperationalError as error:
        if is_full(error.orig):
            raise no_space(f"no space left for the database: {error.orig}") from error
        raise _temporary(f"the database says: {error.orig}") from error
    except OSError as error:
        if not is_full(error):
            raise
        raise no_space(f"no space left for {error.filename or 'the papers'}") from error
    finally:
        hub.close()


@contextmanager
def closed() -> Iterator[Database]:
    """The database of this environment's home, whatever schema it has. Raises UsageError when there is no home."""
    config = read_config(os.environ)
    database = config.data / "hub.db"
    if not (config.data.is_dir() if config.database_url else database.exists()):
        raise UsageError(f"there is no hub at {config.home}", code="no_home", action="run `hub init` first")
    db = Database(config.url, actor=operator())
    try:
        yield db
    except OperationalError as error:
        raise _temporary(f"the database says: {error.orig}") from error
    finally:
        db.close()


def _log(level: str) -> None:
    from hub.app import logs  # noqa: PLC0415 - only commands that carry papers write log lines

    logs.configure(level)


def _temporary(message: str) -> TemporaryError:
    """Nothing was half done: every write is one transaction, and its bytes come first."""
    return TemporaryError(message, action="nothing was half done; mend it and repeat the command")


def printing(command: F) -> F:
    """Add `--json` and `--jsonl`; the command gets an `out` to print with."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, json: bool, jsonl: bool, **kwargs: Any) -> Any:
            return function(*args, out=Output.of(json=json, jsonl=jsonl), **kwargs)

        wrapped.__name__ = function.__name__
        wrapped.__doc__ = function.__doc__
        wrapped.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
        return wrapped

    shown = add(command)
    shown = click.option("--jsonl", is_flag=True, help="One JSON object a line.")(shown)
    return click.option("--json", is_flag=True, help="One JSON document.")(shown)  # type: ignore[return-value]


class Date(click.ParamType[date]):
    """A day, 2026-10-01."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read it."""
        from hub.core.periods import parse_day  # noqa: PLC0415 - only some commands pay for it

        if isinstance(value, date):
            return value
        try:
            return parse_day(value)
        except ValueError:
            self.fail(f"'{value}' is no date; write it as 2026-10-01", param, ctx)


class Kinds(click.ParamType[tuple[Kind, ...]]):
    """Kinds with commas between."""

    name = "kinds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Kind, ...]:
        """Read them."""
        if not isinstance(value, str):
            return tuple(value)
        unknown = [word for word in value.split(",") if word not in tuple(Kind)]
        if unknown:
            self.fail(f"'{unknown[0]}' is no kind; there are: {', '.join(Kind)}", param, ctx)
        return tuple(Kind(word) for word in value.split(","))


def values_of(plain: Sequence[str], secret: Sequence[str]) -> Values:
    """Settings from `--set K=V` and `--secret K=@FILE`; `--set K=@FILE` reads a file too."""
    from hub.app.configure import Values  # noqa: PLC0415 - only some commands pay for it

    return Values(dict(map(_pair, plain)), dict(map(_secret, secret)))


def answers_of(answers: Sequence[str]) -> dict[str, str]:
    """Answers of a login from `--answer KEY=@FILE`, or `KEY=-` for standard input."""
    read: dict[str, str] = {}
    for text in answers:
        name, _, value = text.partition("=")
        read[name] = sys.stdin.read() if value == "-" else _secret(text)[1]
    return read


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"'{text}' is no setting", action="write --set NAME=VALUE")
    return name, _file(value[1:]) if value.startswith("@") else value


def _secret(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if value.startswith("@"):
        return name, _file(value[1:]).rstrip("\n")
    if value.startswith("env:"):
        found = os.environ.get(value[4:])
        if found is None:
            raise UsageError(f"the variable {value[4:]} is not set", action="set it, or use --secret NAME=@FILE")
        return name, found
    raise UsageError(
        f"the secret {name} must not stand on the command line" if equals else "a secret is NAME=@FILE",
        code="secret_given_openly",
        action="write it to a file and use --secret NAME=@FILE, or NAME=env:VARIABLE",
    )


def _file(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {name}: {error}", action="give a readable text file") from error


def document_ids(hub: Hub, ids: Sequence[int], filter_: str | None) -> list[int]:
    """The documents named by id, or by a filter."""
    if filter_ is None:
        return list(ids)
    from hub.core import filters  # noqa: PLC0415 - only some commands pay for it
    from hub.core.store import finding, views  # noqa: PLC0415 - only some commands pay for it

    with hub.db.read() as conn:
        where = finding.of_documents(filters.parse(filter_, hub.now()))
        return [record["id"] for record in views.documents(conn, where)]


def delivery_ids(hub: Hub, ids: Sequence[int], filter_: str | None) -> list[int]:
    """The deliveries named by id, or by a filter."""
    if filter_ is None:
        return list(ids)
    from hub.core import filters  # noqa: PLC0415 - only some commands pay for it
    from hub.core.store import finding, views  # noqa: PLC0415 - only some commands pay for it

    with hub.db.read() as conn:
        where = finding.of_deliveries(filters.parse(filter_, hub.now()))
        return [record["id"] for record in views.deliveries(conn, where)]


def need_some(ids: Sequence[int], filter_: str | None, what: str) -> None:
    """Refuse a command that names nothing, or names in two ways."""
    if ids and filter_ is not None:
        raise UsageError("ids and --filter do not go together", action="give one of them")
    if not ids and filter_ is None:
        raise UsageError(f"which {what}?", action="give one or more ids, or --filter")
