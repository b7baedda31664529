"""The pages, a file each; `page_of` makes the one that a target names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hub_tui.screens.assign import Assign
from hub_tui.screens.delivery import DeliveryPage
from hub_tui.screens.destination import DestinationPage
from hub_tui.screens.destinations import Destinations
from hub_tui.screens.document import DocumentPage
from hub_tui.screens.documents import Documents
from hub_tui.screens.inbox import Inbox
from hub_tui.screens.incoming import IncomingPage
from hub_tui.screens.outbox import Outbox
from hub_tui.screens.overview import Overview
from hub_tui.screens.page import Page
from hub_tui.screens.preview import PreviewPage
from hub_tui.screens.settings import Settings
from hub_tui.session import Session, Target

_PAGES: Mapping[str, Callable[[Session, Target], Page]] = {
    "overview": lambda session, _: Overview(session),
    "outbox": lambda session, target: Outbox(session, target.where),
    "documents": lambda session, target: Documents(session, target.where),
    "inbox": lambda session, _: Inbox(session),
    "destinations": lambda session, _: Destinations(session),
    "delivery": lambda session, target: DeliveryPage(session, int(target.key)),
    "preview": lambda session, target: PreviewPage(session, int(target.key)),
    "document": lambda session, target: DocumentPage(session, int(target.key)),
    "incoming": lambda session, target: IncomingPage(session, int(target.key)),
    "assign": lambda session, target: Assign(session, int(target.key)),
    "destination": lambda session, target: DestinationPage(session, str(target.key)),
    "settings": lambda session, target: Settings(session, str(target.key)),
}


def page_of(session: Session, target: Target) -> Page:
    """The page that a target names."""
    return _PAGES[target.view](session, target)
