"""What a person sets: the software that calls (connection), and the company whose papers go (destination)."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from stdnum.be import vat
from stdnum.exceptions import ValidationError

from hub.net import is_host

PRODUCTION = "https://api.codabox.com/v2"
UPLOAD_PATH = "upload/sales-invoice/"  # ASSUMPTION: the upload call is not public

_KEY = re.compile(r"[!-~]{1,200}")
_PATH = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    plain = not (parts.query or parts.fragment or parts.username)
    if parts.scheme not in {"https", "http"} or not is_host(parts.hostname or "") or not plain:
        raise ValueError(f"a base URL is like {PRODUCTION}")
    return text.rstrip("/")


def _software_key(secret: SecretStr) -> SecretStr:
    if not _KEY.fullmatch(secret.get_secret_value()):
        raise ValueError("a software key is one word without spaces")
    return secret


def _enterprise_number(text: str) -> str:
    try:
        number: str = vat.validate(text)
    except ValidationError:
        raise ValueError("ten digits of a Belgian enterprise number, such as 0123456749") from None
    return number


def _upload_path(text: str) -> str:
    path = text.strip("/")
    if not _PATH.fullmatch(path):
        raise ValueError(f"a path below the base URL, such as {UPLOAD_PATH}")
    return f"{path}/"


class Software(BaseModel):
    """The invoicing software as CodaBox knows it, and where CodaBox is. The sandbox has a base URL of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    base_url: Annotated[str, AfterValidator(_base_url)] = Field(PRODUCTION, description="where CodaBox is")
    software_key: Annotated[SecretStr, AfterValidator(_software_key)] = Field(
        description="the key of the software company, given by CodaBox"
    )


class Client(BaseModel):
    """The company whose sales papers go to its office, and the rules that are kept before any call."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    enterprise_number: Annotated[str, AfterValidator(_enterprise_number)] = Field(description="ten digits")
    upload_path: Annotated[str, AfterValidator(_upload_path)] = Field(
        UPLOAD_PATH, description="below the base URL; an assumption until CodaBox confirms it"
    )
    require_pdf: bool = Field(True, description="hold a UBL that has no PDF inside")
    year_lock: bool = Field(True, description="hold a paper of an earlier year once a later one was sent")
    send_older: bool = Field(False, description="send papers dated before the link was made")
