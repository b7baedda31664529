"""Where a hub's bytes are, by HUB_BLOBS: a folder of the home, another folder, or a bucket."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from hub.config import Config
from hub.core.blobs import Blobs
from hub.core.folder import Folder
from hub.core.store import companies
from hub.core.store.engine import Database
from hub.errors import NotSent, SettingsError, UsageError
from hub.net import guard_from_environment

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

    from hub.core.room import Room

# Where a store of one's own is, by the names that its clients know.
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT")
# An answer is waited for as long as a large file takes; a store that is down is told of after about three seconds.
_CLIENT: ClientConfig = {"connect_timeout": "5s", "read_timeout": "20s", "timeout": "10m"}
_RETRY: RetryConfig = {
    "max_retries": 5,
    "retry_timeout": timedelta(seconds=30),
    "backoff": {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=2),
        "base": 2,
    },
}


def blobs_of(config: Config) -> Blobs:
    """The place for the bytes of this home; an object store is not asked yet. Raises UsageError."""
    folder = folder_of(config)
    return Folder(folder) if folder else _objects(config)


def folder_of(config: Config) -> Path | None:
    """The folder for bytes; None when they are in an object store."""
    if not config.blobs:
        return config.data / "blobs"
    parts = urlsplit(config.blobs)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def make_folders(config: Config) -> None:
    """Make the home, and the folder for bytes; a bucket is made by whoever pays for it."""
    config.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    config.data.mkdir(exist_ok=True, mode=0o700)
    if folder := folder_of(config):
        folder.mkdir(exist_ok=True, parents=True, mode=0o700)


def claim_place(db: Database, blobs: Blobs) -> None:
    """See that the bytes can be reached, and are this hub's. Raises UsageError; TemporaryError when nobody answers."""
    with db.read() as conn:
        ours = str(companies.instance_id(conn))
    if blobs.claim(ours) != ours:
        raise UsageError(
            "the bytes at this place belong to another hub",
            code="blobs_of_another",
            action="give each hub a prefix of its own in HUB_BLOBS, and each machine of one hub the same database",
        )


def room_of(config: Config, blobs: Blobs) -> Room:
    """The disks of this machine that what happens is written to."""
    from hub.core.room import Room  # noqa: PLC0415 - only commands that carry papers count

    return Room({blobs.scratch, *([] if config.database_url else [config.data])}, config.reserve)


def _objects(config: Config) -> Blobs:
    try:
        from obstore.exceptions import BaseError  # noqa: PLC0415 - an extra, and only for those who have a bucket
        from obstore.store import from_url  # noqa: PLC0415 - the same

        from hub.core.objects import Objects  # noqa: PLC0415 - the same
    except ImportError as missing:
        raise UsageError(
            "bytes in an object store need the extra `objects`",
            code="extra_missing",
            action="install bookkeeper-hub[objects], or leave HUB_BLOBS away",
        ) from missing
    try:
        store = from_url(config.blobs, client_options=_client(os.environ), retry_config=_RETRY)
    except (BaseError, ValueError) as error:
        words = str(error).partition("\n")[0]
        raise _wrong(f"HUB_BLOBS={config.blobs}: {words}") from error
    return Objects(store, config.data / "scratch")


def _client(environment: Mapping[str, str]) -> ClientConfig:
    """How the store is talked to: https, or http to networks that are allowed; with the operator's own CA."""
    client: ClientConfig = {**_CLIENT}
    guard = guard_from_environment(environment)
    if endpoint := next((environment[name] for name in _ENDPOINTS if environment.get(name)), ""):
        try:
            client["allow_http"] = guard.check_url(endpoint).scheme == "http"
        except (SettingsError, NotSent) as error:
            raise _wrong(f"the object store's address {endpoint}: {error.detail}") from error
    if guard.ca_file:
        client["root_certificate"] = guard.ca_file.read_bytes()
    return client


def _wrong(message: str) -> UsageError:
    action = "mend HUB_BLOBS (s3://BUCKET/PREFIX, gs://, az://, file:///FOLDER) and the variables of its client"
    return UsageError(message, code="bad_configuration", action=action)
