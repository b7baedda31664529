"""A far side that speaks Exact Online's REST API and OAuth on this machine, keeps books, and fails on request.

In a test: `with ExactServer(Setup(...)) as server: ... server.url ... server.books()`.
As a process: `with running("--ledger", FILE) as (server, process):`, or by hand
`python -m hub.testing.exact --port 0 --ledger FILE --time-scale 60 --faults TEXT`; its first line is the address.
Written from what is known of the wire alone: it shares no code with any plugin.
"""

from hub.testing.exact.books import Attachment, Books, Entry
from hub.testing.exact.faults import Fault
from hub.testing.exact.oauth import App
from hub.testing.exact.remote import Remote, running
from hub.testing.exact.seeds import COMPANIES, id_of
from hub.testing.exact.server import ExactServer
from hub.testing.exact.site import Setup

__all__ = [
    "COMPANIES",
    "App",
    "Attachment",
    "Books",
    "Entry",
    "ExactServer",
    "Fault",
    "Remote",
    "Setup",
    "id_of",
    "running",
]
