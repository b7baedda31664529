"""The kill test: the delivering process is ended ten times by SIGKILL, then the far sides' own logs are counted.

Papers go to a mail server and to a folder. Both answer after 50 to 300 ms: the relay waits by itself, and for both
the process lets some time pass before the bytes leave and after they arrived (failpoints), so that kills fall on
either side. Run it with `python -m bench.kill`; exit 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from json import loads
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.flight import Flight, killed_when, watching
from bench.furnish import Mailbox, add_folder, add_mail
from bench.home import Home
from bench.papers import SINCE, write_papers
from bench.promises import broken_by_folder, broken_by_ledger, broken_by_mail, doubles, lost_answers
from bench.relay import Letter, Relay, relay

ASK, REPEAT = "ask", "repeat"

_SLOW = "deliver.begin=delay:25-150@*,deliver.returned=delay:25-150@*"
_BLIND = 10  # each tenth kill comes without a look at what has begun
_WANTED = (2, 8)  # rows that have begun before the others
_LONGEST_PAUSE = 0.4  # seconds
_TELLING = 0.8  # of the kills must fall while a row has begun
_TO_THE_END = ("run", "--until-empty", "--timeout", "120")
_WAITING = (0, 5)  # 5: somebody must look at what is left


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is tried. `lost` is the share of letters whose answer the relay loses, `lease` is in seconds."""

    papers: int = 300
    kills: int = 10
    seed: int = 1
    lost: float = 0.05
    lease: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """One kill: seconds since the first process started, and what was in flight."""

    n: int
    at: float
    flight: Flight


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What happened under one rule, and which promises were broken."""

    rule: str
    kills: tuple[Kill, ...]
    letters: int
    lost_answers: int
    doubles: int
    said_arrived: int
    said_resend: int
    seconds: float
    broken: tuple[str, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Try both rules and tell."""
    parser = argparse.ArgumentParser(prog="python -m bench.kill", description=__doc__)
    usual = Plan(seed=random.SystemRandom().randrange(10_000))
    for field in ("papers", "kills", "seed"):
        parser.add_argument(f"--{field}", type=int, default=getattr(usual, field), help="default: %(default)s")
    plan = Plan(**vars(parser.parse_args(arguments)))
    print(f"{plan.papers} papers, {plan.kills} kills under each rule, --seed {plan.seed}")
    good = True
    for rule in (ASK, REPEAT):
        with tempfile.TemporaryDirectory(prefix="hub-kill-") as folder:
            tried = trial(rule, plan, Path(folder))
        _tell(tried)
        good = good and not tried.broken
    return 0 if good else 1


def trial(rule: str, plan: Plan, folder: Path) -> Trial:
    """Import and kill again and again, let it end, and judge by what the far sides have."""
    start = time.monotonic()
    originals = write_papers(folder / "papers", plan.papers)
    papers = {sha256(path.read_bytes()).hexdigest() for path in originals}
    with relay(folder, f"delay=50..300 lose_answer={plan.lost} seed={plan.seed}") as server:
        home = _furnished(rule, plan, folder, server.port)
        *portions, last = (originals[n :: plan.kills + 1] for n in range(plan.kills + 1))
        kills = tuple(_kills(home, plan, portions))
        home.hub("import", *map(str, last))
        home.hub(*_TO_THE_END, ends=_WAITING)
        before = server.letters()
        said = _ask_a_person(home, server)
        letters = server.letters()
    broken = [
        *broken_by_mail(papers, letters),
        *broken_by_folder(papers, _files(folder / "archive")),
        *broken_by_ledger(home.rows("outbox", "list"), letters, "mail"),
        *_too_many(rule, kills, before, letters),
        *_proves_little(kills),
        *(f"hub verify: {problem}" for problem in loads(home.hub("verify", "--json", ends=(0, 6)))["problems"]),
    ]
    return Trial(
        rule=rule,
        kills=kills,
        letters=len(letters),
        lost_answers=lost_answers(letters),
        doubles=doubles(letters),
        said_arrived=said["--arrived"],
        said_resend=said["--resend"],
        seconds=time.monotonic() - start,
        broken=tuple(broken),
    )


