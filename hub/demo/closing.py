"""The last words of the demo: what to type to look around in what was kept, or how to keep it next time."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.demo.places import INVITED, Stage
from hub.demo.stage import LOOPBACK
from hub.demo.story import Told
from hub.demo.telling import Telling


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """Where this hub runs: its Python, the `hub` that a person's shell finds, and that person's environment."""

    python: Path
    found: str | None
    environment: Mapping[str, str]

    @property
    def program(self) -> Path:
        """The `hub` that belongs to this Python."""
        return self.python.parent / "hub"

    @property
    def on_path(self) -> bool:
        """Whether typing `hub` runs this one."""
        return self.found is not None and Path(self.found).resolve() == self.program.resolve()


def not_kept(tell: Telling, installed: Installed) -> None:
    """The home is gone: say how to get one that stays."""
    tell.heading("That was a temporary home, and it is gone. To look around in one that stays:")
    tell.exactly(f"{'hub' if installed.on_path else shlex.quote(str(installed.program))} demo --keep DIR")


def kept(tell: Telling, stage: Stage, told: Told, installed: Installed) -> None:
    """What lies where, and commands that work as they stand."""
    tell.heading("What to look at")
    tell.exactly(f"in {stage.root}")
    tell.table(
        [
            (f"{stage.papers.name}/", "the papers of all three firms, as they came"),
            (f"{stage.mails.name}/", "what the mail server took; a mail program opens them"),
            (f"{stage.archive.name}/", "the folder that papers went to"),
            (stage.exact_ledger.name, "what Exact was asked and what it booked"),
            (stage.codabox_log.name, "what CodaBox took"),
            (stage.pack.name, "the quarter, as a bookkeeper gets it; index.csv lists it"),
        ]
    )
    tell.heading("What to type")
    for line in _commands(stage, told, installed):
        tell.exactly(line)
    tell.heading("What to open, each in a terminal of its own")
    tell.table(
        [
            ("hub tui", "the dashboard: what waits, and the keys that settle it"),
            ("hub serve", "the office's pages: http://127.0.0.1:8484/partner/"),
            ("", f"log in as {INVITED}; the link is mailed"),
            ("", f"to {stage.mails.name}/, once the mail server below runs"),
        ]
    )
    tell.heading("When you let something go, start the mail server in another terminal first:")
    root = shlex.quote(str(stage.root))
    tell.exactly(
        f"{shlex.quote(str(installed.python))} -m hub.testing.smtp --port {told.port} --keep {root}/{stage.mails.name}"
    )
    tell.exactly("hub run --until-empty")


def _commands(stage: Stage, told: Told, installed: Installed) -> Iterator[str]:
    root = shlex.quote(str(stage.root))
    if not installed.on_path:
        yield f'export PATH={shlex.quote(str(installed.program.parent))}:"$PATH"'
    # The person's own database must not be what these commands look at.
    other = " HUB_DATABASE_URL=" if installed.environment.get("HUB_DATABASE_URL") else ""
    yield f"export HUB_HOME={root}/{stage.home.name} HUB_ALLOW_NETWORKS={LOOPBACK}{other}"
    yield "hub status"
    yield "hub outbox list --filter state:held,uncertain"
    yield f"hub outbox attempts {told.retried}"
    yield "hub doc list --filter kind:purchase_invoice"
    yield f"hub export verify {root}/{stage.pack.name}"
    yield "hub verify"
