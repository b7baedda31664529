"""Once in the books: papers to an Exact server that fails at random, two processes, kills, tokens that live seconds.

Two companies (divisions) share one connection, and so one chain of tokens. What counts is what the server's own ledger
says at the end. Run it with `python -m bench.booked`; exit 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench import ledgers
from bench.flight import Flight, Watched, watching
from bench.furnish import add_books, add_companies, books_of, connect_exact
from bench.home import Home
from hub.testing.exact import Books, Remote, running

_SCALE = 60  # a token lives 10 seconds, its window is half a second, a minute's calls are back after a second
_FAULTS = (
    "lose_answer=0.08@POST lose_request=0.05 slow=0.05@:1 server_error=0.04@POST server_error+=0.04@POST "
    "unavailable=0.04 too_many=0.04 maintenance=0.03@GET lose_tokens=#3,9"
)
_LOOK = 0.005
_PATIENCE = 60.0
_PAUSE = (0.5, 3.0)  # seconds between two kills
_IN_TROUBLE = ("run", "--until-empty", "--timeout", "90")
_TO_THE_END = ("run", "--until-empty", "--timeout", "400")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is tried; `lease` in seconds."""

    papers: int = 100
    kills: int = 10
    seed: int = 1
    lease: int = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Try it and tell."""
    parser = argparse.ArgumentParser(prog="python -m bench.booked", description=__doc__)
    usual = Plan(seed=random.SystemRandom().randrange(10_000))
    for field in ("papers", "kills", "seed"):
        parser.add_argument(f"--{field}", type=int, default=getattr(usual, field), help="default: %(default)s")
    plan = Plan(**vars(parser.parse_args(arguments)))
    print(f"{plan.papers} papers, {plan.kills} kills, --seed {plan.seed}")
    with tempfile.TemporaryDirectory(prefix="hub-booked-") as folder:
        broken = trial(plan, Path(folder))
    print("every promise kept" if not broken else "BROKEN: " + "; ".join(broken))
    return 1 if broken else 0


def trial(plan: Plan, folder: Path) -> list[str]:
    """Book and kill, let it end, and judge by the far side's ledger; returns the promises that were broken."""
    start = time.monotonic()
    papers = ledgers.sold(plan.papers)
    paths = ledgers.write(papers, folder / "papers")
    ledger = folder / "exact.jsonl"
    far_side = ("--ledger", str(ledger), "--time-scale", str(_SCALE), "--seed", str(plan.seed), "--faults", _FAULTS)
    with running(*far_side, "--token-calls-per-day", "100000", "--per-day", "100000") as (exact, _):
        home = _furnished(plan, folder, exact)
        flights = _kills(home, plan, paths)
        home.hub(*_IN_TROUBLE, ends=(0, 3, 5))
        exact.recover()
        home.hub(*_TO_THE_END, ends=(0, 5))
        rows = home.rows("outbox", "list")
    books = Books.read(ledger)
    _tell(books, flights, time.monotonic() - start)
    left = Counter(f"{row['state']} {row['reason']}".strip() for row in rows if row["state"] != "delivered")
    checked = json.loads(home.hub("verify", "--json", ends=(0, 6)))["problems"]
    telling = sum(flight.all_begun > 0 for flight in flights)
    return [
        *ledgers.broken(papers, books),
        *(f"{count} deliveries are {state}" for state, count in sorted(left.items())),
        *(f"hub verify: {problem}" for problem in checked),
        *(
            [f"only {telling} of {len(flights)} kills fell while a row had begun"]
            if telling < len(flights) * 0.8
            else []
        ),
    ]


def _furnished(plan: Plan, folder: Path, exact: Remote) -> Home:
    """A home with both companies, one connection that is logged in, and a destination for each company."""
    home = Home.made(folder / "home", HUB_ALLOW_NETWORKS="127.0.0.0/8", HUB_LEASE=str(plan.lease))
    connect_exact(home, exact, _SCALE, folder)
    add_companies(home)
    for division, number in books_of().items():
        add_books(home, division, "--from", ledgers.SINCE, "--company", number)
    return home


def _kills(home: Home, plan: Plan, paths: Sequence[Path]) -> list[Flight]:
    """Two processes deliver; a portion comes in, and one is killed while it has rows with `begun`, and started anew."""
    chance = random.Random(plan.seed)  # noqa: S311 - a plan that can be repeated, no secret
    processes = [home.started("run"), home.started("run")]
    try:
        with watching(home.url) as watched:
            office = _Office(home, watched, processes, chance)
            return [office.killed(paths[n :: plan.kills]) for n in range(plan.kills)]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


@dataclass(frozen=True, slots=True)
class _Office:
    """A home with its delivering processes, of which one is killed now and then."""

    home: Home
    watched: Watched
    processes: list[subprocess.Popen[bytes]]
    chance: random.Random

    def killed(self, portion: Sequence[Path]) -> Flight:
        """A portion comes in, and the first process that has begun something is killed and started anew."""
        time.sleep(self.chance.uniform(*_PAUSE))
        self.home.hub("import", *map(str, portion))
        least, until = self.chance.randint(1, 3), time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            for n, process in enumerate(self.processes):
                flight = self.watched.in_flight(process.pid)
                if flight.all_begun >= least or (time.monotonic() > until - _PATIENCE / 2 and flight.held):
                    process.kill()
                    process.wait()
                    flight = self.watched.in_flight(process.pid)
                    self.processes[n] = self.home.started("run")
                    return flight
            time.sleep(_LOOK)
        raise RuntimeError("there was nothing left to kill: give more papers or fewer kills")


def _tell(books: Books, flights: Sequence[Flight], seconds: float) -> None:
    hit = Counter(str(request["fault"]) for request in books.requests if request["fault"])
    events = Counter(str(line["event"]) for line in books.tokens)
    print("rows begun at the kills:", ", ".join(str(flight.all_begun) for flight in flights))
    print(f"{len(books.requests)} requests; faults:", ", ".join(f"{n} {name}" for name, n in sorted(hit.items())))
    print("tokens:", ", ".join(f"{n} {event}" for event, n in sorted(events.items())))
    print(f"{len(books.entries)} entries, {len(books.accounts)} customers; {seconds:.0f} s in all")


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
