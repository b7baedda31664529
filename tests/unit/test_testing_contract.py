"""The contract suite sees what it is there to see: each broken plugin fails the check that is named for it."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

from hub import Absent, Artifact, File, Health, NotSent, PluginInfo, Receipt, Rejected, Role, SettingsError, Step
from hub.errors import NotFoundError, PluginError, Problem, Severity
from hub.testing.contract import BadSetting, DestinationContract, Refusal, make_delivery, sample_document
from hub.testing.hooks import Hooks, load

SECRET = "hunter2-and-a-half"
Checks = DestinationContract()


class Target(BaseModel):
    model_config = ConfigDict(extra="forbid")
    path: str
    token: SecretStr = SecretStr(SECRET)


class LooseTarget(BaseModel):
    path: str


def good(folder: Path) -> dict[str, Callable[..., Any]]:
    """The hooks of a plugin that puts papers in a folder and keeps the contract."""

    def describe() -> PluginInfo:
        return PluginInfo(
            title="Folder",
            summary="Puts papers in a folder.",
            roles=(Role.ARCHIVE,),
            settings=Target,
            takes_packs=True,
            repeatable=True,
            can_trace=True,
            formats=("text",),
        )

    def prepare(document: Any, delivery: Any) -> Artifact:
        return Artifact((File.of(f"{delivery.key}.txt", "text/plain", document.number.encode()),))

    def deliver(prepared: Artifact) -> Receipt:
        if (folder / "refuse").exists():
            raise SettingsError("refused", "the folder refuses")
        (folder / prepared.parts[0].name).write_bytes(prepared.parts[0].read())
        return Receipt(prepared.parts[0].name)

    def prepare_pack(pack: Any) -> Artifact:
        return Artifact((pack.file,))

    def trace(prepared: Artifact) -> Receipt | Absent:
        name = prepared.parts[0].name
        return Receipt(name) if (folder / name).exists() else Absent("no such file")

    def health() -> Health:
        return Health(steps=(Step("folder", folder.exists()),))

    def export(document: Any) -> File:
        return File.of("a.txt", "text/plain", document.number.encode())

    hooks = (describe, prepare, deliver, prepare_pack, trace, health, export)
    return {hook.__name__: hook for hook in hooks} | {"deliver_pack": deliver}


class FolderSide:
    """The folder as the suite sees it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def arrived(self) -> list[str]:
        return [path.name for path in self.folder.iterdir() if path.name != "refuse"]

    def lose_answer(self) -> None:
        """A folder gives no answers."""

    def refuse(self, how: str) -> None:
        (self.folder / "refuse").write_text(how, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    return made


@pytest.fixture
def side(folder: Path) -> FolderSide:
    return FolderSide(folder)


@pytest.fixture
def hooks_with(folder: Path) -> Callable[..., Hooks]:
    """The good plugin with some of its hooks replaced."""

    def make(**broken: Callable[..., Any]) -> Hooks:
        module = ModuleType("broken")
        vars(module).update(good(folder) | broken)
        return Hooks.of(module, {"path": "x"}, None, lambda _: sample_document().original)

    return make


class TestGood(DestinationContract):
    """The good plugin passes; each case below breaks one thing of it."""

    bad_settings = (BadSetting("path", None),)
    refusals = (Refusal("refuses", SettingsError),)

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"path": "x"}

    @pytest.fixture
    def far_side(self, side: FolderSide) -> FolderSide:
        return side

    @pytest.fixture
    def plugin(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
        # Written out as well, for the check that imports the plugin in a process of its own.
        module = ModuleType("folder_plugin")
        vars(module).update(good(folder))
        place = folder.parent / "modules"
        place.mkdir()
        (place / "folder_plugin.py").write_text("def describe(): return 1\n", encoding="utf-8")
        monkeypatch.syspath_prepend(place)
        return module


def counting() -> Callable[[], str]:
    numbers = itertools.count()
    return lambda: f"{next(numbers)}"


def test_a_description_that_changes_is_seen(hooks_with: Callable[..., Hooks]) -> None:
    number = counting()
    broken = hooks_with(describe=lambda: PluginInfo(title=number(), summary="x", roles=(Role.COPY,), settings=Target))
    with pytest.raises(AssertionError, match="differs from call to call"):
        Checks.test_describe_says_the_same_twice(broken)


def test_a_description_that_opens_a_file_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "impure_plugin.py").write_text("def describe(): return open(__file__).read()\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(AssertionError, match="not pure: open"):
        Checks.test_describe_touches_no_file_and_no_network(ModuleType("impure_plugin"))


def test_a_bad_setting_that_is_let_through_is_seen(hooks_with: Callable[..., Hooks]) -> None:
    with pytest.raises(AssertionError, match="not refused by name"):
        Checks.test_a_bad_setting_is_refused_by_name(BadSetting("path", ""), hooks_with(), {"path": "x"}, None)


def test_an_unknown_setting_that_is_let_through_is_seen(hooks_with: Callable[..., Hooks]) -> None:
    loose = PluginInfo(title="x", summary="x", roles=(Role.COPY,), settings=LooseTarget)
    with pytest.raises(AssertionError, match="let through"):
        Checks.test_an_unknown_setting_is_refused_by_name(hooks_with(describe=lambda: loose), {"path": "x"})


def test_a_complaint_about_good_settings_is_seen(hooks_with: Callable[..., Hooks]) -> None:
    complaint = Problem("x", "no", "path", Severity.FATAL)
    with pytest.raises(AssertionError):
        Checks.test_good_settings_have_no_fatal_problem(hooks_with(validate=lambda: [complaint]))


def test_bytes_that_change_are_seen(hooks_with: Callable[..., Hooks]) -> None:
    number = counting()
    broken = hooks_with(prepare=lambda: Artifact((File.of("a", "text/plain", number().encode()),)))
    with pytest.raises(AssertionError, match="different bytes"):
        Checks.test_prepare_gives_the_same_bytes_twice(broken)


def test_a_prepare_that_sends_is_seen(hooks_with: Callable[..., Hooks], side: FolderSide) -> None:
    def prepare() -> Artifact:
        (side.folder / "sent").write_bytes(b"x")
        return Artifact((File.of("a", "text/plain", b"x"),))

    with pytest.raises(AssertionError, match="side effect"):
        Checks.test_prepare_sends_nothing(hooks_with(prepare=prepare), side)


@pytest.mark.parametrize("receipt", [None, "ok", {"reference": "1"}, 250])
def test_a_receipt_of_another_type_is_a_fault(receipt: Any, hooks_with: Callable[..., Hooks], side: FolderSide) -> None:
    with pytest.raises(PluginError, match="deliver returned"):
        Checks.test_deliver_leaves_one_paper_and_a_receipt(hooks_with(deliver=lambda: receipt), side)


def test_a_trace_that_knows_nothing_is_a_fault(hooks_with: Callable[..., Hooks], side: FolderSide) -> None:
    with pytest.raises(PluginError, match="trace returned NoneType"):
        Checks.test_trace_finds_what_deliver_sent_and_only_that(hooks_with(trace=lambda: None), side)


def test_a_delivery_that_leaves_nothing_is_seen(hooks_with: Callable[..., Hooks], side: FolderSide) -> None:
    with pytest.raises(AssertionError, match="arrived"):
        Checks.test_deliver_leaves_one_paper_and_a_receipt(hooks_with(deliver=lambda: Receipt("x")), side)


def test_a_huge_receipt_is_seen(hooks_with: Callable[..., Hooks], side: FolderSide, folder: Path) -> None:
    def deliver(prepared: Artifact) -> Receipt:
        good(folder)["deliver"](prepared)
        return Receipt("x", None, {"all": "x" * 5000})

    with pytest.raises(AssertionError, match="characters long"):
        Checks.test_deliver_leaves_one_paper_and_a_receipt(hooks_with(deliver=deliver), side)


def test_a_second_paper_for_one_key_is_seen(hooks_with: Callable[..., Hooks], side: FolderSide) -> None:
    number = counting()

    def deliver() -> Receipt:
        (side.folder / number()).write_bytes(b"x")
        return Receipt("x")

    with pytest.raises(AssertionError, match="arrived"):
        Checks.test_one_key_twice_leaves_one_paper(hooks_with(deliver=deliver), side)


def test_a_refusal_of_the_wrong_kind_is_seen(hooks_with: Callable[..., Hooks], side: FolderSide) -> None:
    def deliver() -> Receipt:
        raise NotSent("refused")

    with pytest.raises(AssertionError, match="NotSent"):
        Checks.test_a_refusal_is_the_right_error(Refusal("x", Rejected), hooks_with(deliver=deliver), side)


def test_a_lost_answer_that_is_no_doubt_is_seen(hooks_with: Callable[..., Hooks], side: FolderSide) -> None:
    class Losing(DestinationContract):
        loses_answers = True

    with pytest.raises(pytest.fail.Exception):
        Losing().test_a_lost_answer_is_uncertain(hooks_with(), side)


def test_a_trace_that_finds_everything_is_seen(hooks_with: Callable[..., Hooks], side: FolderSide) -> None:
    with pytest.raises(AssertionError, match="nobody sent"):
        Checks.test_trace_finds_what_deliver_sent_and_only_that(hooks_with(trace=lambda: Receipt("x")), side)


def test_a_trace_that_finds_nothing_is_seen(hooks_with: Callable[..., Hooks], side: FolderSide) -> None:
    with pytest.raises(AssertionError, match="not found"):
        Checks.test_trace_finds_what_deliver_sent_and_only_that(hooks_with(trace=lambda: Absent("x")), side)


def test_a_bad_health_is_seen(hooks_with: Callable[..., Hooks], side: FolderSide) -> None:
    ill = Health(steps=(Step("folder", ok=False),))
    with pytest.raises(AssertionError, match="steps"):
        Checks.test_health_is_good_and_sends_nothing(hooks_with(health=lambda: ill), side)


@pytest.mark.parametrize("form", [SECRET, "aHVudGVyMi1hbmQtYS1oYWxm"])
@pytest.mark.parametrize("where", ["receipt", "log", "logging"])
def test_a_secret_that_gets_out_is_seen(
    form: str,
    where: str,
    hooks_with: Callable[..., Hooks],
    side: FolderSide,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def deliver(prepared: Artifact, log: Any) -> Receipt:
        good(folder)["deliver"](prepared)
        if where == "log":
            log.info("sent", token=form)
        if where == "logging":
            logging.getLogger("broken").debug("sent with %s", form)
        return Receipt("x", None, {"token": form} if where == "receipt" else {})

    with pytest.raises(AssertionError, match="a secret"):
        Checks.test_no_secret_is_in_a_receipt_or_log(hooks_with(deliver=deliver), side, caplog)


def test_a_secret_in_a_refusal_or_its_cause_is_seen(
    hooks_with: Callable[..., Hooks], side: FolderSide, caplog: pytest.LogCaptureFixture
) -> None:
    def deliver() -> Receipt:
        raise NotSent("refused") from ValueError(f"token {SECRET} was refused")

    with pytest.raises(AssertionError, match="a secret"):
        Checks.test_no_secret_is_in_a_refusal(Refusal("x", NotSent), hooks_with(deliver=deliver), side, caplog)


def test_an_export_that_changes_is_seen(hooks_with: Callable[..., Hooks]) -> None:
    number = counting()
    broken = hooks_with(export=lambda: File.of("a", "text/plain", number().encode()))
    with pytest.raises(AssertionError, match="two exports"):
        Checks.test_an_export_gives_the_same_bytes_twice(broken)


def test_an_argument_that_nobody_offers_is_named(hooks_with: Callable[..., Hooks]) -> None:
    with pytest.raises(PluginError, match="tables"):
        hooks_with(health=lambda tables: tables)("health")


def test_a_plugin_is_found_by_its_name() -> None:
    assert load("email").__name__ == "hub_email"


def test_a_plugin_that_is_not_installed_is_named() -> None:
    with pytest.raises(NotFoundError, match="no_such_plugin"):
        load("no_such_plugin")


def test_a_delivery_keeps_its_key_for_the_same_bytes() -> None:
    assert make_delivery(sample_document()).key == make_delivery(sample_document()).key
    assert make_delivery(sample_document("A")).key != make_delivery(sample_document("B")).key
