"""The pages that plugins bring by `routes`, each under /PLUGIN/, made when first asked for."""

from __future__ import annotations

from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from hub.app import Hub
from hub.app.desk import desk, in_use
from hub.core.store import destinations
from hub.plugins.desk import App, Message, Site
from hub.web.answers import Receive, Send, page


class Brought:
    """Finds the plugin by the first part of the path. Only one that this home uses is loaded: being installed is not
    enough."""

    def __init__(self, hub: Hub, site: Site) -> None:
        self._hub = hub
        self._site = site
        self._apps: dict[str, App] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Hand a request on."""
        name, slash, _ = str(scope["path"]).removeprefix("/").partition("/")
        app = self._apps.get(name) or await run_in_threadpool(self._open, name)
        if app is None:
            await page(404, "Not found", "There is no such page.")(scope, receive, send)
        elif not slash:
            await RedirectResponse(f"/{name}/", 308)(scope, receive, send)
        else:
            await app({**scope, "root_path": f"/{name}"}, receive, send)

    def _open(self, name: str) -> App | None:
        """Its application; None when it has none, or is not used here. Raises PluginError when it fails to load."""
        host = self._hub.host
        if not host.installed(name) or name not in self._used():
            return None
        plugin = host.plugin(name)
        if not plugin.implements("routes"):
            return None
        mine = desk(self._hub, name)
        log = self._hub.log(plugin=name)
        offer = {"tables": mine.tables, "papers": mine.papers, "notify": mine.notify, "site": self._site, "log": log}
        app: App = host.call(plugin, "routes", **offer)
        self._apps[name] = app
        return app

    def _used(self) -> frozenset[str]:
        with self._hub.db.read() as conn:
            delivering = {row.plugin for row in destinations.every(conn)}
        return in_use(self._hub) | delivering
