"""Runs `hub import` in this process and writes down in which order bytes became durable and the answer was given.

Arguments: the file to write the order to, then those of `hub`.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

ORDER: list[str] = []


def _record_syncs() -> None:
    real = os.fsync

    def fsync(fd: Any) -> None:
        name = Path(f"/proc/self/fd/{fd}").readlink()
        ORDER.append(f"sync {_word(name)}")
        real(fd)

    os.fsync = fsync


def _word(path: Path) -> str:
    """A blob, being written or done, or a folder."""
    if path.is_dir():
        return "root" if path.name == "blobs" else "folder"
    return "new" if path.name.startswith(".new-") else path.name


def _record_renames(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "os.rename" and ".new-" in str(arguments[0]):
        ORDER.append("rename")


@sa.event.listens_for(Engine, "connect")
def _record_commits(dbapi: Any, record: object) -> None:
    """SQLite tells what it does; of psycopg a transaction's first statement and its commit are seen."""
    if hasattr(dbapi, "set_trace_callback"):
        dbapi.set_trace_callback(lambda said: ORDER.append(said) if said in {"BEGIN IMMEDIATE", "COMMIT"} else None)
        return
    real = dbapi.commit

    def commit() -> None:
        real()
        ORDER.append("COMMIT")

    dbapi.commit = commit


@sa.event.listens_for(Engine, "begin")
def _record_writes(conn: sa.Connection) -> None:
    if conn.dialect.name == "postgresql" and not conn.get_execution_options().get("postgresql_readonly"):
        ORDER.append("BEGIN IMMEDIATE")


class _Answer(io.StringIO):
    """Standard output that writes down when it was first written to."""

    def write(self, text: str) -> int:
        if "accepted" in text:
            ORDER.append("answer")
        return super().write(text)


def main() -> None:
    from hub.cli.main import main as hub  # noqa: PLC0415 - after the recorders are in place

    _record_syncs()
    sys.addaudithook(_record_renames)
    sys.stdout = _Answer()
    try:
        hub(sys.argv[2:])
    finally:
        Path(sys.argv[1]).write_text("\n".join(ORDER))


if __name__ == "__main__":
    main()
