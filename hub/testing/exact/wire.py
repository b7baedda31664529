"""What goes over the wire: a request as it came, an answer as it leaves, and a refusal with its JSON body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, unquote

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. `target` is as sent; `headers` have small letters; `number` counts all requests from 1."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    number: int = 0

    @property
    def path(self) -> str:
        """The path, decoded."""
        return unquote(self.target.partition("?")[0])

    @property
    def query(self) -> dict[str, str]:
        """The query; of a name that comes twice the last value."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        """The body as a form; empty when it is something else."""
        if "application/x-www-form-urlencoded" not in self.headers.get("content-type", ""):
            return {}
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `told` is what it says in words, for the ledger."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    told: str = ""

    def with_headers(self, more: Mapping[str, str]) -> Answer:
        """The same with more headers."""
        return replace(self, headers={**self.headers, **more})


def json_answer(status: int, content: Any, told: str = "") -> Answer:
    """An answer with a JSON body."""
    return Answer(status, json.dumps(content).encode(), {"Content-Type": JSON}, told)


def html_answer(status: int, title: str) -> Answer:
    """A page for people, which no program asked for."""
    page = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Answer(status, page.encode(), {"Content-Type": "text/html; charset=utf-8"}, title)


class Refused(Exception):
    """A request that is answered with an error body (reference 3.1); `reason` is the header of that name."""

    def __init__(self, status: int, text: str, reason: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.reason = reason

    def answer(self) -> Answer:
        """The answer: an empty code, and all sentences in one value."""
        body = {"error": {"code": "", "message": {"lang": "", "value": self.text}}}
        answer = json_answer(self.status, body, self.text)
        return answer.with_headers({"Reason": self.reason}) if self.reason else answer
