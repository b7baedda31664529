"""Settings of plugins: checked by their own model, with secrets kept apart."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from pydantic import BaseModel, Field, SecretStr

from hub.errors import UsageError
from hub.plugins.settings import secret_names, split, validated


class Relay(BaseModel):
    """A mail relay."""

    host: str
    port: int = Field(default=25, ge=1, le=65535)
    password: SecretStr = SecretStr("")
    token: SecretStr | None = None


def test_a_models_secrets_are_its_secret_fields() -> None:
    assert secret_names(Relay) == {"password", "token"}
    assert secret_names(None) == frozenset()


def test_text_becomes_what_the_field_is() -> None:
    checked = validated(Relay, {"host": "mail.example", "port": "587", "password": "x"}, "mail")
    assert checked == Relay(host="mail.example", port=587, password=SecretStr("x"))


def test_a_plugin_without_settings_takes_none() -> None:
    assert validated(None, {}, "mail") is None
    with pytest.raises(UsageError, match="takes no settings"):
        validated(None, {"host": "x"}, "mail")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, ["host"]),
        ({"host": "x", "port": "many"}, ["port"]),
        ({"port": "0"}, ["host", "port"]),
        ({"host": "x", "prot": "25"}, ["prot"]),
    ],
)
def test_every_wrong_field_is_named(values: Mapping[str, str], said: list[str]) -> None:
    with pytest.raises(UsageError) as refused:
        validated(Relay, values, "mail")
    assert all(name in refused.value.message for name in ["mail", *said])
    assert refused.value.exit_code == 2


def test_a_name_nearly_right_gets_a_hint() -> None:
    with pytest.raises(UsageError) as refused:
        validated(Relay, {"hots": "x"}, "mail")
    assert refused.value.action.startswith("did you mean host?")


def test_a_wrong_value_is_not_repeated_since_it_may_be_a_secret() -> None:
    with pytest.raises(UsageError) as refused:
        validated(Relay, {"host": "x", "port": "hunter2"}, "mail")
    assert "hunter2" not in f"{refused.value.message} {refused.value.action} {refused.value!r}"


def test_a_secret_is_not_taken_openly_and_a_setting_not_as_a_secret() -> None:
    split(Relay, {"host": "x"}, {"password": "y"}, "mail")
    with pytest.raises(UsageError) as openly:
        split(Relay, {"password": "hunter2"}, {}, "mail")
    with pytest.raises(UsageError) as hidden:
        split(Relay, {}, {"host": "x"}, "mail")
    assert (openly.value.code, hidden.value.code) == ("secret_given_openly", "not_a_secret")
    assert "hunter2" not in str(openly.value)
