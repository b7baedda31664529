"""The `hub` command as a test holds it: run in this process, as a process of its own, or at a terminal."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from unittest import mock

import sqlalchemy as sa

from hub.cli.main import _run

Record = dict[str, Any]
PATIENCE = 60.0  # seconds after which a command of a test is stuck


@dataclass(frozen=True, slots=True)
class Done:
    """A command that ended: its exit code, its data and its narration."""

    code: int
    out: str
    err: str

    @property
    def one(self) -> Record:
        """The one JSON document on stdout."""
        return cast("Record", json.loads(self.out))

    @property
    def lines(self) -> list[Record]:
        """The JSON objects on stdout, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> dict[str, str]:
        """What stderr says went wrong, under `--json`: its last line."""
        return cast("dict[str, str]", json.loads(self.err.splitlines()[-1])["error"])


@dataclass(frozen=True, slots=True)
class Command:
    """`hub` in one home. `extra` is set in the environment of each call."""

    home: Path
    extra: tuple[tuple[str, str], ...] = ()

    def __call__(self, *words: object, stdin: bytes = b"") -> Done:
        """Run it in this process: quick, and the same code down to the exit code."""
        out, err = _stream(b""), _stream(b"")
        with (
            mock.patch.dict(os.environ, self._environment(), clear=True),
            mock.patch.object(sys, "stdin", _stream(stdin)),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = _run([str(word) for word in words])
        return Done(code, _text(out), _text(err))

    def process(self, *words: object, stdin: bytes = b"", **environment: str) -> Done:
        """Run it as a process, to its end."""
        done = subprocess.run(
            self._words(words),
            input=stdin,
            capture_output=True,
            env={**self._environment(), **environment},
            timeout=PATIENCE,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    @contextlib.contextmanager
    def started(self, *words: object) -> Iterator[subprocess.Popen[bytes]]:
        """A process that runs meanwhile, in a group of its own; ended with SIGTERM when the test has not done so."""
        child = subprocess.Popen(
            self._words(words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
            env=self._environment(),
        )
        with child:
            try:
                yield child
            finally:
                if child.poll() is None:
                    child.send_signal(signal.SIGTERM)

    def terminal(self, *words: object, typed: bytes = b"") -> tuple[int, bytes]:
        """Run it at a terminal of 120 columns, or of COLUMNS; its exit code and every byte that the terminal got."""
        ours, theirs = pty.openpty()
        child = subprocess.Popen(
            self._words(words),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={**self._environment(), "COLUMNS": dict(self.extra).get("COLUMNS", "120"), "TERM": "xterm-256color"},
        )
        with child, os.fdopen(ours, "r+b", buffering=0) as terminal:
            os.close(theirs)
            terminal.write(typed)
            seen = b"".join(_until_hung_up(terminal))
            return child.wait(PATIENCE), seen

    def with_(self, **environment: str) -> Command:
        """The same home with more in the environment."""
        return Command(self.home, (*self.extra, *environment.items()))

    def one(self, *words: object) -> Record:
        """The record that a command prints; the command has to succeed."""
        return _good(self(*words, "--json")).one

    def lines(self, *words: object) -> list[Record]:
        """The lines that a command prints; the command has to succeed."""
        return _good(self(*words, "--jsonl")).lines

    def deliver(self, *words: object, code: int = 0) -> Done:
        """`hub run --until-empty`, which has to end with this exit code."""
        done = self.process("run", "--until-empty", "--timeout", "30", *words)
        assert done.code == code, done
        return done

    def change(self, statement: str) -> None:
        """Change the database behind the hub's back."""
        url = dict(self.extra).get("HUB_DATABASE_URL") or f"sqlite:///{self.home / 'data' / 'hub.db'}"
        engine = sa.create_engine(url)
        with engine.begin() as conn:
            conn.exec_driver_sql(statement)
        engine.dispose()

    def _environment(self) -> Mapping[str, str]:
        """Ours without the machine's own settings, and the home."""
        machine = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
        return {**machine, "HUB_HOME": str(self.home), "HUB_LEASE": "5", **dict(self.extra)}

    @staticmethod
    def _words(words: tuple[object, ...]) -> list[str]:
        return [sys.executable, "-m", "hub", *map(str, words)]


# What the hub's own tables and bars say to a terminal: colours, the cursor hidden, a line taken back.
_OWN_CODES = re.compile(rb"\x1b\[[0-9;]*m|\x1b\[\?25[hl]|\r?\x1b\[[0-9]*[AK]|\r?\n")


def harmful(seen: bytes) -> list[str]:
    """The characters of a terminal's output that could steer it or turn text around, apart from codes of our own."""
    text = _OWN_CODES.sub(b"", seen).decode()
    return [f"U+{ord(char):04X}" for char in text if unicodedata.category(char) in {"Cc", "Cf"}]


def _good(done: Done) -> Done:
    assert done.code == 0, done
    return done


def _stream(data: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return cast("io.BytesIO", stream.buffer).getvalue().decode()


def _until_hung_up(terminal: io.RawIOBase) -> Iterator[bytes]:
    """What the terminal gets, until nobody holds its other side."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        ready, _, _ = select.select([terminal], [], [], 0.5)
        try:
            data = terminal.read(1 << 16) if ready else None
        except OSError as error:
            if error.errno == errno.EIO:  # how Linux says that the other side is closed
                return
            raise
        if data:
            yield data
    raise TimeoutError("the command at the terminal did not end")
