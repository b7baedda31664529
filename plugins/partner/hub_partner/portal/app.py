"""The portal's application: its pages, its stylesheet, and what becomes of errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from hub import Desk, NotFoundError
from hub_partner.portal import clients, doorway, exports, logins
from hub_partner.portal.frame import BASE, NotLoggedIn, Portal, portal_of, templates

_SENTENCES = {
    404: ("Not found", "There is no such page, or it is not one of yours."),
    405: ("Not here", "This page does not do that."),
    422: ("Not understood", "Something in that form is missing or too long. Go back, and look at it again."),
    429: ("Busy", "An export of your office is being made. Wait for it, then ask again."),
}


class _Static(StaticFiles):
    """Files that a browser keeps, and asks about before it uses them again."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response: Response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "no-cache"
        return response


def application(desk: Desk, log: Any) -> FastAPI:
    """The pages under /partner/. Their pages for programmers load from a foreign host, so they are off."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.portal = Portal(desk=desk, log=log, templates=templates())
    app.mount("/static", _Static(directory=Path(__file__).parent / "static"))
    for part in (doorway, clients, exports, logins):
        app.include_router(part.router)
    app.add_exception_handler(NotLoggedIn, _to_login)
    app.add_exception_handler(NotFoundError, _says(404))
    app.add_exception_handler(RequestValidationError, _says(422))
    app.add_exception_handler(exports.Busy, _says(429))
    for status in (404, 405):
        app.add_exception_handler(status, _says(status))
    return app


def _to_login(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the framework's shape
    return RedirectResponse(f"{BASE}/login", 303)


def _says(status: int) -> Any:
    """A handler that tells this status's sentence, and nothing of the error: it is the same for all of its kind."""

    def handler(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the framework's shape
        title, sentence = _SENTENCES[status]
        return portal_of(request).page("sentence", status, title=title, sentence=sentence)

    return handler
