"""`hub run`: deliver, headless, until told to stop or nothing is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from types import FrameType

import click

from hub.cli.output import Output
from hub.cli.serve import beside
from hub.cli.session import opened, printing
from hub.core.runner import Ended, Until
from hub.errors import UsageError

_EXIT = {Ended.DONE: 0, Ended.STOPPED: 0, Ended.WAITING: 5, Ended.TIMED_OUT: 3}


@click.command("run")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="How many processes.")
@click.option("--until-empty", is_flag=True, help="End when nothing is left that can be delivered.")
@click.option("--timeout", type=float, metavar="S", help="With --until-empty: at most so many seconds (exit 3).")
@click.option("--once", is_flag=True, help="Deliver what is due now, then end.")
@click.option("--only", metavar="DEST", multiple=True, help="Only this destination; repeat it.")
@click.option("--http", metavar="HOST:PORT", default="", help="Serve the pages and /healthz meanwhile, as `hub serve`.")
@click.option(
    "--child", is_flag=True, hidden=True, help="One of several: end when the parent, on standard input, ends."
)
@printing
def run_command(
    workers: int,
    until_empty: bool,
    timeout: float | None,
    once: bool,
    only: Sequence[str],
    http: str,
    child: bool,
    out: Output,
) -> int:
    """Deliver and trace. SIGTERM ends it cleanly: what is on the wire gets 7 s to finish.

    With --until-empty or --once: exit 5 when something is held, rejected or uncertain, or waits at a blocked place.
    """
    if until_empty and once:
        raise UsageError("--until-empty and --once do not go together", action="choose one")
    until = Until.EMPTY if until_empty else Until.ONCE if once else Until.TOLD
    told = threading.Event()
    _listen(told)
    if child:
        threading.Thread(target=_follow_parent, args=(told,), name="parent", daemon=True).start()
    elif workers > 1:
        with opened() as hub, beside(hub, http):
            return _family(workers, told)
    with opened() as hub, beside(hub, "" if child else http):
        out.say("delivering; stop with Ctrl-C or SIGTERM" if until is Until.TOLD else "delivering")
        ended = hub.run(until, timeout=timeout, only=only, told=told)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(_EXIT[ended])  # the carrying threads are daemons; nothing of theirs is waited for


def _listen(told: threading.Event) -> None:
    """The first signal stops cleanly, the second at once."""

    def hear(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's shape
        if told.is_set():
            os._exit(128 + number)
        told.set()

    signal.signal(signal.SIGTERM, hear)
    signal.signal(signal.SIGINT, hear)


def _follow_parent(told: threading.Event) -> None:
    """A parent that was killed cannot tell its children to stop; the end of their standard input does."""
    sys.stdin.buffer.read()
    told.set()


def _family(workers: int, told: threading.Event) -> int:
    """So many processes of the same command; signals go to all, the worst exit code is ours."""
    words = [word for word in sys.argv[1:] if not word.startswith("--workers=")]
    if "--workers" in words:
        at = words.index("--workers")
        del words[at : at + 2]
    environment = {name: value for name, value in os.environ.items() if name != "HUB_RUN_WORKERS"}
    command = [sys.executable, "-m", "hub", *words, "--child"]
    # In a group of their own: Ctrl-C would reach them beside our SIGTERM, and the second signal ends without draining.
    children = [
        subprocess.Popen(command, env=environment, process_group=0, stdin=subprocess.PIPE)  # noqa: S603 - ours
        for _ in range(workers)
    ]
    while any(child.poll() is None for child in children):
        if told.wait(0.2):
            for child in children:
                child.terminate()
            break
    codes = [child.wait() for child in children]
    if told.is_set():  # a child that was still starting has not begun to listen, and has nothing to drain
        codes = [0 if code == -signal.SIGTERM else code for code in codes]
    return max(code if code >= 0 else 128 - code for code in codes)
