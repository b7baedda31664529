"""Settings of plugins: pydantic models rendered as `--set` and `--secret`, secrets kept apart.

A field of type SecretStr is a secret: it is stored encrypted, never shown, and only taken by `--secret`. One setting
is the core's own, at every destination: `isolation`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError

from hub.errors import UsageError

Model = type[BaseModel]

ISOLATION = "isolation"  # no plugin may have a setting of this name
PROCESS = "process"
_ISOLATIONS = ("thread", PROCESS)
_PROCESSES = 4  # deliveries under way where each has a process


def without_isolation(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are the plugin's."""
    return {name: value for name, value in values.items() if name != ISOLATION}


def isolation_of(values: Mapping[str, Any], what: str) -> dict[str, Any]:
    """The setting that is the core's, if it is given. Raises UsageError for a value that is not known."""
    if ISOLATION not in values:
        return {}
    if values[ISOLATION] not in _ISOLATIONS:
        ways = " or ".join(_ISOLATIONS)
        raise UsageError(f"{what}: isolation is {ways}", code="bad_setting", action=f"give --set isolation={PROCESS}")
    return {ISOLATION: values[ISOLATION]}


def most_at_once(values: Mapping[str, Any], in_flight: int) -> int:
    """How many deliveries may be under way with these settings, where a plugin bears `in_flight`."""
    return min(in_flight, _PROCESSES) if values.get(ISOLATION) == PROCESS else in_flight


def secret_names(model: Model | None) -> frozenset[str]:
    """The names of a model's secret fields."""
    if model is None:
        return frozenset()
    return frozenset(name for name, info in model.model_fields.items() if _is_secret(info.annotation))


def _is_secret(annotation: Any) -> bool:
    return annotation is SecretStr or SecretStr in get_args(annotation)


def validated(model: Model | None, values: Mapping[str, Any], what: str) -> BaseModel | None:
    """The model with these values. Raises UsageError that names every field that is wrong."""
    if model is None:
        if values:
            raise UsageError(f"{what} takes no settings", code="unknown_setting")
        return None
    unknown = sorted(set(values) - set(model.model_fields))
    if unknown:
        raise UsageError(f"{what} has no setting {unknown[0]}", code="unknown_setting", action=_near(unknown[0], model))
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in error.errors(include_input=False)]
        raise UsageError(f"{what}: " + "; ".join(lines), code="bad_setting", action="see `hub plugin info`") from None


def _near(name: str, model: Model) -> str:
    close = difflib.get_close_matches(name, model.model_fields, 1)
    known = ", ".join(sorted(model.model_fields))
    return f"did you mean {close[0]}? it has: {known}" if close else f"it has: {known}"


def split(model: Model | None, plain: Mapping[str, str], secret: Mapping[str, str], what: str) -> None:
    """Refuse a secret given openly and a setting given as a secret."""
    secrets = secret_names(model)
    for name in plain:
        if name in secrets:
            raise UsageError(
                f"{what}: {name} is a secret", code="secret_given_openly", action=f"use --secret {name}=@FILE"
            )
    for name in secret:
        if model is not None and name in model.model_fields and name not in secrets:
            raise UsageError(f"{what}: {name} is no secret", code="not_a_secret", action=f"use --set {name}=VALUE")


def shown(model: Model | None, values: Mapping[str, Any], secrets_set: frozenset[str]) -> dict[str, Any]:
    """Settings for people: what was set, secrets as ***."""
    del model
    return {**values, **dict.fromkeys(sorted(secrets_set), "***")}
