"""Papers lately used, at hand: one goes to several destinations about the same time, and never changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from hub.core.claim import Claim
from hub.core.delivery import Pack
from hub.core.document import Document

_MOST = 256  # papers
_LONGEST = 100  # lines: what is longer is read again rather than kept

Subject = Document | Pack


class Shelf:
    """Loads the paper of a claim, or has it still. Threads share it."""

    def __init__(self, load: Callable[[Claim], Subject], most: int = _MOST) -> None:
        self._load = load
        self._most = most
        self._kept: OrderedDict[int, Subject] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, claim: Claim) -> Subject:
        """The paper; packs are not kept."""
        if claim.document_id is None:
            return self._load(claim)
        with self._lock:
            found = self._kept.get(claim.document_id)
            if found is not None:
                self._kept.move_to_end(claim.document_id)
                return found
        loaded = self._load(claim)
        if isinstance(loaded, Document) and len(loaded.lines) <= _LONGEST:
            with self._lock:
                self._kept[claim.document_id] = loaded
                if len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return loaded
