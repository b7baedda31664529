"""`hub plugin check` names what is wrong with a plugin, a step each."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.cli.typed import refused
from hub.plugins.host import Host
from hub.plugins.types import Step
from hub.testing.inspection import Given, Inspection

GOOD = """
    from pydantic import BaseModel, ConfigDict, Field, SecretStr
    from hub import Artifact, Held, Meaning, PluginInfo, Problem, Receipt, Role, Severity, hookimpl

    class Settings(BaseModel):
        model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
        path: str = Field(description="where")
        token: SecretStr = Field(SecretStr(""), description="as whom")

    @hookimpl
    def describe():
        return PluginInfo(title="Tray", summary="Keeps papers", roles=(Role.COPY,), settings=Settings)

    @hookimpl
    def validate(settings):
        return [Problem("no", "not there", "path", Severity.FATAL)] if settings.path == "nowhere" else []

    @hookimpl
    def prepare(document):
        return Artifact((document.original,))

    @hookimpl
    def deliver(prepared):
        return Receipt("x")
"""

Look = Callable[..., dict[str, Step]]


class Entry:
    """An entry point of a distribution that is not there."""

    name, dist = "odd", None

    def __init__(self, module: str) -> None:
        self.value = module

    def load(self) -> object:
        return __import__(self.value)


@pytest.fixture
def look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Inspect a plugin with this text, as the entry point `odd`; until a step, since the later ones start processes."""

    def inspect(text: str, given: Given | None = None, until: str = "", **files: str) -> dict[str, Step]:
        module = f"hub_odd_{abs(hash(text)) % 10**9}"
        package = tmp_path / module
        package.mkdir()
        (package / "__init__.py").write_text(textwrap.dedent(text))
        for name, content in files.items():
            path = tmp_path / "tests" / f"{name}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(content)
        monkeypatch.syspath_prepend(str(tmp_path))
        entries = {"hub.v1": [Entry(module)]}
        monkeypatch.setattr("importlib.metadata.entry_points", lambda group: entries.get(group, []))
        steps = {}
        for step in Inspection(Host(()), "odd", refused).steps(given or Given()):
            steps[step.name] = step
            if step.name == until:
                break
        sys.modules.pop(module, None)
        return steps

    return inspect


def test_a_plugin_that_keeps_its_promises_has_good_steps_only(look: Look) -> None:
    steps = look(GOOD)
    assert [*steps] == ["load", "describe", "hooks", "door", "settings", "meanings", "pure"]
    assert all(step.ok for step in steps.values()), steps


@pytest.mark.parametrize(
    ("step", "before", "after", "said"),
    [
        ("load", "def describe", "def describes", "unknown hook"),
        ("load", "def prepare(document", "def prepare(documents", "documents"),
        ("load", "return PluginInfo(", "return dict(", "describe returned dict"),
        ("load", "from pydantic", "from no_such_package", "no_such_package"),
        ("describe", 'title="Tray"', 'title=""', "title and summary"),
        ("describe", "settings=Settings", "settings=Settings, one_shot=True, repeatable=True", "contradict"),
        ("describe", 'summary="Keeps papers"', 'summary=__import__("secrets").token_hex()', "from call to call"),
        ("pure", "return PluginInfo", 'open("/dev/null").close(); return PluginInfo', "open"),
        ("hooks", "settings=Settings", "settings=Settings, can_trace=True", "trace"),
        ("hooks", "settings=Settings", "settings=Settings, takes_packs=True", "prepare_pack, deliver_pack"),
        ("hooks", "settings=Settings", 'settings=Settings, login_at="connection"', "login"),
        ("hooks", "settings=Settings", 'settings=Settings, formats=("odd",)', "export"),
        ("door", "from hub import", "from hub.core.document import Kind; from hub import", "hub.core.document"),
        ("door", "from hub import", "import hub.app; from hub import", "hub.app"),
        ("door", "from hub import", "from hub import core; from hub import", "hub.core"),
        ("meanings", "return Receipt", "raise Held('odd', 'x'); return Receipt", "odd has no meaning"),
        ("meanings", "settings=Settings", "settings=Settings, meanings={'a': Meaning('b', command='rm')}", "not hub"),
        (
            "meanings",
            "settings=Settings",
            "settings=Settings, meanings={'a': Meaning('b', command='hub x')}",
            "command x",
        ),
        ("meanings", "settings=Settings", "settings=Settings, meanings={'a': Meaning('b', command='{x}')}", "filled"),
        ("settings", 'extra="forbid", ', "", "extra"),
        ("settings", ", hide_input_in_errors=True", "", "hide_input_in_errors"),
        ("settings", 'Field(description="where")', "Field()", "settings.path: no description"),
    ],
)
def test_what_is_wrong_is_named_by_its_step(step: str, before: str, after: str, said: str, look: Look) -> None:
    assert before in GOOD
    found = look(GOOD.replace(before, after, 1), until=step)[step]
    assert not found.ok
    assert said in found.message


@pytest.mark.parametrize(
    ("settings", "step", "said"),
    [
        ({"path": "here"}, "validate", "no remarks"),
        ({"path": "nowhere"}, "validate", "not there"),
        ({"paht": "here"}, "given", "has no setting paht"),
        ({}, "given", "path: Field required"),
    ],
)
def test_settings_are_tried_when_they_are_given(settings: dict[str, str], step: str, said: str, look: Look) -> None:
    tried = look(GOOD, Given(settings), until=step)[step]
    assert (tried.ok, said in tried.message) == (settings == {"path": "here"}, True)


@pytest.mark.parametrize(("body", "good"), [("assert True", True), ("assert False", False)])
def test_the_kit_beside_a_package_is_run(body: str, good: bool, look: Look) -> None:
    kit = look(GOOD, test_odd_contract=f"def test_it():\n    {body}\n")["kit"]
    assert (kit.ok, ("1 passed" if good else "test_it") in kit.message) == (good, True)
