"""The desk of one plugin in an open home: its tables, the papers, the address of its pages, and mail to people."""

from __future__ import annotations

from hub.app.home import Hub
from hub.app.post import Post
from hub.core.export import Exporter
from hub.core.papers import Papers
from hub.migrations import plugins as history
from hub.plugins.desk import Desk, Site


def desk(hub: Hub, plugin: str) -> Desk:
    """What this plugin may use of an open home."""
    return Desk(
        tables=hub.tables(plugin),
        papers=Papers(Exporter(db=hub.db, blobs=hub.blobs, export=hub.host.export), hub.now),
        site=Site(hub.config.site, hub.now),
        notify=Post(hub),
    )


def in_use(hub: Hub) -> frozenset[str]:
    """The plugins that this home uses for more than delivering: those that have tables in it."""
    with hub.db.read() as conn:
        return history.in_use(conn)
