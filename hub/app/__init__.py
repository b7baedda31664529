"""The open home: where configuration, store, plugins and runner meet. Command line, dashboard and web hold a `Hub`."""

from hub.app.home import Hub

__all__ = ["Hub"]
