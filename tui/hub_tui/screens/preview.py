"""The exact bytes of a delivery, for eyes: each part by name and SHA-256, with its text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from textual.widget import Widget
from textual.widgets import Log

from hub.app import preview
from hub.app.preview import Part, Preview
from hub_tui import words
from hub_tui.screens.page import Page
from hub_tui.session import Session

_MOST_LINES = 5_000


class PreviewPage(Page):
    """The page of a preview. It is read once: bytes do not change."""

    DEFAULT_CSS = "PreviewPage Log { padding: 0 1; }"

    def __init__(self, session: Session, delivery_id: int) -> None:
        super().__init__(session)
        self.delivery_id = delivery_id
        self.heading = "preview"

    def body(self) -> Iterable[Widget]:
        """Lines that scroll."""
        yield Log(highlight=False, auto_scroll=False)

    def on_mount(self) -> None:
        """Arrow keys scroll."""
        self.query_one(Log).focus()

    def read(self) -> Preview:
        """Prepared now when no attempt has done so; nothing is kept."""
        return preview.preview(self.session.hub, self.delivery_id)

    def show(self, answer: Preview) -> None:
        """All parts below each other."""
        log = self.query_one(Log)
        log.clear()
        fresh = "not prepared yet: this is what would go now" if answer.fresh else "prepared: these bytes leave"
        log.write_lines([fresh, *(line for part in answer.parts for line in _lines(part))])
        log.scroll_home(animate=False)

    def changed(self) -> None:
        """Nothing to look at again."""


def _lines(part: Part) -> Iterator[str]:
    yield ""
    yield f"--- {words.plain(part.name, 60)}  {words.plain(part.media_type, 40)}  {part.size} bytes"
    yield f"    sha256 {words.plain(part.sha256, 64)}"
    text = part.text.splitlines()
    yield from (words.plain_line(line) for line in text[:_MOST_LINES])
    if len(text) > _MOST_LINES:
        yield f"... {len(text) - _MOST_LINES} more lines"
    if not text:
        yield "    (no text)"
