"""`hub demo`: the main job done before one's eyes, offline, in a home of its own."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hub.cli.output import Output
from hub.errors import UsageError

if TYPE_CHECKING:  # all that is imported before the first line makes people wait for it
    from hub.demo.story import Told

_FOUND_PROBLEMS = 6


# Not `printing` of hub.cli.session: it would import the database before the first line.
@click.command("demo")
@click.option("--keep", metavar="DIR", type=click.Path(path_type=Path), help="Stay in this new folder, to look around.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document at the end.")
@click.option("--jsonl", is_flag=True, help="The same in one line.")
def demo_command(keep: Path | None, as_json: bool, jsonl: bool) -> int:
    """See the main job done: invented papers, far sides that misbehave, the pack of a quarter, the proof.

    Exit 6 when something did not come out as planned, or ledger and far sides differ.
    """
    out = Output.of(json=as_json, jsonl=jsonl)
    out.say("hub demo: papers on their way to the bookkeeper, offline, in about ten seconds")
    for package, what in (("aiosmtpd", "mail server"), ("uvicorn", "office's pages")):
        if importlib.util.find_spec(package) is None:
            raise UsageError(f"the demo's {what} needs {package}", action="pip install 'bookkeeper-hub[demo,portal]'")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a temporary home goes away then, too
    with _folder(keep) as root:
        told = _played(root, keep is not None, out)
    if as_json or jsonl:
        out.one(_record(told, None if keep is None else root))
    return _FOUND_PROBLEMS if told.surprises else 0


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """A new folder that stays, or a temporary one that goes."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="hub-demo-") as name:
            yield Path(name)
        return
    root = keep.expanduser().absolute()
    try:
        root.mkdir(parents=True, exist_ok=True)
        taken = any(root.iterdir())
    except OSError as error:
        raise UsageError(f"cannot make the folder {root}: {error.strerror}", action="choose another") from error
    if taken:
        raise UsageError(f"{root} is not empty", code="not_empty", action="give a new folder with --keep")
    yield root


def _played(root: Path, stays: bool, out: Output) -> Told:
    from hub.demo import closing  # noqa: PLC0415 - after the first line
    from hub.demo.places import Stage  # noqa: PLC0415 - likewise
    from hub.demo.story import play  # noqa: PLC0415 - likewise
    from hub.demo.telling import Telling  # noqa: PLC0415 - likewise

    stage, tell = Stage(root), Telling(out.say)
    told = play(stage, tell)
    if told.surprises:
        tell.heading("This did not come out as planned:")
        tell.table([("-", surprise) for surprise in told.surprises])
    here = closing.Installed(python=Path(sys.executable), found=shutil.which("hub"), environment=os.environ)
    if stays:
        closing.kept(tell, stage, told, here)
    else:
        closing.not_kept(tell, here)
    return told


def _record(told: Told, root: Path | None) -> dict[str, Any]:
    waiting = [
        {"what": one.what, "why": one.why, "turn": one.turn, "commands": [f"hub {words}" for words in one.commands]}
        for one in told.waiting
    ]
    return {
        "folder": root,
        "imported": told.imported,
        "destinations": told.places,
        "waiting": waiting,
        "pack": {**told.pack, "path": told.pack["path"] if root else None},
        "checked": told.checked,
        "surprises": told.surprises,
    }
