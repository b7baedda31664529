"""`hub plugin`: one begun, one looked over, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.command import Command


def test_a_new_plugin_is_told_with_what_comes_next(bare: Command, tmp_path: Path) -> None:
    done = bare("plugin", "new", "tray", "--dir", tmp_path, "--json")
    record = done.one
    assert (record["name"], record["distribution"], record["package"]) == ("tray", "hub-tray", "hub_tray")
    assert all((Path(record["path"]) / name).is_file() for name in record["files"])
    assert f"cd {record['path']}" in done.err


@pytest.mark.parametrize(
    ("name", "code"),
    [("email", "name_taken"), ("doc", "name_taken"), ("tui", "name_taken"), ("My Plugin", "bad_name")],
)
def test_a_name_that_could_not_be_used_is_refused(name: str, code: str, bare: Command, tmp_path: Path) -> None:
    done = bare("plugin", "new", name, "--dir", tmp_path, "--json")
    assert (done.code, done.error["code"], [*tmp_path.glob("hub-*")]) == (2, code, [])


def test_a_plugin_that_is_not_installed_cannot_be_looked_over(bare: Command) -> None:
    done = bare("plugin", "check", "nothing", "--json")
    assert (done.code, done.error["action"]) == (4, "see `hub plugin list`")


@pytest.mark.parametrize(
    ("settings", "code", "failed"),
    [
        (("--set", "to=an@kantoor.example", "--set", "host=relay.example", "--set", "sender=a@b.example"), 0, []),
        (("--set", "to=nobody", "--set", "host=relay.example", "--set", "sender=a@b.example"), 6, ["given"]),
    ],
)
def test_settings_are_tried_with_their_connection(
    settings: tuple[str, ...], code: int, failed: list[str], bare: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.testing.inspection.kit_of", lambda _: [])  # the kit of `email` is run elsewhere
    done = bare("plugin", "check", "email", *settings, "--json")
    assert (done.code, [step["name"] for step in done.one["steps"] if not step["ok"]]) == (code, failed)
    assert "kit was not run" in done.err
