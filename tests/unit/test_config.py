"""The configuration of a process: environment, then `hub.toml`, then defaults; every problem at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.config import default_home, read_config
from hub.errors import UsageError

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home."""
    return tmp_path


def test_a_home_alone_is_enough(home: Path) -> None:
    config = read_config({"HUB_HOME": str(home)})
    assert (config.lease, config.slots, config.formats, config.log) == (60.0, 32, ("ubl_export",), "info")
    assert config.url == f"sqlite:///{home / 'data' / 'hub.db'}"


@pytest.mark.parametrize(
    ("variable", "text", "name", "value"),
    [
        ("HUB_LEASE", "2.5", "lease", 2.5),
        ("HUB_SLOTS", "7", "slots", 7),
        ("HUB_FORMATS", "a,b", "formats", ("a", "b")),
        ("HUB_LOG", "debug", "log", "debug"),
        ("HUB_ALLOW_NETWORKS", "127.0.0.0/8", "allow_networks", "127.0.0.0/8"),
        ("HUB_CA_FILE", "ca.pem", "ca_file", "ca.pem"),
        ("HUB_DATABASE_URL", "sqlite:///x.db", "url", "sqlite:///x.db"),
    ],
)
def test_a_variable_sets_its_field(home: Path, variable: str, text: str, name: str, value: object) -> None:
    assert getattr(read_config({"HUB_HOME": str(home), variable: text}), name) == value


def test_the_environment_goes_before_the_file_and_the_file_before_the_default(home: Path) -> None:
    (home / "hub.toml").write_text("lease = 10\nslots = 3\n")
    config = read_config({"HUB_HOME": str(home), "HUB_SLOTS": "4"})
    assert (config.lease, config.slots) == (10.0, 4)


def test_an_empty_variable_is_as_if_it_were_not_set(home: Path) -> None:
    assert read_config({"HUB_HOME": str(home), "HUB_SLOTS": ""}).slots == 32


def test_every_problem_is_named_at_once_with_its_variable(home: Path) -> None:
    (home / "hub.toml").write_text("colour = 'red'\n")
    with pytest.raises(UsageError) as refused:
        read_config({"HUB_HOME": str(home), "HUB_LEASE": "1", "HUB_SLOTS": "many", "HUB_LOG": "loud"})
    for name in ("HUB_LEASE", "HUB_SLOTS", "HUB_LOG", "colour"):
        assert name in refused.value.message
    assert refused.value.exit_code == 2


def test_a_file_that_is_no_toml_is_named_with_its_place(home: Path) -> None:
    (home / "hub.toml").write_text("lease = = 1\n")
    with pytest.raises(UsageError, match="line 1"):
        read_config({"HUB_HOME": str(home)})


def test_a_file_that_is_no_text_is_named(home: Path) -> None:
    (home / "hub.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match=r"hub\.toml"):
        read_config({"HUB_HOME": str(home)})


def test_the_key_shows_neither_in_words_nor_in_an_error(home: Path) -> None:
    config = read_config({"HUB_HOME": str(home), "HUB_KEY": KEY})
    assert config.key is not None
    assert config.key.get_secret_value() == KEY
    assert KEY not in repr(config)
    with pytest.raises(UsageError) as refused:
        read_config({"HUB_HOME": str(home), "HUB_KEY": KEY, "HUB_SLOTS": "0"})
    assert KEY not in refused.value.message


def test_a_relative_home_is_made_absolute_and_none_is_the_users_data_folder() -> None:
    assert default_home({"HUB_HOME": "somewhere"}) == Path.cwd() / "somewhere"
    assert default_home({"HUB_HOME": "~/papers"}) == Path.home() / "papers"
    assert default_home({}).name == "hub"


def test_a_configuration_does_not_change_while_the_process_runs(home: Path) -> None:
    config = read_config({"HUB_HOME": str(home)})
    with pytest.raises(ValueError, match="frozen"):
        config.slots = 5
