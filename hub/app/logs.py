"""Log lines: one JSON object each, in ASCII, on stderr; values cut at 500 characters. Never a secret, never a paper."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from hub.core.words import show

_LIMIT = 500
_HIDDEN = ("password", "secret", "token", "authorization", "cookie", "key_")


def configure(level: str = "info") -> None:
    """Send every log line of this process to stderr, from `level` (debug, info, warning, error) on."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _harmless,
            structlog.processors.JSONRenderer(ensure_ascii=True, sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def silence() -> None:
    """Drop every log line of this process: a dashboard owns the terminal, and what matters is in the store."""
    structlog.configure(
        processors=[_dropped], wrapper_class=structlog.BoundLogger, logger_factory=structlog.ReturnLoggerFactory()
    )


def _dropped(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ARG001 - structlog's shape
    raise structlog.DropEvent


def _harmless(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ARG001 - structlog's shape
    """Text cut and escaped; what is named like a secret is hidden, whoever logs it."""
    for name, value in event.items():
        if any(word in name.lower() for word in _HIDDEN):
            event[name] = "***"
        elif isinstance(value, str):
            event[name] = show(value, limit=_LIMIT)
    return event
