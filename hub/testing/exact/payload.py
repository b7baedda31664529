"""The body of a POST or PUT, read against the schema: types are checked, what is read-only is dropped (reference 3)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from hub.testing.exact.clock import SERVER_UTC_OFFSET
from hub.testing.exact.schema import LINE, Kind, Property, Resource
from hub.testing.exact.wire import Refused, Request

Row = dict[str, Any]

# What databases bear; none of it was seen at the real far side.
_TOO_LARGE = Decimal(10) ** 15
_YEARS = range(1753, 9999)
_STREAM = "Error processing request stream."


def read(request: Request, resource: Resource) -> Row:
    """The writable properties that were sent, as they are stored; 400 for anything unknown or of a wrong type."""
    if "json" not in request.headers.get("content-type", ""):
        raise Refused(400, f"{_STREAM} Unsupported media type requested.")
    try:
        body = json.loads(request.body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise Refused(400, f"{_STREAM} The request body is not JSON.") from None
    return _row(body, resource.properties, resource.model)


def _row(body: Any, properties: Mapping[str, Property], model: str) -> Row:
    if not isinstance(body, dict):
        raise Refused(400, f"{_STREAM} A JSON object is expected for '{model}'.")
    unknown = next((name for name in body if name not in properties), None)
    if unknown is not None:
        raise Refused(400, f"{_STREAM} The property name '{unknown}' specified for type '{model}' is not valid.")
    return {name: _stored(name, value, properties[name]) for name, value in body.items() if properties[name].writable}


def _stored(name: str, value: Any, known: Property) -> Any:
    if value is None:
        return None
    if known.kind is Kind.LINES:
        return [_row(line, LINE, "SalesEntryLine") for line in _list(name, value)]
    try:
        return _READERS[known.kind](value)
    except (TypeError, ValueError, InvalidOperation, binascii.Error):
        raise Refused(400, _wrong(name, known.kind)) from None


def _wrong(name: str, kind: str) -> str:
    text = f"Error encountered in converting the value from request payload for property '{name}' to type '{kind}'"
    return f"{_STREAM} {text}, which is the property's expected type. See inner exception for more detail."


def _list(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Refused(400, _wrong(name, "Collection"))
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _number(value: Any) -> str:
    """A JSON number, or a string that is one."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise TypeError(value)
    number = Decimal(value)
    if not number.is_finite() or abs(number) >= _TOO_LARGE:
        raise ValueError(value)
    return str(number)


def _integer(value: Any) -> int:
    number = Decimal(_number(value))
    if number != int(number) or not -(2**31) <= number < 2**31:
        raise ValueError(value)
    return int(number)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _moment(value: Any) -> str:
    """A date without a zone; one with a zone is moved to the local time of the server (reference 3, claimed)."""
    moment = datetime.fromisoformat(_text(value))
    if moment.year not in _YEARS:
        raise ValueError(value)
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None) + timedelta(seconds=SERVER_UTC_OFFSET)
    return moment.isoformat()


def _bytes(value: Any) -> Row:
    """Of an attachment its size and hash are kept."""
    data = base64.b64decode(_text(value), validate=True)
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


_READERS: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.STRING: _text,
    Kind.GUID: lambda value: str(uuid.UUID(_text(value))),
    Kind.INT: _integer,
    Kind.DOUBLE: _number,
    Kind.BOOL: _truth,
    Kind.DATE: _moment,
    Kind.BINARY: _bytes,
}
