"""The application that `hub serve` runs: health, then the pages that plugins bring, behind one door."""

from __future__ import annotations

import uvicorn
from fastapi import FastAPI

from hub.app import Hub
from hub.core.store import companies
from hub.plugins.desk import App, Site
from hub.web.answers import Answers
from hub.web.brought import Brought
from hub.web.door import Door


def server(hub: Hub, listening: str) -> uvicorn.Server:
    """What serves them: run it with a socket that listens at HOST:PORT."""
    config = uvicorn.Config(
        application(hub, listening),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # Where links are https, a proxy on this machine speaks it for us, and says who called; else nobody is believed.
        proxy_headers=hub.config.public_url.startswith("https://"),
        forwarded_allow_ips="127.0.0.1",
        limit_concurrency=200,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=7,
    )
    return uvicorn.Server(config)


def application(hub: Hub, listening: str) -> App:
    """The pages of an open home whose process listens at HOST:PORT."""
    site = Site(hub.config.public_url or f"http://{listening}", hub.now)
    # Its pages for programmers load from a foreign host, so they are off.
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        """Whether the process answers and its database can be read."""
        with hub.db.read() as conn:
            companies.instance_id(conn)
        return {"status": "ok"}

    app.mount("/", Brought(hub, site))
    return Answers(app, Door.of(site.url, listening), hub.log(room="web"))
