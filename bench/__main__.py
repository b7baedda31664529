"""`python -m bench [NAME...]`: run the benches (all, or the files named) and print one table.

A bench is a file beside this one with `def measure() -> Iterable[Line]`. Exit 1 when a bar that is due does not
hold; the others are measured only.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast

from rich.console import Console

from bench.table import Line, as_table

_PLAIN_WIDTH = 150  # where there is no terminal to be narrow

Bench = Callable[[], Iterable[Line]]


def main(names: list[str]) -> int:
    """Run the benches of these names, all of them when there is none."""
    benches = find()
    unknown = sorted(set(names) - set(benches))
    if unknown:
        print(f"no such bench: {', '.join(unknown)} (there are: {', '.join(benches)})", file=sys.stderr)
        return 2
    lines: list[Line] = []
    for name in names or benches:
        print(f"measuring {name} ...", file=sys.stderr)
        lines += benches[name]()
    Console(width=None if sys.stdout.isatty() else _PLAIN_WIDTH).print(as_table(lines))
    return 1 if any(line.fails for line in lines) else 0


def find() -> dict[str, Bench]:
    """The benches by the name of their file, in order."""
    stems = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))
    modules = {stem: importlib.import_module(f"bench.{stem}") for stem in stems}
    return {stem: cast("Bench", module.measure) for stem, module in modules.items() if hasattr(module, "measure")}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
