"""Every failpoint by every action at its 1st, 2nd, ... passing, until it is passed no more; then the logs are read.

`python -m bench.chaos.exhaust [POINT...]`: all points, or these; `--first` stops after the first passing. Exit 1 when
a promise is broken, or a point was never passed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from bench import ledgers
from bench.chaos.forked import sprung
from bench.chaos.scene import ASKING, INIT, SLOTS, Scene
from bench.chaos.verdict import by_folder, by_mail, overlapping
from bench.furnish import books_of
from bench.promises import counted
from bench.relay import Letter
from hub.core.pack_check import verify_pack
from hub.failpoints import ACTIONS, POINTS
from hub.testing.samples import ubl

PAPERS = 20
_DELAY = "delay:20-40"
_UNTIL_THE_OTHER_HAS_LOOKED = 0.2  # seconds a process stands still in a transaction, which nobody can look past
_LEAVES_DOUBT = frozenset({"kill", "exit", "stop"})  # of what the process had under way
_AFTER_THE_MARK = frozenset(
    {"mark.committed", "deliver.begin", "send.request_written", "send.response_read", "deliver.returned", "step.stored"}
)
# Who stood still between his last look at the lease and the first byte of the call is told so, and reads again.
_SPENT = "a spent refresh token"
_IN_A_TRANSACTION = frozenset(
    {"ingest.before_commit", "settle.before_commit", "claim.lost_row", "pack.before_commit", "migrate.step"}
)


@dataclass(frozen=True, slots=True)
class Walk:
    """A command that passes some points: in which state of the scene it begins, and what must be true at the end."""

    state: str
    words: Callable[[Scene], tuple[str, ...]]
    broken: Callable[[Scene, Trial], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Trial:
    """One trap. `fired` says whether anything came by."""

    point: str
    action: str
    n: int = 1
    fired: bool = False
    broken: tuple[str, ...] = ()

    @property
    def trap(self) -> str:
        """As HUB_FAILPOINTS takes it."""
        return f"{self.point}={_DELAY if self.action == 'delay' else self.action}@{self.n}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Try and tell."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos.exhaust", description=__doc__)
    parser.add_argument("points", nargs="*", metavar="POINT", help="all by default")
    parser.add_argument("--actions", default=",".join(sorted(ACTIONS)), help="default: %(default)s")
    parser.add_argument("--papers", type=int, default=PAPERS, help="default: %(default)s")
    parser.add_argument("--first", action="store_true", help="only the first passing of each")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="hub-points-") as folder:
        scene = Scene.built(Path(folder), given.papers)
        good = [_told(exhausted(scene, point, given)) for point in given.points or POINTS]
    return 0 if all(good) else 1


def exhausted(scene: Scene, point: str, given: argparse.Namespace) -> Iterator[Trial]:
    """All trials of a point: each action at each passing."""
    for action in given.actions.split(","):
        for n in itertools.count(1):
            done = tried(scene, Trial(point, action, n))
            yield done
            if not done.fired or given.first:
                break


def tried(scene: Scene, trial: Trial) -> Trial:
    """Let a trap spring, let others go on, and judge by what the far sides have."""
    walk = _walk_of(trial.point)
    scene.put_back(walk.state)
    with scene.far_sides():
        words = walk.words(scene)
        child = scene.home.started(*words, trap=trial.trap)
        if child.stopped_or_ended():
            _meanwhile(scene, walk, trial)
            child.go_on()
            child.stopped_or_ended()
        fired = bool(sprung(scene.work / "log"))
        if trial.action in _LEAVES_DOUBT or child.code not in {0, 5}:
            scene.home.hub(*words, ends=(0, 5))  # it may come again
        if walk.state != "empty":
            scene.finish()
        broken = (*walk.broken(scene, trial), *_verified(scene))
    return Trial(trial.point, trial.action, trial.n, fired, broken)


def _meanwhile(scene: Scene, walk: Walk, trial: Trial) -> None:
    """Another process does what the one that stands still was about to do; nobody can while it holds the database."""
    if trial.point in _IN_A_TRANSACTION or not scene.leases_end(patience=0.2):
        time.sleep(_UNTIL_THE_OTHER_HAS_LOOKED)
        return
    scene.home.hub(*walk.words(scene), ends=(0, 5))


def _told(trials: Iterator[Trial]) -> bool:
    """Print a line for a point; True when all is well with it."""
    since, done = time.monotonic(), list(trials)
    fired, point = sum(one.fired for one in done), done[0].point
    never = sorted({one.action for one in done} - {one.action for one in done if one.fired})
    broken = [f"{one.trap}: {what}" for one in done for what in one.broken]
    broken += [f"{point} was never passed by {', '.join(never)}"] if never else []
    print(f"{point:<24} {fired:>4} of {len(done):>4} fired  {time.monotonic() - since:5.0f} s  ", end="")
    print("kept" if not broken else "BROKEN " + "; ".join(broken), flush=True)
    return not broken


def _walk_of(point: str) -> Walk:
    part = point.partition(".")[0]
    if point == "claim.lost_row":
        return _WALKS["lost"]
    return _WALKS.get(part, _WALKS["run"])


def _delivered(scene: Scene, trial: Trial) -> Iterator[str]:
    """Each paper once at each far side, under one key; doubles only of letters that were under way."""
    (mailed, _), (booked, _) = books_of().items()
    wanted = {sha256(ubl(one.paper)).hexdigest(): mailed for one in scene.papers if one.division == mailed}
    letters = scene.letters()
    careful = [letter for letter in letters if letter.to == ASKING]
    repeated = [letter for letter in letters if letter.to != ASKING]
    yield from by_mail(wanted, repeated)
    yield from _once(wanted, careful)
    yield from by_folder(wanted, {mailed: _files(scene.work / "archive")})
    books = ledgers.broken([one for one in scene.papers if one.division == booked], scene.books)
    yield from (what for what in books if not (trial.action == "stop" and what.startswith(_SPENT)))
    left = scene.sql("SELECT state, reason, count(*) FROM delivery WHERE state <> 'delivered' GROUP BY 1, 2")
    yield from (f"{count} deliveries are {state} {reason}" for state, reason, count in left)
    keys = {
        key
        for (key,) in scene.sql(
            "SELECT key FROM delivery JOIN destination ON destination.id = destination_id WHERE plugin = 'email'"
        )
    }
    yield from counted("keys are known to one side only", keys ^ {letter.key for letter in letters})
    doubles = len(repeated) - len({letter.message_id for letter in repeated})
    if doubles > (most := _doubles_borne(trial)):
        yield f"{doubles} letters came twice, at most {most} can be explained"
    if trial.action != "stop":
        yield from counted("letters of one key were under way twice at once", list(overlapping(letters)))


def _once(wanted: Collection[str], letters: Sequence[Letter]) -> Iterator[str]:
    """Where a person is asked, nothing comes twice: whatever may have arrived waited for his word."""
    arrived = Counter(letter.paper for letter in letters)
    yield from counted("papers never arrived where a person is asked", set(wanted) - set(arrived))
    yield from counted("papers were sent twice without a person", [paper for paper, n in arrived.items() if n > 1])


def _doubles_borne(trial: Trial) -> int:
    """What was under way when the process ended: in each thread one, and one whose outcome was not written yet."""
    if trial.action == "delay":
        return 0
    fatal = trial.action in _LEAVES_DOUBT or trial.point.startswith(("settle.", "claim."))
    return 2 * SLOTS if fatal else int(trial.point in _AFTER_THE_MARK)


def _taken_in(scene: Scene, trial: Trial) -> Iterator[str]:
    """Each paper is there once; the rest of its way is that of the other walks."""
    [(documents,)] = scene.sql("SELECT count(*) FROM document")
    if documents != len(scene.papers):
        yield f"{documents} documents, not {len(scene.papers)}"
    yield from _delivered(scene, Trial(trial.point, "delay"))


def _packed(scene: Scene, trial: Trial) -> Iterator[str]:  # noqa: ARG001 - a walk's shape
    """The folder has the pack once, and whole."""
    packs = [path for path in (scene.work / "archive").rglob("*.zip") if not path.name.startswith(".")]
    if len(packs) != 1:
        yield f"{len(packs)} packs in the folder"
    yield from (f"{path.name}: {problem.message}" for path in packs for problem in verify_pack(path))


def _opened(scene: Scene, trial: Trial) -> Iterator[str]:  # noqa: ARG001 - a walk's shape
    """The schema is whole: the home has its company, and works."""
    [(companies,)] = scene.sql("SELECT count(*) FROM company")
    if companies != 1:
        yield f"{companies} companies"


def _verified(scene: Scene) -> Iterator[str]:
    problems = json.loads(scene.home.hub("verify", "--json", ends=(0, 6)))["problems"]
    yield from (f"hub verify: {problem}" for problem in problems)


def _files(folder: Path) -> Counter[str]:
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return Counter(sha256(path.read_bytes()).hexdigest() for path in found)


def _export(_: Scene) -> tuple[str, ...]:
    division, number = next(iter(books_of().items()))
    return ("export", "run", "--period", "2026Q1", "--company", number, "--to", f"folder-{division}")


_WALKS = {
    "run": Walk("full", lambda _: ("run", "--once"), _delivered),
    "lost": Walk("lost", lambda _: ("run", "--once"), _delivered),
    "ingest": Walk("furnished", lambda scene: ("import", str(scene.folder / "papers")), _taken_in),
    "pack": Walk("full", _export, _packed),
    "export": Walk("full", _export, _packed),
    "migrate": Walk("empty", lambda _: INIT, _opened),
}


if __name__ == "__main__":
    sys.exit(main())
