"""`hub plugin new` makes a whole project or nothing, and refuses names that would not work."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from string import Template

import pytest

from hub.errors import UsageError
from hub.plugins import scaffold


def test_a_project_has_all_that_a_plugin_needs(tmp_path: Path) -> None:
    made = scaffold.new("my_erp", tmp_path)
    assert made.path == tmp_path / "hub-my-erp"
    assert made.files == (
        ".gitignore",
        "README.md",
        "hub_my_erp/__init__.py",
        "hub_my_erp/client.py",
        "hub_my_erp/meanings.py",
        "hub_my_erp/settings.py",
        "pyproject.toml",
        "tests/conftest.py",
        "tests/test_my_erp_contract.py",
    )
    assert sorted(str(path.relative_to(made.path)) for path in made.path.rglob("*") if path.is_file()) == [*made.files]
    project = tomllib.loads((made.path / "pyproject.toml").read_text())["project"]
    assert (project["name"], project["entry-points"]["hub.v1"]) == ("hub-my-erp", {"my_erp": "hub_my_erp"})


def test_nothing_is_left_to_be_filled_in(tmp_path: Path) -> None:
    made = scaffold.new("my_erp", tmp_path)
    texts = {name: (made.path / name).read_text() for name in made.files}
    assert [name for name, text in texts.items() if Template(text).get_identifiers() or "NAME" in name] == []
    for name, text in texts.items():
        if name.endswith(".py"):
            ast.parse(text, name)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("My-ERP", "my_erp"),
        ("my-erp", "my_erp"),
        ("", "my_erp"),
        ("1st", "st"),
        ("a__b", "a_b"),
        ("_a", "a"),
        ("a_", "a"),
        ("../a", "a"),
        ("a b", "a_b"),
        ("caf\u00e9", "caf"),
        ("a" * 41, "a" * 40),
        ("hub\n", "hub"),
    ],
)
def test_a_name_that_python_pip_or_a_shell_would_not_take_is_refused(name: str, near: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        scaffold.new(name, tmp_path)
    assert (caught.value.code, caught.value.action.endswith(f"such as {near}")) == ("bad_name", True)
    assert [*tmp_path.iterdir()] == []


def test_a_name_that_is_in_use_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        scaffold.new("email", tmp_path, frozenset({"email"}))
    assert caught.value.code == "name_taken"


@pytest.mark.parametrize("there", ["file", "folder", "dangling link"])
def test_what_is_there_is_never_written_over(there: str, tmp_path: Path) -> None:
    path = tmp_path / "hub-tray"
    if there == "file":
        path.write_text("mine")
    elif there == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError) as caught:
        scaffold.new("tray", tmp_path)
    assert caught.value.code == "folder_exists"
    assert [*tmp_path.iterdir()] == [path]


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        scaffold.new("tray", tmp_path / "no")
    assert (caught.value.code, [*tmp_path.iterdir()]) == ("no_folder", [])


def test_a_project_that_cannot_be_finished_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Path] = []

    def full(self: Path, text: str, encoding: str) -> int:
        written.append(self)
        if len(written) > 2:
            raise OSError(28, "No space left on device")
        return len(text.encode(encoding))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        scaffold.new("tray", tmp_path)
    assert (len(written), [*tmp_path.iterdir()]) == (3, [])
