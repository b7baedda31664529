"""`python -m bench.chaos --seed S --database sqlite|postgres`: one run; the verdict is a line, and then JSON.

Exit 1 when a promise is broken. With `--keep DIR` everything of the run stays in that folder.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from bench.chaos.plan import Plan
from bench.chaos.run import trial
from hub.testing.postgres import Postgres

_DATABASES = ("sqlite", "postgres")


def main(arguments: Sequence[str] | None = None) -> int:
    """Try it once and tell."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    usual = Plan(seed=random.SystemRandom().randrange(10_000))
    for field in ("papers", "kills", "stalls", "seed", "lease", "processes"):
        parser.add_argument(f"--{field}", type=int, default=getattr(usual, field), help="default: %(default)s")
    parser.add_argument("--database", choices=_DATABASES, default="sqlite")
    parser.add_argument("--keep", type=Path, help="leave home, logs and far sides here")
    given = vars(parser.parse_args(arguments))
    database, keep = given.pop("database"), given.pop("keep")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that every process of ours is ended on the way out
    print(f"chaos: --seed {given['seed']} --database {database}", flush=True)
    with _folder(keep) as folder, _address(database, folder) as address:
        verdict = trial(replace(usual, **given, database=address), folder)
    broken = [*verdict.broken, *verdict.missed]
    print("every promise kept" if not broken else "BROKEN: " + "; ".join(broken))
    print(json.dumps({"seed": given["seed"], "database": database, **asdict(verdict)}))
    return 1 if broken else 0


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep:
        keep.mkdir(parents=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="hub-chaos-") as folder:
        yield Path(folder)


@contextmanager
def _address(database: str, folder: Path) -> Iterator[str]:
    """Where the home's rows go: empty for its own file."""
    if database == "sqlite":
        yield ""
        return
    server = folder / "postgres"
    server.mkdir()
    with Postgres(server) as postgres:
        yield postgres.url(postgres.made())


if __name__ == "__main__":
    sys.exit(main())
