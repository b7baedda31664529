"""Calls a plugin's hooks the way the hub does: by argument name, with checked results."""

from __future__ import annotations

import base64
import importlib
import inspect
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

from pydantic import BaseModel, SecretStr

from hub.core.files import File
from hub.errors import NotFoundError, PluginError
from hub.http import Http
from hub.net import guard_from_environment
from hub.plugins.hookspecs import GROUP
from hub.plugins.host import RETURNS
from hub.plugins.types import PluginInfo
from hub.testing.specimen import NOW
from hub.testing.vault import MemoryVault


def load(plugin: str | ModuleType) -> ModuleType:
    """A plugin's module: given as such, or by the name of its entry point."""
    if not isinstance(plugin, str):
        return plugin
    for entry in entry_points(group=GROUP, name=plugin):
        return importlib.import_module(entry.value)
    raise NotFoundError(f"no plugin is installed under the name {plugin}")


class RecordingLog:
    """Looks like a structlog logger and keeps every line as text."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def bind(self, **_fields: Any) -> RecordingLog:
        """The same log: bound fields are not interesting here."""
        return self

    def _write(self, event: str, *args: Any, **fields: Any) -> None:
        self.lines.append(f"{event} {args!r} {fields!r}")

    debug = info = warning = error = exception = critical = _write


@dataclass(frozen=True)
class Hooks:
    """A plugin with everything that is offered to its hooks; `hooks("prepare", document=...)` calls one."""

    module: ModuleType
    info: PluginInfo
    offer: Mapping[str, Any]
    log: RecordingLog = field(default_factory=RecordingLog)

    @classmethod
    def of(
        cls,
        module: ModuleType,
        settings: Mapping[str, Any],
        connection: Mapping[str, Any] | None,
        export: Callable[[str], File],
    ) -> Hooks:
        """Settings and connection are read by the plugin's own models; raises pydantic's ValidationError."""
        info: PluginInfo = module.describe()
        given = {
            "settings": info.settings.model_validate(settings) if info.settings else None,
            "connection": info.connection.model_validate(connection) if info.connection else None,
        }
        tools = {"http": Http(guard_from_environment()), "vault": MemoryVault()}
        return cls(module, info, given | tools | {"export": export, "now": NOW})

    def offering(self, **more: Any) -> Hooks:
        """The same plugin with more on offer."""
        return replace(self, offer={**self.offer, **more})

    def __call__(self, hook: str, **more: Any) -> Any:
        """The hook's result. Raises PluginError when it asks for what is not offered or returns rubbish."""
        function = getattr(self.module, hook)
        offer = {**self.offer, "log": self.log, **more}
        wanted = inspect.signature(function).parameters
        if unknown := sorted(wanted.keys() - offer.keys()):
            raise PluginError(self.module.__name__, f"{hook} asks for {unknown}, which nobody offers")
        result = function(**{name: offer[name] for name in wanted})
        if not isinstance(result, RETURNS[hook]):
            raise PluginError(self.module.__name__, f"{hook} returned {type(result).__name__}")
        return result

    def close(self) -> None:
        """Close the connections that hooks have opened."""
        self.offer["http"].close()

    def has(self, hook: str) -> bool:
        """The plugin implements this hook."""
        return hasattr(self.module, hook)

    def secrets(self) -> frozenset[str]:
        """Every secret in settings and connection, in each form in which it could leak."""
        models = (self.offer["settings"], self.offer["connection"])
        plain = [secret for model in models if model is not None for secret in _secrets_of(model)]
        return frozenset(form for secret in plain for form in _forms(secret))


def _secrets_of(model: BaseModel) -> Iterator[str]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, SecretStr) and value.get_secret_value():
            yield value.get_secret_value()


def _forms(secret: str) -> tuple[str, ...]:
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return (secret, encoded, urllib.parse.quote(secret, safe=""))
