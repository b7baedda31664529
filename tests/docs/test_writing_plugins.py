"""The plugin in docs/writing-plugins.md works as it stands there."""

from __future__ import annotations

import re
import threading
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from hub.app import Hub
from hub.app.configure import Values, Wanted, add_destination
from hub.app.places import test as health_of
from hub.config import Config
from hub.core.document import Direction, Given, Incoming
from hub.core.runner import Ended, Until
from hub.core.store import companies, views
from hub.plugins import hookspecs
from hub.testing.specimen import sample_document

PAGE = Path(__file__).parents[2] / "docs" / "writing-plugins.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)


@pytest.fixture
def tray() -> ModuleType:
    module = ModuleType("hub_tray")
    exec(compile(blocks("python")[0], str(PAGE), "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - ours
    return module


def test_the_destination_on_the_page_delivers_a_paper(tray: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / "tray"
    folder.mkdir()
    hub = Hub.init(Config(home=tmp_path / "home"))
    hub.host.add("tray", tray)
    with hub.db.write() as tx:
        companies.add(tx, "0765432146", "Proef BV")
    wanted = Wanted(name="tray", plugin="tray", values=Values({"folder": str(folder)}), from_date=date(2000, 1, 1))
    add_destination(hub, wanted)
    assert health_of(hub, "tray").ok
    paper = sample_document().original.read()
    arrived = hub.intake.accept([Incoming(name="a.xml", data=paper, given=Given(direction=Direction.SALES))])
    assert [one.result for one in arrived] == ["accepted"]
    assert hub.run(Until.EMPTY, timeout=30, only=(), told=threading.Event()) is Ended.DONE
    with hub.db.read() as conn:
        (delivery,) = views.deliveries(conn)
    assert (folder / delivery["key"]).read_bytes() == paper
    assert delivery["receipt"]["reference"] == str(folder / delivery["key"])
    hub.close()


def test_every_hook_has_its_line_on_the_page() -> None:
    hooks = [name for name, one in vars(hookspecs).items() if hasattr(one, "hub_spec")]
    rows = [row for row in PAGE.read_text().splitlines() if row.startswith("| `")]
    missing = [hook for hook in hooks if not any(f"`{hook}(" in row for row in rows)]
    assert hooks
    assert missing == []
