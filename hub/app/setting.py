"""One setting of a plugin as a field: read from any pydantic model, and from text back to a value. Pure.

A secret's value is never read into a field: it shows only whether there is one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, StrEnum
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hub.plugins.settings import Model, secret_names


class Shape(StrEnum):
    """How a setting is written."""

    TEXT = "text"
    NUMBER = "number"
    SWITCH = "switch"
    CHOICE = "choice"
    LIST = "list"  # texts with commas between
    JSON = "json"
    SECRET = "secret"  # noqa: S105 - the shape's name, no password


class Owner(StrEnum):
    """Where a setting is kept."""

    DESTINATION = "destination"
    CONNECTION = "connection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One field. `value` is what is set, in words, empty when the default holds; of a secret always empty."""

    owner: Owner
    name: str
    shape: Shape
    description: str
    required: bool
    value: str
    default: str
    choices: tuple[str, ...]
    is_set: bool

    @property
    def key(self) -> str:
        """Its name within the form."""
        return f"{self.owner}.{self.name}"


def settings_of(
    owner: Owner, model: Model | None, stored: Mapping[str, Any], secret: Mapping[str, str]
) -> Iterator[Setting]:
    """The fields of a model, with what is stored; of the secrets only whether they are there."""
    hidden = secret_names(model)
    for name, info in model.model_fields.items() if model else ():
        shape = Shape.SECRET if name in hidden else _shape(info.annotation)
        yield Setting(
            owner=owner,
            name=name,
            shape=shape,
            description=info.description or "",
            required=info.is_required(),
            value="" if shape is Shape.SECRET else _words(stored.get(name)),
            default="" if shape is Shape.SECRET else _default(info),
            choices=_choices(info.annotation),
            is_set=name in (secret if shape is Shape.SECRET else stored),
        )


def value_of(shape: Shape, text: str) -> Any:
    """What a typed text means, for the model to check. Raises ValueError for what is no JSON."""
    if shape is Shape.LIST:
        return [piece.strip() for piece in text.split(",") if piece.strip()]
    return json.loads(text) if shape is Shape.JSON else text.strip()


def _bare(annotation: Any) -> Any:
    """The type without `| None`."""
    if get_origin(annotation) in {Union, UnionType}:
        some = [one for one in get_args(annotation) if one is not type(None)]
        return some[0] if len(some) == 1 else str
    return annotation


def _shape(annotation: Any) -> Shape:
    bare = _bare(annotation)
    origin = get_origin(bare)
    if bare is bool:
        return Shape.SWITCH
    if origin is Literal or (isinstance(bare, type) and issubclass(bare, Enum)):
        return Shape.CHOICE
    if bare in {int, float, Decimal}:
        return Shape.NUMBER
    if origin in {list, tuple, set, frozenset}:
        inner = _shape(get_args(bare)[0])
        return Shape.LIST if inner in {Shape.TEXT, Shape.NUMBER, Shape.CHOICE} else Shape.JSON
    if origin is dict or bare in {dict, list} or (isinstance(bare, type) and issubclass(bare, BaseModel)):
        return Shape.JSON
    return Shape.TEXT


def _choices(annotation: Any) -> tuple[str, ...]:
    bare = _bare(annotation)
    if _shape(bare) is not Shape.CHOICE:
        return ()
    members = get_args(bare) if get_origin(bare) is Literal else [member.value for member in bare]
    return tuple(map(str, members))


def _words(value: Any) -> str:
    """A stored value as it is typed."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, list | tuple) and not any(isinstance(one, dict | list) for one in value):
        return ", ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def _default(info: FieldInfo) -> str:
    if info.is_required() or info.default_factory is not None:
        return ""
    return _words(info.default)
