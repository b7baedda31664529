"""A state as people see it: a glyph, a word and a colour, so that none of the three is needed alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rich.text import Text
from textual.content import Content


class Tone(StrEnum):
    """What a colour means."""

    PLAIN = "plain"
    DIM = "dim"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Badge:
    """Glyph and word, and the tone of both."""

    glyph: str
    word: str
    tone: Tone

    def __str__(self) -> str:
        return f"{self.glyph} {self.word}"

    @property
    def text(self) -> Text:
        """In its colour, beside other text."""
        return Text(str(self), style=_COLOURS[self.tone])


_STYLES: Mapping[Tone, str] = {
    Tone.PLAIN: "",
    Tone.DIM: "$text-muted",
    Tone.GOOD: "$text-success",
    Tone.WARN: "bold $text-warning",
    Tone.BAD: "bold $text-error",
}

# The same where text is wrapped by Rich, which does not know the colours of a theme.
_COLOURS: Mapping[Tone, str] = {
    Tone.PLAIN: "",
    Tone.DIM: "dim",
    Tone.GOOD: "green",
    Tone.WARN: "bold yellow",
    Tone.BAD: "bold red",
}

# The words are the labels of product and command line; the codes of states stay in filters.
_BADGES: Mapping[str, Badge] = {
    "queued": Badge("·", "queued", Tone.PLAIN),
    "sending": Badge(">", "sending", Tone.PLAIN),
    "uncertain": Badge("?", "unconfirmed", Tone.BAD),
    "delivered": Badge("✓", "delivered", Tone.GOOD),
    "rejected": Badge("✗", "not accepted", Tone.BAD),
    "held": Badge("!", "needs you", Tone.WARN),
    "cancelled": Badge("-", "cancelled", Tone.DIM),
    "active": Badge("✓", "active", Tone.GOOD),
    "paused": Badge("=", "paused", Tone.WARN),
    "blocked": Badge("✗", "broken", Tone.BAD),
    "parked": Badge("!", "to sort", Tone.WARN),
    "refused": Badge("✗", "refused", Tone.BAD),
    "ok": Badge("✓", "ok", Tone.GOOD),
    "not_sent": Badge("·", "not sent", Tone.WARN),
    "absent": Badge("·", "not there", Tone.WARN),
    "lost": Badge("?", "lost", Tone.BAD),
}


def badge(state: str) -> Badge:
    """The badge of a state of a delivery, destination, document or incoming paper, or of an attempt's outcome."""
    return _BADGES.get(state, Badge(" ", state, Tone.PLAIN))


def coloured(text: str, tone: Tone) -> Content:
    """Text in a tone; nothing in it is markup."""
    return Content.styled(text, _STYLES[tone])
