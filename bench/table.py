"""One line of the bench: our figure beside the floor's, and whether the bar holds.

Machines are shared and noisy, so a bar is a ratio within one run: ours and the floor are measured in turns,
each pair gives a ratio, and the median of the ratios counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from rich.table import Table

Measure = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Line:
    """What one bar says today. `floor` and `ratio` are None where the bar is a plain figure in `unit`.

    A line that is not `due` is measured only: its bar may fail without failing the bench.
    """

    what: str
    ours: float
    floor: float | None
    unit: str
    ratio: float | None
    bar: str
    holds: bool
    due: bool = True

    @property
    def fails(self) -> bool:
        """The bar is due and does not hold."""
        return self.due and not self.holds


@dataclass(frozen=True, slots=True)
class Bar:
    """The limit that must hold; with `least` the figure must reach it instead of staying under it.

    With `later` it is not due yet.
    """

    limit: float
    least: bool = False
    later: bool = False

    def holds(self, figure: float) -> bool:
        """Whether this figure is on the right side of the limit."""
        return figure >= self.limit if self.least else figure <= self.limit

    def __str__(self) -> str:
        return f"{'>=' if self.least else '<='} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Rounds:
    """The medians of some rounds; `ratio` is the median of the pairs' ratios, not the ratio of medians."""

    ours: float
    floor: float
    ratio: float


def turns(measures: Mapping[str, Measure], n: int = 3) -> dict[str, tuple[float, ...]]:
    """Measure each in turn, `n` times over: all see the same machine. Raises ValueError below three rounds."""
    if n < 3:  # noqa: PLR2004 - the rule of the bars: two have no middle
        raise ValueError(f"a bar needs at least three rounds, not {n}")
    taken = [{name: measure() for name, measure in measures.items()} for _ in range(n)]
    return {name: tuple(one[name] for one in taken) for name in measures}


def paired(ours: Sequence[float], floor: Sequence[float]) -> Rounds:
    """Two sides that were measured in turns."""
    return Rounds(
        ours=median(ours),
        floor=median(floor),
        ratio=median(mine / bare for mine, bare in zip(ours, floor, strict=True)),
    )


def rounds(ours: Measure, floor: Measure, n: int = 3) -> Rounds:
    """Measure both in turns, `n` times. Raises ValueError below three rounds."""
    taken = turns({"ours": ours, "floor": floor}, n)
    return paired(taken["ours"], taken["floor"])


def against_floor(what: str, unit: str, measured: Rounds, bar: Bar) -> Line:
    """The line of a bar on the ratio to a floor; `unit` is what both figures are in."""
    ratio = measured.ratio
    return Line(what, measured.ours, measured.floor, unit, ratio, f"{bar}x", bar.holds(ratio), not bar.later)


def on_its_own(what: str, unit: str, ours: float, bar: Bar) -> Line:
    """The line of a bar on the figure itself: a memory limit, a response time."""
    return Line(what, ours, None, unit, None, f"{bar} {unit}", bar.holds(ours), not bar.later)


def as_table(lines: Sequence[Line]) -> Table:
    """The lines as people read them."""
    table = Table()
    for heading in ("what", "ours", "floor", "ratio", "bar", "holds"):
        table.add_column(heading, justify="right" if heading in {"ours", "floor", "ratio"} else "left")
    for line in lines:
        ratio = "" if line.ratio is None else f"{line.ratio:.2f}x"
        table.add_row(
            line.what, _figure(line.ours, line.unit), _figure(line.floor, line.unit), ratio, line.bar, _verdict(line)
        )
    return table


def _verdict(line: Line) -> str:
    if line.due:
        return "yes" if line.holds else "NO"
    return "yes, measured" if line.holds else "no, measured"


def _figure(value: float | None, unit: str) -> str:
    """Three digits say all that a noisy machine knows; above a thousand there are no decimals to show."""
    if value is None:
        return ""
    return f"{value:,.0f} {unit}" if value >= 1000 else f"{value:.3g} {unit}"  # noqa: PLR2004 - as said
