"""The owner of the plugins: finds them without importing, loads them by need, and is the only way to call a hook.

A plugin that fails to load is quarantined with its reason; the rest runs. `Host.call` catches everything, checks the
returned type and names the plugin: one broken implementation never stops another.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pluggy

from hub.core.delivery import Absent, Receipt
from hub.core.document import Document, Incoming
from hub.core.files import Artifact, File
from hub.errors import AnswerNeeded, CorruptError, DeliveryError, DiskError, Held, OutOfReach, PluginError, Unreadable
from hub.plugins import hookspecs
from hub.plugins.answers import breach, named
from hub.plugins.types import Health, PluginInfo

RETURNS: dict[str, tuple[type, ...]] = {
    "describe": (PluginInfo,),
    "validate": (list, tuple),
    "health": (Health,),
    "login": (type(None),),
    "choices": (list, tuple),
    "prepare": (Artifact,),
    "prepare_pack": (Artifact,),
    "deliver": (Receipt,),
    "deliver_pack": (Receipt,),
    "trace": (Receipt, Absent),
    "export": (File,),
    "read": (Document, type(None)),
    "notify": (type(None),),
    "migrations": (Path,),
    "routes": (Callable,),  # type: ignore[dict-item]  # abstract, but isinstance knows it
    "commands": (type(None),),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A plugin that is installed: loaded, not yet, or quarantined with the reason."""

    name: str
    version: str
    distribution: str
    state: str  # found, loaded, quarantined
    reason: str = ""


class Plugin:
    """One loaded plugin, alone in a plugin manager of its own, so that its hooks can be called by themselves."""

    def __init__(self, name: str, module: object) -> None:
        self.name = name
        self.manager = pluggy.PluginManager("hub")
        self.manager.add_hookspecs(hookspecs)
        self.manager.register(module, name)
        self.manager.check_pending()

    def implements(self, hook: str) -> bool:
        """Whether the plugin has this hook."""
        caller = getattr(self.manager.hook, hook)
        return bool(caller.get_hookimpls())

    def wants(self, hook: str) -> frozenset[str]:
        """The arguments that the plugin's implementation names."""
        impls = getattr(self.manager.hook, hook).get_hookimpls()
        return frozenset(name for impl in impls for name in impl.argnames)


class Host:
    """The plugins of this installation. `formats` names those that read and write papers."""

    def __init__(self, formats: tuple[str, ...] = ("ubl_export",)) -> None:
        self.formats = formats
        self._entries = {entry.name: entry for entry in importlib.metadata.entry_points(group=hookspecs.GROUP)}
        self._loaded: dict[str, Plugin] = {}
        self._failed: dict[str, str] = {}
        self._infos: dict[str, PluginInfo] = {}

    def found(self) -> Iterator[Found]:
        """Every plugin that is installed, by name."""
        for name, entry in sorted(self._entries.items()):
            state = "loaded" if name in self._loaded else "quarantined" if name in self._failed else "found"
            yield Found(
                name=name,
                version=entry.dist.version if entry.dist else "",
                distribution=entry.dist.name if entry.dist else "",
                state=state,
                reason=self._failed.get(name, ""),
            )

    def installed(self, name: str) -> bool:
        """Whether there is such a plugin, without loading it."""
        return name in self._entries or name in self._loaded

    def add(self, name: str, module: object) -> Plugin:
        """Register a plugin that is no entry point (tests, the conformance kit)."""
        plugin = Plugin(name, module)
        self._loaded[name] = plugin
        return plugin

    def plugin(self, name: str) -> Plugin:
        """The plugin with this name, loaded now if need be. Raises PluginError, and quarantines what fails."""
        if name in self._loaded:
            return self._loaded[name]
        if name in self._failed:
            raise PluginError(name, self._failed[name])
        entry = self._entries.get(name)
        if entry is None:
            raise PluginError(name, "is not installed")
        try:
            self._loaded[name] = Plugin(name, entry.load())
            self.info(name)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            self._loaded.pop(name, None)
            self._failed[name] = f"could not be loaded: {named(error)}"
            raise PluginError(name, self._failed[name]) from error
        return self._loaded[name]

    def info(self, name: str) -> PluginInfo:
        """What the plugin says about itself."""
        if name not in self._infos:
            self._infos[name] = self.call(self.plugin(name), "describe")
        return self._infos[name]

    def call(self, plugin: Plugin, hook: str, **offer: Any) -> Any:
        """Call one hook of one plugin with the arguments offered; it takes those it names.

        Raises what a plugin may raise (`DeliveryError`, `Unreadable`, `CorruptError`), and PluginError for all else.
        """
        if not plugin.implements(hook):
            raise PluginError(plugin.name, f"does not implement {hook}")
        try:
            results = getattr(plugin.manager.hook, hook)(**offer)
        except KeyboardInterrupt:
            raise
        except (AnswerNeeded, OutOfReach, DiskError):
            raise  # the core's own, on its way through a login, or through a file that the plugin reads
        except (DeliveryError, Unreadable, CorruptError) as error:
            if wrong := breach(error):
                raise PluginError(plugin.name, f"{hook} raised {type(error).__name__}, but {wrong}") from error
            raise
        except BaseException as error:
            raise PluginError(plugin.name, f"{hook} raised {named(error)}") from error
        answer = results[0] if results else None
        _check(plugin.name, hook, answer)
        return answer

    def read(self, incoming: Incoming) -> Document | None:
        """Let the readers try a paper, in order; None when it is nobody's."""
        for name in self.formats:
            plugin = self.plugin(name)
            if plugin.implements("read"):
                document: Document | None = self.call(plugin, "read", incoming=incoming)
                if document is not None:
                    return document
        return None

    def export(self, document: Document, format_: str) -> File:
        """This document in a format, by the plugin that owns it. Raises Held when nobody does."""
        for name in self.formats:
            if format_ in self.info(name).formats:
                file: File = self.call(self.plugin(name), "export", document=document, format=format_)
                return file
        raise Held("no_format", f"no plugin writes the format {format_}")


def _check(plugin: str, hook: str, answer: object) -> None:
    if not isinstance(answer, RETURNS[hook]):
        raise PluginError(plugin, f"{hook} returned {type(answer).__name__}")
    if wrong := breach(answer):
        raise PluginError(plugin, f"{hook} returned {type(answer).__name__}, but {wrong}")
