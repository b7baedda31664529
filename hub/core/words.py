"""Text from outside made harmless at the border: for screens and logs, for file names, for spreadsheets.

Nothing here touches what is stored: bytes are kept as they came and encoded at every exit.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

# Control, format (bidi, zero width, tags), surrogate, private, unassigned, line and paragraph separator.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_STACKING = frozenset({"Mn", "Me"})
_MAX_MARKS = 8
_MAX_BYTES = 150
_MAX_CELL = 32_000  # a spreadsheet's cell holds 32,767 characters
_DIGITS = "0123456789\u00b9\u00b2\u00b3"  # Windows reserves COM and LPT with superscript 1, 2 and 3 as well
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(port + n for port in ("com", "lpt") for n in _DIGITS)})
# An ending has a letter: in the number 2026.001 the last part is no file type.
_ENDING = re.compile(r"(?<=[^.])\.(?=[0-9]*[A-Za-z])[A-Za-z0-9]{1,5}\Z")
# What starts a formula, with its full-width and small forms and the minus sign. A spreadsheet skips spaces
# and quotes before it, and one that splits at semicolons (Belgian settings) sees a new cell after each.
_FORMULA = re.compile(
    r"""(^|;)(?=[\s"'`\u2018-\u201f\u00ab\u00bb]*[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212])"""
)


def show(text: str, *, limit: int = 500, lines: bool = False) -> str:
    """Text that can go to any terminal, log or page: what cannot be seen is written as `\\u{9b}`.

    At most `limit` characters, a cut marked with an ellipsis; at most 8 combining marks a letter. `lines`
    keeps line feeds.
    """
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text
    out: list[str] = []
    room = limit
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in _STACKING else 0
        if marks > _MAX_MARKS:
            continue
        shown = char if lines and char == "\n" else _visible(char)
        room -= len(shown)
        if room < 0:
            return _cut(out, limit)
        out.append(shown)
    return "".join(out)


def _visible(char: str) -> str:
    return f"\\u{{{ord(char):x}}}" if unicodedata.category(char) in _UNSEEN else char


def _cut(shown: list[str], limit: int) -> str:
    """What fits with the ellipsis; an escape is never cut in two."""
    while sum(map(len, shown)) >= limit and shown:
        shown.pop()
    return "".join(shown) + "…"


def safe_name(text: str, *, fallback: str = "unnamed", limit: int = _MAX_BYTES) -> str:
    """One component of a path, safe on every system: letters, digits and `._-`, at most `limit` bytes.

    The same text always gives the same name. When anything had to change, `_` and eight hex digits of the
    text's SHA-256 are added, so that different texts keep different names; `Names` settles mere case.
    """
    kept = _kept(text)
    if not kept.strip("._-") or kept.partition(".")[0].lower() in _RESERVED:
        kept = f"{fallback}_{kept}".rstrip("._-")
    if kept == text and len(kept.encode()) <= limit:
        return kept
    return marked(kept, _digest(text), limit=limit)


def _kept(text: str) -> str:
    """Only characters that may stay, without what hides a file, reads as an option or vanishes on Windows."""
    composed = unicodedata.normalize("NFC", text)
    kept = "".join(char if char.isalnum() or char in "._-" else "_" for char in composed)
    return kept.lstrip(".-").rstrip(".")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def marked(name: str, mark: str, *, limit: int = _MAX_BYTES) -> str:
    """A safe name with `_mark` before its ending, its head cut so that it stays within `limit` bytes."""
    found = _ENDING.search(name)
    ending = found.group() if found else ""
    tail = f"_{mark}{ending}"
    head = name.removesuffix(ending).encode()[: limit - len(tail)]
    return head.decode(errors="ignore") + tail


def formula_safe(text: str) -> str:
    """Text for a cell of a spreadsheet: nothing unseen, and `'` before what would be taken as a formula."""
    return _FORMULA.sub(r"\1'", show(text, limit=_MAX_CELL))


class Names:
    """The names taken in one place: no two differ only by case or by how an accent is composed."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, name: str, mark: str, *, limit: int = _MAX_BYTES) -> str:
        """`name`; when taken `name_mark` (a piece of a SHA-256), when that is taken too `name_mark_2`, ..."""
        wanted, n = name, 1
        while _alike(wanted) in self._taken:
            wanted = marked(name, mark if n == 1 else f"{mark}_{n}", limit=limit)
            n += 1
        self._taken.add(_alike(wanted))
        return wanted


def _alike(name: str) -> str:
    """Equal for names that are one name on a disk that ignores case (Unicode's canonical caseless match)."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())
