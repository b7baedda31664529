"""Run the far side as a process until SIGTERM or SIGINT; its first line is its address."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from hub.testing.exact.oauth import App
from hub.testing.exact.seeds import COMPANIES
from hub.testing.exact.server import ExactServer
from hub.testing.exact.site import Setup
from hub.testing.exact.texts import LANGUAGES


def main(arguments: Sequence[str] | None = None) -> None:
    """Start, say where, and wait for the signal."""
    given = vars(_parser().parse_args(arguments))
    app = App(*(given.pop(name) for name in ("client_id", "client_secret", "redirect_uri")))
    companies = dict(given.pop("company")) or COMPANIES
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # before there are threads: they inherit it
    with ExactServer(Setup(**given, apps=(app,), companies=companies)) as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        signal.sigwait(ends)


def _parser() -> argparse.ArgumentParser:
    default, app = Setup(), App()
    parser = argparse.ArgumentParser(prog="python -m hub.testing.exact", description=__doc__)
    add = parser.add_argument
    add("--port", type=int, default=0)
    add("--ledger", type=Path, help="append a JSON line for everything that happens; gone on with at a new start")
    add("--time-scale", type=float, default=1.0, help="divides every time of the wire")
    add("--seed", type=int, default=0)
    add("--faults", default="", help="such as 'lose_answer=0.1@SalesEntries too_many=#3'")
    add("--language", choices=LANGUAGES, default="nl")
    for name in ("per_minute", "per_day", "errors_per_hour", "token_calls_per_day"):
        add(f"--{name.replace('_', '-')}", type=int, default=getattr(default, name))
    add("--expires-in", default="600", help="what a token answer tells")
    add("--unforgiving", dest="forgiving", action="store_false", help="refuse an old refresh token at once")
    add("--any-list", dest="must_filter", action="store_false", help="let lists be asked for without $filter")
    for name in ("client_id", "client_secret", "redirect_uri"):
        add(f"--{name.replace('_', '-')}", default=getattr(app, name))
    add("--company", type=_company, action="append", default=[], help="DIVISION=ENTERPRISE_NUMBER:NAME")
    return parser


def _company(text: str) -> tuple[int, tuple[str, str]]:
    division, _, rest = text.partition("=")
    number, _, name = rest.partition(":")
    return int(division), (name, number)


if __name__ == "__main__":
    main()