def _furnished(rule: str, plan: Plan, folder: Path, port: int) -> Home:
    """A home with both destinations."""
    settings = {"HUB_ALLOW_NETWORKS": "127.0.0.0/8", "HUB_LEASE": str(plan.lease), "HUB_FAILPOINTS": _SLOW}
    home = Home.made(folder / "home", **settings)
    add_mail(home, "mail", Mailbox(port, "boekhouder@kantoor.example"), "--from", SINCE, "--on-uncertain", rule)
    add_folder(home, "archive", folder / "archive", "--from", SINCE)
    return home


def _kills(home: Home, plan: Plan, portions: Sequence[Sequence[Path]]) -> Iterator[Kill]:
    """Import a portion, start the process, kill it in the middle of that; again and again.

    In this order the moment always comes, however slow the machine is: there is work before the process looks.
    """
    chance = random.Random(plan.seed)  # noqa: S311 - a plan that can be repeated, no secret
    start = time.monotonic()
    with watching(home.url) as watched:
        for n, portion in enumerate(portions, start=1):
            least = 0 if n % _BLIND == 0 else chance.randint(*_WANTED)
            home.hub("import", *map(str, portion))
            process = home.started("run")
            flight = killed_when(process, watched, _Moment(least, chance.uniform(0, _LONGEST_PAUSE)))
            yield Kill(n=n, at=time.monotonic() - start, flight=flight)


class _Moment:
    """When to kill: so many rows have begun, and a pause has passed since that was first so.

    Without the pause every kill would fall right after a mark, and none after the bytes arrived. When the work runs
    out before the pause is over, it is now.
    """

    def __init__(self, least: int, pause: float) -> None:
        self.least = least
        self.pause = pause
        self.first: float | None = None

    def __call__(self, flight: Flight) -> bool:
        enough = bool(flight.held) and flight.all_begun >= self.least
        if self.first is None and enough:
            self.first = time.monotonic()
        if self.first is None:
            return False
        return not enough or time.monotonic() >= self.first + self.pause


def _ask_a_person(home: Home, server: Relay) -> Counter[str]:
    """Say of each delivery that waits for a person what the relay's log says, and let it go on until none waits."""
    said: Counter[str] = Counter()
    while waiting := home.rows("outbox", "list", "--filter", "state:uncertain"):
        arrived = {letter.key for letter in server.letters()}
        for word, known in (("--arrived", True), ("--resend", False)):
            ids = [str(row["id"]) for row in waiting if (row["key"] in arrived) is known]
            said[word] += len(ids)
            if ids:
                home.hub("outbox", "resolve", *ids, word)
        home.hub(*_TO_THE_END, ends=_WAITING)
    return said


def _files(folder: Path) -> Counter[str]:
    """How often each content lies in the folder, by SHA-256."""
    return Counter(sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file())


def _too_many(rule: str, kills: Sequence[Kill], before: Sequence[Letter], letters: Sequence[Letter]) -> Iterator[str]:
    """`ask`: no doubles at all; `repeat`: at most one for each lost answer and each row with `begun` at a kill."""
    if rule == ASK:
        if doubles(before) or doubles(letters):
            yield f"{doubles(before)} doubles before a person spoke, {doubles(letters)} after"
        return
    bound = lost_answers(letters) + sum(kill.flight.begun.get("mail", 0) for kill in kills)
    if doubles(letters) > bound:
        yield f"{doubles(letters)} doubles, at most {bound} can be explained"


def _proves_little(kills: Sequence[Kill]) -> Iterator[str]:
    """A kill while nothing had begun shows little; most must be better."""
    telling = sum(kill.flight.all_begun > 0 for kill in kills)
    if telling < len(kills) * _TELLING:
        yield f"only {telling} of {len(kills)} kills fell while a row had begun"


def _tell(tried: Trial) -> None:
    table = Table(title=f"--on-uncertain {tried.rule}")
    for heading in ("kill", "at", "in flight", "begun", "of them mail", "folder"):
        table.add_column(heading, justify="right")
    for kill in tried.kills:
        begun = kill.flight.begun
        figures = (sum(kill.flight.held.values()), kill.flight.all_begun, begun.get("mail", 0), begun.get("archive", 0))
        table.add_row(str(kill.n), f"{kill.at:.1f} s", *map(str, figures))
    Console().print(table)
    print(f"{tried.letters} letters, {tried.doubles} doubles, {tried.lost_answers} answers lost; a person said arrived")
    print(f"of {tried.said_arrived} and send again of {tried.said_resend}; {tried.seconds:.0f} s in all")
    print("every promise kept" if not tried.broken else "BROKEN: " + "; ".join(tried.broken))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
