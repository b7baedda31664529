"""A plugin that nobody here wrote: begun by one command, installed beside the hub's wheel, delivering under faults."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.testing import samples
from hub.testing.faults import Faults
from hub.testing.receiver import Answer, Receiver
from hub.testing.webhook import WebhookReceiver
from tests.acceptance.installation import ROOT, Installation, built
from tests.acceptance.papers import COMPANY

SECRET = f"whsec_{base64.b64encode(bytes(range(32))).decode()}"
PAPERS = 50
# Every third of the first 39 tries goes wrong, each kind several times; never five in a row, which would be a breaker.
FAULTS = "fail=#3,18,33 greylist=#6,21,36 lose_answer=#9,24,39 drop=#12,27 hang=#15,30"
LOST = 5  # answers that are lost after the receiver has kept the event: three lost, two that hang


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The hub's wheel and the stranger's."""
    folder = tmp_path_factory.mktemp("wheels")
    return built(ROOT, folder), built(ROOT / "examples" / "hub-webhook", folder)


@pytest.fixture(scope="module")
def both(wheels: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The hub and the stranger's plugin, in a fresh environment."""
    folder = tmp_path_factory.mktemp("both")
    return Installation.new(folder / "env", wheels, folder / "home")


@pytest.fixture(scope="module")
def alone(wheels: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The hub without it."""
    folder = tmp_path_factory.mktemp("alone")
    return Installation.new(folder / "env", wheels[:1], folder / "home")


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver(SECRET) as server:
        yield server


@pytest.fixture
def hub(both: Installation, receiver: WebhookReceiver, tmp_path: Path) -> Installation:
    """A home with a webhook as its destination."""
    hub = both.at(tmp_path / "home")
    hub.one("init", "--company", "Voorbeeld NV", "--enterprise-number", COMPANY)
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    settings = (
        "--set",
        f"url={receiver.url}/papers",
        "--set",
        "timeout=3",
        "--secret",
        f"secret=@{tmp_path / 'secret'}",
    )
    hub.one("destination", "add", "crm", "webhook", *settings)
    return hub


def _papers(folder: Path, count: int) -> Path:
    folder.mkdir()
    today = datetime.now(UTC).date()
    for n in range(1, count + 1):
        (folder / f"{n}.xml").write_bytes(samples.invoice(number=f"F-{n}", issue_date=today, pdf=samples.pdf(f"F-{n}")))
    return folder


def test_the_hub_of_the_environment_is_its_wheel(both: Installation) -> None:
    seen = both.python("-c", "import hub, hub_webhook; print(hub.__file__, hub_webhook.__file__)")
    assert seen.code == 0, seen
    assert all(str(both.folder) in path for path in seen.out.split())


def test_the_stranger_s_plugin_is_listed_and_passes_its_check(both: Installation) -> None:
    listed = {one["name"]: one for one in both.lines("plugin", "list")}
    assert listed["webhook"] == {
        "name": "webhook",
        "version": "0.1.0",
        "distribution": "hub-webhook",
        "state": "loaded",
        "reason": "",
    }
    assert {one["state"] for one in listed.values()} == {"loaded"}
    checked = both("plugin", "check", "webhook", "--json")
    assert checked.code == 0, checked
    assert all(step["ok"] for step in checked.one["steps"])


def test_fifty_papers_reach_a_receiver_that_fails_each_once(
    hub: Installation, receiver: WebhookReceiver, tmp_path: Path
) -> None:
    receiver.faults = Faults.parse(FAULTS)
    assert len(hub.lines("import", _papers(tmp_path / "papers", PAPERS))) == PAPERS
    ran = hub("run", "--until-empty", "--timeout", "60")
    assert ran.code == 0, ran
    deliveries = hub.lines("outbox", "list")
    assert {(one["state"], one["receipt"]["reference"] == one["key"]) for one in deliveries} == {("delivered", True)}
    taken = receiver.taken
    assert sorted(one.id for one in taken) == sorted(one["key"] for one in deliveries)
    assert len({one.event["data"]["number"] for one in taken}) == PAPERS
    assert receiver.turned_away == []  # every signature was good, and a repeat had the same bytes
    assert Counter(one.times for one in taken) == {1: PAPERS - LOST, 2: LOST}
    assert hub("verify").code == 0


def test_without_the_plugin_its_destination_waits_and_the_rest_goes_on(
    hub: Installation, alone: Installation, receiver: WebhookReceiver, tmp_path: Path
) -> None:
    hub.one("destination", "add", "map", "ubl_export", "--set", f"path={tmp_path / 'map'}")
    hub.lines("import", _papers(tmp_path / "papers", 1))
    removed = alone.at(hub.home)
    assert removed("run", "--until-empty", "--timeout", "30").code == 5
    assert {one["destination"]: one["state"] for one in removed.lines("outbox", "list")} == {
        "crm": "queued",
        "map": "delivered",
    }
    [place] = [one for one in removed.lines("destination", "list") if one["name"] == "crm"]
    assert (place["state"], place["reason"]) == ("blocked", "settings_wrong")
    [waiting] = [one["id"] for one in removed.lines("outbox", "list") if one["destination"] == "crm"]
    assert "plugin webhook: is not installed" in removed.one("outbox", "why", waiting)["cause"]
    hub.one("destination", "resume", "crm")
    assert hub("run", "--until-empty", "--timeout", "30").code == 0
    assert [one.times for one in receiver.taken] == [1]


def test_a_plugin_that_cannot_be_loaded_is_quarantined_with_its_reason(
    wheels: tuple[Path, Path], tmp_path: Path
) -> None:
    hub = Installation.new(tmp_path / "env", wheels, tmp_path / "home")
    [module] = hub.folder.glob("lib/python3*/site-packages/hub_webhook/signature.py")
    module.write_text("from hub import no_such_name\n")
    listed = {one["name"]: one for one in hub.lines("plugin", "list")}
    assert listed["webhook"]["state"] == "quarantined"
    assert "no_such_name" in listed["webhook"]["reason"]
    assert {one["state"] for name, one in listed.items() if name != "webhook"} == {"loaded"}
    checked = hub("plugin", "check", "webhook", "--json")
    assert (checked.code, [step["name"] for step in checked.one["steps"]]) == (6, ["load"])


def test_a_new_plugin_installs_keeps_the_contract_and_delivers(alone: Installation, tmp_path: Path) -> None:
    made = alone.one("plugin", "new", "tray_box", "--dir", tmp_path)
    assert Path(made["path"]) == tmp_path / "hub-tray-box"
    alone.install("--editable", made["path"])
    checked = alone("plugin", "check", "tray_box", "--json")
    assert checked.code == 0, checked
    kit = checked.one["steps"][-1]
    assert (kit["name"], "passed" in kit["message"], "failed" in kit["message"]) == ("kit", True, False)
    hub = alone.at(tmp_path / "home")
    hub.one("init", "--company", "Voorbeeld NV", "--enterprise-number", COMPANY)
    (tmp_path / "token").write_text("an-invented-token")
    with Receiver(lambda _: Answer(201)) as receiver:
        settings = ("--set", f"url={receiver.url}", "--secret", f"token=@{tmp_path / 'token'}")
        hub.one("destination", "add", "tray", "tray_box", *settings)
        hub.lines("import", _papers(tmp_path / "papers", 1))
        assert hub("run", "--until-empty", "--timeout", "30").code == 0
    [request] = receiver.requests
    assert request.body == (tmp_path / "papers" / "1.xml").read_bytes()
    assert request.headers["idempotency-key"] == hub.lines("outbox", "list")[0]["key"]
