"""Who may come in: requests for our own host name, and forms that our own pages sent. Pure.

Forms of other sites are told by Fetch Metadata (`Sec-Fetch-Site`), which every browser since 2023 sends and no script
can forge; where it is missing, `Origin` must be ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN = frozenset({"same-origin", "none"})  # none: typed, or from a bookmark
_MAX_BODY = 64 * 1024  # bytes: forms only
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is turned away: an HTTP status and a sentence."""

    status: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Door:
    """The door of a site: `url` is what people type, `hosts` are the names that it answers to."""

    url: str
    hosts: frozenset[str]

    @classmethod
    def of(cls, url: str, listening: str) -> Door:
        """The door of the site at `url`, whose process listens at HOST:PORT."""
        port = listening.rpartition(":")[2]
        here = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}
        return cls(url, frozenset({urlsplit(url).netloc.lower(), listening.lower(), *here}))

    def refusal(self, method: str, headers: Mapping[str, str]) -> Refusal | None:
        """Why this request is turned away, or None. `headers` by lower-case names."""
        if headers.get("host", "").lower() not in self.hosts:
            return Refusal(400, "This hub does not answer to that name.")
        if method in _SAFE:
            return None
        if not self._from_our_pages(headers):
            return Refusal(
                403, "This form was not sent from a page of this hub. Open the page again, and send it from there."
            )
        return _size(headers)

    def _from_our_pages(self, headers: Mapping[str, str]) -> bool:
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in _OWN
        return _same(headers.get("origin", ""), self.url)


def _size(headers: Mapping[str, str]) -> Refusal | None:
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdecimal()):
        return Refusal(411, "A form must say how long it is.")
    return Refusal(413, "That is more than a form of this hub holds.") if int(length) > _MAX_BODY else None


def _same(origin: str, url: str) -> bool:
    mine, other = urlsplit(url), urlsplit(origin)
    return bool(other.scheme) and (_place(mine.scheme, mine.netloc) == _place(other.scheme, other.netloc))


def _place(scheme: str, netloc: str) -> tuple[str, str]:
    return scheme, netloc.lower().removesuffix(f":{_PORTS.get(scheme, '')}")
