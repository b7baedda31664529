"""One process of several that use one login: `worker.py HOME DIVISION CONNECTION`, the last as JSON."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from hub.app import Hub
from hub.config import Config
from hub_exact.client import Client
from hub_exact.settings import App
from hub_exact.wire import Wire

SECONDS = 8.0


def main(home: str, division: str, connection: str) -> None:
    """Read from one company over several lives of an access token."""
    hub = Hub.open(Config(home=Path(home)))
    tools, app = hub.tools("connection:1"), App.model_validate(json.loads(connection))
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        client = Client.on(Wire(tools.http(), app, datetime.now(UTC)), tools.vault)
        client.read(f"{division}/financial/Journals", "Code", "Type eq 20")
    hub.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
