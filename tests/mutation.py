"""Takes protections away, one at a time, in copies of the tree, and looks whether a test goes red."""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPIED = ("bench", "docs", "examples", "hub", "plugins", "tests", "pyproject.toml")
_AT_ONCE = 2
_LONGEST = 1800  # seconds: a test has patience of its own, and a machine may be busy


@dataclass(frozen=True, slots=True)
class Mutant:
    """A protection, the change that takes it away, and the tests of which at least one must go red."""

    protection: str
    file: str
    before: str
    after: str
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant: `red` is well."""

    mutant: Mutant
    word: str
    code: int


# Without a change every test must be green, or red would say nothing.
_CONTROL = "(nothing taken away)"


def tried(mutants: Sequence[Mutant], told: Callable[[Verdict], None]) -> int:
    """Try these, and that all is green without a change, two at a time; returns the worst code.

    0: all red. 1: a test stayed green. 2: a change does not fit the code any more.
    """
    control = Mutant(_CONTROL, "pyproject.toml", "[build-system]", "[build-system]", _all_tests(mutants))
    worst = 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(_AT_ONCE) as threads:
        trees = _trees(Path(folder))
        under_way = [threads.submit(_tried, trees, mutant) for mutant in (control, *mutants)]
        for done in as_completed(under_way):
            verdict = done.result()
            told(verdict)
            worst = max(worst, verdict.code)
    return worst


def _all_tests(mutants: Sequence[Mutant]) -> tuple[str, ...]:
    return tuple(sorted({test for one in mutants for test in one.tests}))


def _trees(folder: Path) -> queue.SimpleQueue[Path]:
    """As many copies as are tried at once."""
    trees: queue.SimpleQueue[Path] = queue.SimpleQueue()
    for n in range(_AT_ONCE):
        for name in COPIED:
            _copy(ROOT / name, folder / f"tree{n}" / name)
        trees.put(folder / f"tree{n}")
    return trees


def _tried(trees: queue.SimpleQueue[Path], mutant: Mutant) -> Verdict:
    tree = trees.get()
    path = tree / mutant.file
    try:
        genuine = path.read_text(encoding="utf-8") if path.exists() else ""
        if genuine.count(mutant.before) != 1:
            return Verdict(mutant, "DOES NOT FIT", 2)
        path.write_text(genuine.replace(mutant.before, mutant.after), encoding="utf-8")
        red, wanted = _red(tree, mutant.tests), mutant.protection != _CONTROL
        path.write_text(genuine, encoding="utf-8")
        word = "red" if red else "green"
        return Verdict(mutant, word, 0) if red is wanted else Verdict(mutant, word.upper(), 1)
    finally:
        trees.put(tree)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".hypothesis"))
    else:
        shutil.copy(source, target)


def _red(tree: Path, tests: Sequence[str]) -> bool:
    """Whether a test fails; a run that finds no test counts as green, and so does one that never ends."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(_roots(tree)), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    try:
        ended = subprocess.run(command, cwd=tree, env=environment, capture_output=True, timeout=_LONGEST, check=False)
    except subprocess.TimeoutExpired:
        return False
    return ended.returncode == 1


def _roots(tree: Path) -> Iterator[str]:
    """What a path must name, so that the copy is imported and not what is installed."""
    yield str(tree)
    yield from sorted(str(path.parent) for path in tree.glob("plugins/*/hub_*"))
