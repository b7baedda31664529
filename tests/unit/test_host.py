"""The owner of the plugins: what fails to load is quarantined, what breaks its contract is named, the rest runs."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub import (
    Absent,
    Artifact,
    Deadlines,
    Document,
    DocumentType,
    File,
    Held,
    Incoming,
    PluginInfo,
    Problem,
    Receipt,
    Role,
    Unreadable,
    hookimpl,
)
from hub.errors import CorruptError, PluginError
from hub.plugins import hookspecs
from hub.plugins.host import RETURNS, Host

INFO = PluginInfo(title="Far", summary="A far side", roles=(Role.COPY,))
NOT_INSTALLED = "no such plugin"


class Far:
    """A plugin whose hooks answer what they were told to."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {"describe": INFO, **answers}

    def _answer(self, hook: str) -> Any:
        answer = self.answers.get(hook)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    @hookimpl
    def describe(self) -> Any:
        return self._answer("describe")

    @hookimpl
    def deliver(self) -> Any:
        return self._answer("deliver")

    @hookimpl
    def prepare(self) -> Any:
        return self._answer("prepare")

    @hookimpl
    def trace(self) -> Any:
        return self._answer("trace")

    @hookimpl
    def read(self, incoming: Incoming) -> Any:
        return self._answer("read")


def call(hook: str, answer: Any) -> Any:
    """What a hook gives when the plugin gives that."""
    host = Host(())
    plugin = host.add("far", Far(**{hook: answer}))
    return host.call(plugin, hook, **offer(hook))


def offer(hook: str, **given: Any) -> dict[str, Any]:
    """Everything that is offered to a hook."""
    return dict.fromkeys(inspect.signature(getattr(hookspecs, hook)).parameters) | given


# -- calling --


PART = File.of("a", "b", b"c")
GOOD: list[tuple[str, Any]] = [
    ("describe", INFO),
    ("deliver", Receipt("r")),
    ("prepare", Artifact((PART,))),
    ("trace", Receipt("r")),
    ("trace", Absent("looked")),
    ("read", None),
    ("read", Document(type=DocumentType.OTHER)),
]


@pytest.mark.parametrize(("hook", "answer"), GOOD)
def test_a_good_answer_comes_back(hook: str, answer: Any) -> None:
    assert call(hook, answer) == answer


@pytest.mark.parametrize("hook", ["describe", "deliver", "prepare", "trace", "read"])
@pytest.mark.parametrize("answer", [True, "ok", 7, b"", [], {}, Receipt, object()])
def test_an_answer_of_another_type_is_named(hook: str, answer: Any) -> None:
    with pytest.raises(PluginError, match=f"plugin far: {hook} returned") as error:
        call(hook, answer)
    assert error.value.plugin == "far"


@pytest.mark.parametrize(
    "deadlines",
    [None, 5, Deadlines(deliver=0), Deadlines(trace=-1.0), Deadlines(prepare="60"), Deadlines(deliver=float("nan"))],  # type: ignore[arg-type]
    ids=repr,
)
def test_deadlines_that_are_none_are_a_fault(deadlines: Any) -> None:
    with pytest.raises(PluginError, match="plugin far: describe returned PluginInfo, but its deadlines"):
        call("describe", replace(INFO, deadlines=deadlines))


@pytest.mark.parametrize("hook", ["describe", "deliver", "prepare", "trace"])
def test_no_answer_is_a_fault_but_for_a_reader(hook: str) -> None:
    with pytest.raises(PluginError, match="NoneType"):
        call(hook, None)


def test_every_hook_has_a_type_of_answer() -> None:
    hooks = {name for name, value in vars(hookspecs).items() if hasattr(value, "hub_spec")}
    assert hooks == set(RETURNS)


@pytest.mark.parametrize(
    "error",
    [Held("x"), Unreadable([Problem("a", "b")]), CorruptError("gone"), KeyboardInterrupt()],
    ids=repr,
)
def test_what_a_plugin_may_raise_comes_through_as_it_is(error: BaseException) -> None:
    with pytest.raises(type(error)) as raised:
        call("deliver", error)
    assert raised.value is error


@pytest.mark.parametrize(
    "error", [RuntimeError("boom"), SystemExit(0), RecursionError(), GeneratorExit(), AssertionError("no")], ids=repr
)
def test_whatever_else_it_raises_is_a_fault_of_the_plugin(error: BaseException) -> None:
    with pytest.raises(PluginError, match=f"deliver raised {type(error).__name__}") as raised:
        call("deliver", error)
    assert raised.value.__cause__ is error


class Mute(Exception):
    """An error that cannot be printed."""

    def __str__(self) -> str:
        raise ValueError("no words")


def test_an_error_that_cannot_be_printed_is_named_by_its_type() -> None:
    with pytest.raises(PluginError, match="deliver raised Mute"):
        call("deliver", Mute())


def test_a_hook_that_is_not_there_is_said() -> None:
    host = Host(())
    plugin = host.add("far", Far())
    assert (plugin.implements("deliver"), plugin.implements("health")) == (True, False)
    with pytest.raises(PluginError, match="does not implement health"):
        host.call(plugin, "health")


@pytest.mark.parametrize(
    "receipt",
    [
        Receipt("x" * 4096),
        Receipt("€" * 1365),
        Receipt("", None, {}),
        Receipt("r", None, {"a": "x" * 4000}),
    ],
)
def test_a_receipt_may_have_four_kibibytes(receipt: Receipt) -> None:
    assert call("deliver", receipt) == receipt


