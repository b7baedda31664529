"""All of it, part by part: `python -m bench.chaos.parts [WORD...]`, which is what `make chaos` runs.

A part is a command of less than ten minutes; what it said is kept in a file of its own below `.chaos/`, and a part that
passed is not run again (`--anew` forgets that). WORDs choose the parts that have one of them in their name. Exit 1
when a part failed.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.failpoints import POINTS

RESULTS = Path(__file__).parents[2] / ".chaos"
SEEDS = range(1, 11)
DATABASES = ("sqlite", "postgres")
_PASSED = "passed"
_LONGEST = 3600  # seconds: a part takes less than ten minutes, but a machine may be busy


@dataclass(frozen=True, slots=True)
class Part:
    """A name, which is that of its file too, and the module with its arguments."""

    name: str
    words: tuple[str, ...]

    def file(self, results: Path) -> Path:
        """Where what it said is kept; its last line tells how it ended."""
        return results / f"{self.name}.txt"

    def passed(self, results: Path) -> bool:
        """Whether it was run, and all was well."""
        file = self.file(results)
        return file.exists() and file.read_text(encoding="utf-8").endswith(f"{_PASSED}\n")


def parts() -> Iterator[Part]:
    """Every part, the ones that tell most first."""
    for seed in SEEDS:
        for database in DATABASES:
            yield Part(f"storm-{database}-{seed}", ("bench.chaos", "--seed", str(seed), "--database", database))
    yield Part("kill", ("bench.kill", "--seed", "1"))
    yield Part("booked", ("bench.booked", "--seed", "1"))
    for group in ("core", "web"):
        yield Part(f"mutants-{group}", ("tests.mutants", group))
    for point in POINTS:
        yield Part(f"point-{point}", ("bench.chaos.exhaust", point))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is left to run."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos.parts", description=__doc__)
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--anew", action="store_true", help="forget what passed before")
    parser.add_argument("--results", type=Path, default=RESULTS, help="default: %(default)s")
    given = parser.parse_args(arguments)
    if given.anew:
        shutil.rmtree(given.results, ignore_errors=True)
    given.results.mkdir(parents=True, exist_ok=True)
    chosen = [part for part in parts() if not given.words or any(word in part.name for word in given.words)]
    failed = [part.name for part in chosen if not _run(part, given.results)]
    print(
        f"{len(chosen) - len(failed)} of {len(chosen)} parts passed" + "".join(f"\n  failed: {one}" for one in failed)
    )
    return 1 if failed or not chosen else 0


def _run(part: Part, results: Path) -> bool:
    """Run a part unless it has passed, and tell how it ended."""
    if part.passed(results):
        print(f"{part.name:<32} passed before")
        return True
    print(f"{part.name:<32} ", end="", flush=True)
    since = time.monotonic()
    code = _code(part, results)
    with part.file(results).open("a", encoding="utf-8") as file:
        file.write(f"{_PASSED if code == 0 else f'ended with {code}'}\n")
    print(f"{_PASSED if code == 0 else 'FAILED'}  {time.monotonic() - since:.0f} s  {_last_words(part, results)}")
    return code == 0


def _code(part: Part, results: Path) -> int | str:
    with part.file(results).open("w", encoding="utf-8") as file:
        try:
            command = [sys.executable, "-m", *part.words]
            return subprocess.run(command, stdout=file, stderr=file, timeout=_LONGEST, check=False).returncode
        except subprocess.TimeoutExpired:
            return "no answer"


def _last_words(part: Part, results: Path) -> str:
    """What it said of itself: the line with a verdict, if there is one."""
    lines = part.file(results).read_text(encoding="utf-8").splitlines()
    return next((line for line in lines if line.startswith(("every promise kept", "BROKEN"))), "")


if __name__ == "__main__":
    sys.exit(main())
