"""The settings of a destination as a form: a field for each setting of any plugin, and what is wrong beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from sqlalchemy.engine import Row

from hub.app import editing
from hub.app.configure import Values
from hub.app.editing import Edit
from hub.app.home import Hub
from hub.app.setting import Owner, Setting, Shape, settings_of, value_of
from hub.core.store import destinations, secrets
from hub.errors import HubError, Severity
from hub.plugins.settings import Model, without_isolation
from hub.plugins.types import PluginInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The form of a destination; `shared_with` are the others on its connection."""

    destination: str
    plugin: str
    connection: str
    shared_with: tuple[str, ...]
    settings: tuple[Setting, ...]


Typed = Mapping[str, str]  # by key, only what a person changed
Problems = dict[str, str]  # by key; under the empty key what belongs to no field


def form(hub: Hub, name: str) -> Form:
    """The form as it stands. Raises NotFoundError, and PluginError when the plugin is gone."""
    kept = _Kept.of(hub, name)
    shared = (row.name for row in kept.others)
    return Form(
        destination=name,
        plugin=kept.row.plugin,
        connection=kept.connection.name if kept.connection else "",
        shared_with=tuple(shared),
        settings=tuple(setting for owner in Owner for setting in kept.settings(owner)),
    )


def save(hub: Hub, name: str, typed: Typed) -> Problems:
    """Keep what was typed; nothing is kept when anything is wrong, and the problems say what. An empty text of a
    plain setting goes back to its default, an empty secret stays what it was.
    """
    kept = _Kept.of(hub, name)
    changes = {owner: _Changes.of(kept, owner, typed) for owner in Owner}
    problems: Problems = {}
    models = {owner: _checked(kept, change, problems) for owner, change in changes.items()}
    if not problems:
        problems |= _said_by_plugin(hub, kept, models)
    if problems:
        return problems
    try:
        _keep(hub, kept, changes)
    except HubError as error:
        return {"": f"{error.message} ({error.action})"}
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What is stored of a destination: its row, its connection's, and both owners' secrets, opened."""

    row: Row[Any]
    connection: Row[Any] | None
    others: tuple[Row[Any], ...]
    info: PluginInfo
    secret: Mapping[Owner, Mapping[str, str]]

    @classmethod
    def of(cls, hub: Hub, name: str) -> _Kept:
        with hub.db.read() as conn:
            row, connection = destinations.with_connection(conn, destinations.named(conn, name).id)
            sealed = {Owner.DESTINATION: secrets.of(conn, f"destination:{row.id}")}
            sealed[Owner.CONNECTION] = secrets.of(conn, f"connection:{connection.id}") if connection else {}
            others = [one for one in destinations.every(conn) if connection and one.connection_id == connection.id]
        return cls(
            row=row,
            connection=connection,
            others=tuple(one for one in others if one.id != row.id),
            info=hub.host.info(row.plugin),
            secret={owner: hub.seal.open(values) if values else {} for owner, values in sealed.items()},
        )

    def model(self, owner: Owner) -> Model | None:
        """The plugin's model of these settings; None when there are none."""
        if owner is Owner.DESTINATION:
            return self.info.settings
        return self.info.connection if self.connection is not None else None

    def plain(self, owner: Owner) -> Mapping[str, Any]:
        """The settings that are no secrets."""
        row = self.row if owner is Owner.DESTINATION else self.connection
        found: Mapping[str, Any] = row.settings if row is not None else {}
        return without_isolation(found)

    def settings(self, owner: Owner) -> Iterator[Setting]:
        """The fields."""
        return settings_of(owner, self.model(owner), self.plain(owner), self.secret[owner])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changes:
    """What changes at one owner; `wrong` are texts that cannot be read at all."""

    owner: Owner
    plain: Mapping[str, Any]
    secret: Mapping[str, str]
    unset: tuple[str, ...]
    wrong: Problems

    @classmethod
    def of(cls, kept: _Kept, owner: Owner, typed: Typed) -> _Changes:
        mine = {one.name: (one, typed[one.key]) for one in kept.settings(owner) if one.key in typed}
        secret = {name: text for name, (one, text) in mine.items() if one.shape is Shape.SECRET and text}
        plain: dict[str, Any] = {}
        wrong: Problems = {}
        for name, (one, text) in mine.items():
            if one.shape is not Shape.SECRET and text.strip():
                try:
                    plain[name] = value_of(one.shape, text)
                except ValueError as error:
                    wrong[one.key] = f"this is no JSON: {error}"
        unset = (name for name, (one, text) in mine.items() if one.shape is not Shape.SECRET and not text.strip())
        return cls(owner=owner, plain=plain, secret=secret, unset=tuple(unset), wrong=wrong)

    def __bool__(self) -> bool:
        return bool(self.plain or self.secret or self.unset)

    def over(self, kept: _Kept) -> dict[str, Any]:
        """All settings as they will be, secrets in plain."""
        before = {name: value for name, value in kept.plain(self.owner).items() if name not in self.unset}
        return {**before, **kept.secret[self.owner], **self.plain, **self.secret}


def _checked(kept: _Kept, change: _Changes, problems: Problems) -> BaseModel | None:
    """The model of the settings as they will be; what is wrong goes beside its field."""
    problems |= change.wrong
    model = kept.model(change.owner)
    if model is None:
        return None
    try:
        return model.model_validate(change.over(kept))
    except ValidationError as error:
        for one in error.errors(include_input=False, include_url=False, include_context=False):
            name = str(one["loc"][0]) if one["loc"] else ""
            problems.setdefault(f"{change.owner}.{name}" if name else "", one["msg"].removeprefix("Value error, "))
        return None


def _said_by_plugin(hub: Hub, kept: _Kept, models: Mapping[Owner, BaseModel | None]) -> Problems:
    """What single fields cannot say."""
    plugin = hub.host.plugin(kept.row.plugin)
    if not plugin.implements("validate"):
        return {}
    offer = {"settings": models[Owner.DESTINATION], "connection": models[Owner.CONNECTION]}
    said = hub.host.call(plugin, "validate", **offer)
    return {_key(kept, one.place): one.message for one in said if one.severity is Severity.FATAL}


def _key(kept: _Kept, place: str) -> str:
    for owner in Owner:
        model = kept.model(owner)
        if model is not None and place in model.model_fields:
            return f"{owner}.{place}"
    return ""


def _keep(hub: Hub, kept: _Kept, changes: Mapping[Owner, _Changes]) -> None:
    shared, own = changes[Owner.CONNECTION], changes[Owner.DESTINATION]
    if shared and kept.connection is not None:
        editing.edit_connection(hub, kept.connection.name, Values(shared.plain, shared.secret), shared.unset)
    if own:
        edit = Edit(values=Values(own.plain, own.secret), unset=own.unset)
        editing.edit_destination(hub, kept.row.name, edit)
