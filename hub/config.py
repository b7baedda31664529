"""The process's configuration: environment first, then `HOME/hub.toml`, then defaults. All problems at once."""

from __future__ import annotations

import getpass
import os
import tomllib
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from hub.core.wear import Wear
from hub.errors import UsageError
from hub.net import guard_from_environment

LISTEN = "127.0.0.1:8484"  # where `hub serve` is, unless told otherwise

_VARIABLES = {
    "HUB_DATABASE_URL": "database_url",
    "HUB_BLOBS": "blobs",
    "HUB_KEY": "key",
    "HUB_LEASE": "lease",
    "HUB_SLOTS": "slots",
    "HUB_RESERVE": "reserve",
    "HUB_ALLOW_NETWORKS": "allow_networks",
    "HUB_CA_FILE": "ca_file",
    "HUB_FORMATS": "formats",
    "HUB_LOG": "log",
    "HUB_RECYCLE_AFTER": "recycle_after",
    "HUB_MEMORY": "memory",
    "HUB_PUBLIC_URL": "public_url",
}


def _public_url(text: str) -> str:
    """Scheme, host and port, as links in mails need them; what runs below other paths cannot protect its cookies."""
    parts = urlsplit(text)
    bare = text.removesuffix("/")
    if parts.scheme not in {"http", "https"} or not parts.hostname or bare != f"{parts.scheme}://{parts.netloc}":
        raise ValueError("write it as https://hub.voorbeeld.example, without a path")
    if "@" in parts.netloc:
        raise ValueError("no user and no password belong in it")
    return bare


def _place_of_bytes(text: str) -> str:
    """A bucket or a folder, as the address of one. What is secret comes by the variables of the store's own client."""
    parts = urlsplit(text)
    if not text or (parts.scheme == "file" and not parts.netloc and parts.path.startswith("/")):
        return text
    if parts.scheme not in {"s3", "gs", "az"} or not parts.netloc or parts.query or "@" in parts.netloc:
        raise ValueError("write it as s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX or file:///FOLDER")
    return text


class Config(BaseModel):
    """What the process needs before it opens the database. Durations in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path
    database_url: str = ""
    blobs: Annotated[str, AfterValidator(_place_of_bytes)] = ""
    key: SecretStr | None = None
    lease: float = Field(default=60.0, ge=2.0, le=3600.0)
    slots: int = Field(default=32, ge=1, le=500)
    reserve: int = Field(default=50_000_000, ge=0)  # bytes kept free: twice the largest paper
    allow_networks: str = ""
    ca_file: str = ""
    formats: tuple[str, ...] = ("ubl_export",)
    log: Literal["debug", "info", "warning", "error"] = "info"
    recycle_after: int = Field(default=1_000_000, ge=0)  # deliveries of one process until it starts itself anew
    memory: int = Field(default=1024, ge=0)  # MB of one process, likewise
    public_url: Annotated[str, AfterValidator(_public_url)] = ""

    @property
    def data(self) -> Path:
        """What a backup takes: database and bytes."""
        return self.home / "data"

    @property
    def site(self) -> str:
        """What links to our pages begin with."""
        return self.public_url or f"http://{LISTEN}"

    @property
    def wear(self) -> Wear:
        """When a process that delivers is worn out."""
        return Wear(deliveries=self.recycle_after, memory=self.memory)

    @property
    def url(self) -> str:
        """The database: SQLite in the home unless a URL says otherwise."""
        return self.database_url or f"sqlite:///{self.data / 'hub.db'}"


def default_home(environment: Mapping[str, str]) -> Path:
    """`HUB_HOME`, else the platform's folder for user data."""
    named = environment.get("HUB_HOME", "")
    return Path(named).expanduser().absolute() if named else Path(platformdirs.user_data_dir("hub"))


def read_config(environment: Mapping[str, str]) -> Config:
    """The configuration of this process. Raises UsageError with every problem and where it stands."""
    home = default_home(environment)
    values: dict[str, object] = {**_from_file(home / "hub.toml"), "home": home}
    for variable, name in _VARIABLES.items():
        if environment.get(variable):
            text = environment[variable]
            values[name] = tuple(text.split(",")) if name == "formats" else text
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise UsageError(
            "; ".join(f"{_origin(e['loc'])}: {e['msg']}" for e in error.errors(include_input=False)),
            code="bad_configuration",
            action=f"mend the variable, or the line in {home / 'hub.toml'}",
        ) from None


def operator() -> str:
    """Who acts: the operating system's name of the person, or its number in a container without names."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid:{os.getuid()}"


def share_network(config: Config, environ: MutableMapping[str, str]) -> None:
    """Let the guard of outgoing addresses, which reads the environment, see what the file says. Raises UsageError."""
    for variable, value in (("HUB_ALLOW_NETWORKS", config.allow_networks), ("HUB_CA_FILE", config.ca_file)):
        if value:
            environ[variable] = value
    guard_from_environment(environ)


def _origin(place: tuple[int | str, ...]) -> str:
    name = str(place[0]) if place else "configuration"
    variable = next((variable for variable, known in _VARIABLES.items() if known == name), "")
    return f"{name} ({variable})" if variable else name


def _from_file(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}", code="bad_configuration", action="mend that line") from None
