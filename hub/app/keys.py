"""The key of a hub: one for all machines that work on its database, which has a value to try it on."""

from __future__ import annotations

from collections.abc import Mapping

from hub.config import Config
from hub.core.store import locks, secrets
from hub.core.store.engine import Database
from hub.errors import UsageError
from hub.plugins.seal import Seal, make_key, parse_key, read_key

_OWNER, _NAME = "instance", "key"
_WORD = "the right key opens this"


def seal_of(config: Config) -> Seal:
    """What closes and opens secrets, with this home's key. Raises UsageError."""
    return Seal(parse_key(config.key.get_secret_value()) if config.key else read_key(config.home / "key"))


def ensure_key(db: Database, config: Config) -> None:
    """Make this home's key, or see that it is the hub's. Raises UsageError.

    A home that joins the database of another machine is given none: a new one would open nothing there.
    """
    with db.read() as conn:
        joins = bool(secrets.of(conn, _OWNER))
    if config.key is None and not joins:
        make_key(config.home / "key")
    check_key(db, config)


def check_key(db: Database, config: Config) -> None:
    """See that this machine's key is that of all which work on the same database. Raises UsageError.

    A hub in a file has one machine: there a lost key only makes the destinations wait whose passwords it closed.
    """
    if not config.database_url:
        return
    seal = seal_of(config)
    with db.read() as conn:
        word, others = secrets.of(conn, _OWNER), secrets.but(conn, _OWNER)
    # With the key lost on every machine, people close all secrets anew; then the word goes by the new key too.
    if _opens(seal, word) and (word or _opens(seal, others)):
        anew = not word
    elif others and _opens(seal, others):
        anew = True
    else:
        raise UsageError(
            "the key of this home is not that of the hub in its database",
            code="wrong_key",
            action="copy HOME/key from the machine where the hub was made, or set HUB_KEY to the same on both",
        )
    if anew:
        with db.write() as tx:
            locks.founding(tx)  # several machines may join at once
            secrets.put(tx, _OWNER, seal.seal({_NAME: _WORD}))


def _opens(seal: Seal, sealed: Mapping[str, bytes]) -> bool:
    try:
        seal.open(sealed)
    except UsageError:
        return False
    return True