@pytest.mark.parametrize("receipt", [Receipt("x" * 4097), Receipt("€" * 1366), Receipt("r", None, {"a": "x" * 4095})])
def test_a_receipt_over_four_kibibytes_is_a_fault(receipt: Receipt) -> None:
    with pytest.raises(PluginError, match="4096"):
        call("deliver", receipt)


def test_a_plugin_takes_the_arguments_it_names_and_no_others() -> None:
    class Modest:
        @hookimpl
        def deliver(self, delivery: Any) -> Receipt:
            return Receipt(delivery)

    host = Host(())
    plugin = host.add("far", Modest())
    assert host.call(plugin, "deliver", **offer("deliver", delivery="d7")) == Receipt("d7")


def test_a_plugin_that_asks_for_what_is_not_offered_is_refused_when_it_is_added() -> None:
    class Greedy:
        @hookimpl
        def deliver(self, passwords: Any) -> Receipt:
            return Receipt(passwords)

    with pytest.raises(Exception, match="passwords"):
        Host(()).add("far", Greedy())


# -- loading --


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that is looked in for installed plugins."""
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("hub_made_")]:
        del sys.modules[name]


def install(site: Path, name: str, source: str) -> None:
    """A distribution with one plugin."""
    (site / f"hub_made_{name}.py").write_text(source)
    info = site / f"hub_made_{name}-2.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: hub-made-{name}\nVersion: 2.5\n")
    (info / "entry_points.txt").write_text(f"[hub.v1]\nmade_{name} = hub_made_{name}\n")
    importlib.invalidate_caches()


GOOD_PLUGIN = """
from hub import PluginInfo, Role, hookimpl

@hookimpl
def describe():
    return PluginInfo(title="Good", summary="A good plugin", roles=(Role.COPY,))
"""
BROKEN = {
    "syntax": "def describe(:",
    "import": "import no_such_module_anywhere",
    "error": "raise RuntimeError('boom')",
    "exit": "raise SystemExit(3)",
    "base": "class Out(BaseException): pass\nraise Out('out')",
    "describe": GOOD_PLUGIN.replace("PluginInfo(", "dict("),
    "raises": GOOD_PLUGIN.replace("return", "raise RuntimeError('boom')\n    return"),
    "argument": GOOD_PLUGIN + "\n@hookimpl\ndef deliver(passwords):\n    pass\n",
    "unprintable": "class Mute(Exception):\n  def __str__(self): raise ValueError\nraise Mute",
}


def test_finding_plugins_imports_none_of_them(site: Path) -> None:
    install(site, "loud", "raise AssertionError('imported')")
    [found] = [one for one in Host().found() if one.name == "made_loud"]
    assert (found.state, found.version, found.distribution) == ("found", "2.5", "hub-made-loud")


def test_a_plugin_is_loaded_when_it_is_needed(site: Path) -> None:
    install(site, "good", GOOD_PLUGIN)
    host = Host()
    assert host.info("made_good").title == "Good"
    assert [one.state for one in host.found() if one.name == "made_good"] == ["loaded"]


@pytest.mark.parametrize("source", BROKEN.values(), ids=list(BROKEN))
def test_a_plugin_that_cannot_be_loaded_is_quarantined_with_the_reason_and_the_rest_runs(
    site: Path, source: str
) -> None:
    install(site, "bad", source)
    install(site, "good", GOOD_PLUGIN)
    host = Host()
    for _ in range(2):
        with pytest.raises(PluginError, match="made_bad"):
            host.info("made_bad")
    states = {one.name: (one.state, bool(one.reason)) for one in host.found()}
    assert states["made_bad"] == ("quarantined", True)
    assert host.info("made_good").title == "Good"


def test_an_interrupt_while_a_plugin_loads_is_the_persons(site: Path) -> None:
    install(site, "slow", "raise KeyboardInterrupt")
    host = Host()
    with pytest.raises(KeyboardInterrupt):
        host.plugin("made_slow")
    assert [one.state for one in host.found() if one.name == "made_slow"] == ["found"]


def test_a_plugin_that_is_not_installed_is_said() -> None:
    with pytest.raises(PluginError, match="is not installed"):
        Host().plugin(NOT_INSTALLED)


def test_our_own_plugins_are_found_like_any_strangers() -> None:
    assert {"email", "ubl_export"} <= {found.name for found in Host().found()}


# -- formats --


def formats(*plugins: Far) -> Host:
    """A host whose formats are these plugins."""
    names = tuple(f"p{n}" for n in range(len(plugins)))
    host = Host(names)
    for name, plugin in zip(names, plugins, strict=True):
        host.add(name, plugin)
    return host


MINE = Document(type=DocumentType.OTHER, number="mine")
PAPER = Incoming(name="a", data=b"b")


def test_readers_are_asked_in_turn_until_one_knows_the_paper() -> None:
    other = Document(type=DocumentType.OTHER, number="other")
    assert formats(Far(read=None), Far(read=MINE), Far(read=other)).read(PAPER) == MINE
    assert formats(Far(read=None)).read(PAPER) is None
    assert formats().read(PAPER) is None


def test_a_reader_that_knows_the_paper_but_cannot_read_it_has_the_last_word() -> None:
    with pytest.raises(Unreadable):
        formats(Far(read=Unreadable([Problem("a", "b")])), Far(read=MINE)).read(PAPER)


def test_a_format_that_nobody_writes_holds_the_paper() -> None:
    with pytest.raises(Held) as held:
        formats(Far()).export(MINE, "ubl")
    assert held.value.reason == "no_format"
