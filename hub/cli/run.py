"""`hub run`: deliver, headless, until told to stop or nothing is left."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Sequence

import click

from hub.cli.output import Output
from hub.cli.processes import family, follow_parent, listen, start_anew
from hub.cli.serve import beside
from hub.cli.session import opened, printing
from hub.core.runner import Ended, Until
from hub.errors import UsageError

_EXIT = {Ended.DONE: 0, Ended.STOPPED: 0, Ended.WORN: 0, Ended.WAITING: 5, Ended.TIMED_OUT: 3}


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
    listen(told)
    if child:
        threading.Thread(target=follow_parent, args=(told,), name="parent", daemon=True).start()
    elif workers > 1:
        with opened() as hub, beside(hub, http):
            return family(workers, told, keep=until is Until.TOLD)
    with opened() as hub, beside(hub, "" if child else http):
        out.say("delivering; stop with Ctrl-C or SIGTERM" if until is Until.TOLD else "delivering")
        began = time.monotonic()
        ended = hub.run(until, timeout=timeout, only=only, told=told)
    sys.stdout.flush()
    sys.stderr.flush()
    if ended is Ended.WORN and not told.is_set():
        start_anew(None if timeout is None else max(0.0, began + timeout - time.monotonic()))
    os._exit(_EXIT[ended])  # the carrying threads are daemons; nothing of theirs is waited for
