"""Secrets at rest: sealed with the home's key, and a key that others could read is refused."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest

from hub.errors import UsageError
from hub.plugins.seal import Seal, make_key, parse_key, read_key

KEY = bytes(range(32))


@pytest.mark.parametrize("secret", ["", "hunter2", "wachtwoord: é€ 🔑", "x" * 10_000])
def test_a_secret_comes_back_and_is_not_in_what_is_stored(secret: str) -> None:
    sealed = Seal(KEY).seal({"password": secret})
    assert Seal(KEY).open(sealed) == {"password": secret}
    assert not secret or secret.encode() not in sealed["password"]


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    seal = Seal(KEY)
    assert seal.seal({"a": "x"})["a"] != seal.seal({"a": "x"})["a"]


def test_another_key_opens_nothing_and_says_what_to_do() -> None:
    sealed = Seal(KEY).seal({"password": "x"})
    with pytest.raises(UsageError) as refused:
        Seal(bytes(32)).open(sealed)
    assert (refused.value.code, "HUB_KEY" in refused.value.action) == ("wrong_key", True)


@pytest.mark.parametrize("at", [0, 20, -1])
def test_a_sealed_value_that_was_changed_is_refused(at: int) -> None:
    sealed = bytearray(Seal(KEY).seal({"password": "x"})["password"])
    sealed[at] ^= 1
    with pytest.raises(UsageError):
        Seal(KEY).open({"password": bytes(sealed)})


def test_a_made_key_is_ours_alone_and_random(tmp_path: Path) -> None:
    make_key(tmp_path / "one")
    make_key(tmp_path / "two")
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o600
    assert read_key(tmp_path / "one") != read_key(tmp_path / "two")
    assert len(read_key(tmp_path / "one")) == 32


def test_an_existing_key_is_left_as_it_is(tmp_path: Path) -> None:
    make_key(tmp_path / "key")
    before = (tmp_path / "key").read_bytes()
    make_key(tmp_path / "key")
    assert (tmp_path / "key").read_bytes() == before


def test_a_key_has_its_name_only_once_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(descriptor: int) -> None:
        assert not (tmp_path / "key").exists()
        raise KeyboardInterrupt

    monkeypatch.setattr("hub.core.disk.sync", cut)
    with pytest.raises(KeyboardInterrupt):
        make_key(tmp_path / "key")
    assert list(tmp_path.iterdir()) == []


def test_of_two_keys_that_are_made_at_once_the_first_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def overtaken(descriptor: int) -> None:
        monkeypatch.undo()
        make_key(tmp_path / "key")

    monkeypatch.setattr("hub.core.disk.sync", overtaken)
    make_key(tmp_path / "key")
    assert len(read_key(tmp_path / "key")) == 32
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666, 0o700 | 0o001])
def test_a_key_that_others_could_use_is_refused(tmp_path: Path, mode: int) -> None:
    make_key(tmp_path / "key")
    (tmp_path / "key").chmod(mode)
    with pytest.raises(UsageError) as refused:
        read_key(tmp_path / "key")
    assert (refused.value.code, "chmod 600" in refused.value.action) == ("key_exposed", True)


def test_a_key_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        read_key(tmp_path / "key")
    assert refused.value.code == "no_key"


@pytest.mark.parametrize(
    "text", ["", "x", base64.b64encode(bytes(31)).decode(), base64.b64encode(bytes(33)).decode(), "é"]
)
def test_what_is_not_32_bytes_in_base64_is_no_key(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_key(text)
    assert refused.value.code == "bad_key"


def test_a_file_of_raw_bytes_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "key").touch(0o600)
    (tmp_path / "key").write_bytes(bytes(range(200, 232)))
    with pytest.raises(UsageError) as refused:
        read_key(tmp_path / "key")
    assert refused.value.code == "bad_key"


def test_a_key_may_have_space_around_it() -> None:
    assert parse_key(f"  {base64.b64encode(KEY).decode()}\n") == KEY
