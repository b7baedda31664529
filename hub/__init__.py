"""hub: brings every business paper of a company to its bookkeeper, once, with proof.

This is the public door for plugin authors. Names are loaded when first used (PEP 562), so that `import hub` is
cheap and pulls in neither a database nor a screen.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False  # as type checkers know it; importing typing would cost `hub --version` 5 ms
if TYPE_CHECKING:
    from hub.core.delivery import Absent, Delivery, Pack, Receipt, Role, Turn
    from hub.core.document import Direction, Document, DocumentType, Given, Incoming, Kind
    from hub.core.files import Artifact, File, FileRole
    from hub.core.meanings import Meaning
    from hub.core.media import media_type
    from hub.core.meter import Meter
    from hub.core.papers import CompanyPapers, PackMade, PackWanted, Page, Paper, Papers
    from hub.core.steps import Steps
    from hub.core.terms import (
        Address,
        AllowanceCharge,
        Identifier,
        Line,
        Party,
        Payment,
        Reference,
        TaxCategory,
        TaxSubtotal,
        Totals,
    )
    from hub.core.words import safe_name, show
    from hub.errors import (
        Held,
        LoginNeeded,
        NotFoundError,
        NotSent,
        Problem,
        Rejected,
        SettingsError,
        Severity,
        Uncertain,
        Unreadable,
        UsageError,
    )
    from hub.plugins.desk import App, Desk, Notice, Notify, OpenDesk, Site, Tables
    from hub.plugins.hookspecs import hookimpl
    from hub.plugins.types import Ask, Choice, Deadlines, Health, Limits, PluginInfo, Step
    from hub.plugins.vault import Kept, Vault

__version__ = "0.1.0"

_ROOMS = {
    "hub.core.delivery": ("Absent", "Delivery", "Pack", "Receipt", "Role", "Turn"),
    "hub.core.document": ("Direction", "Document", "DocumentType", "Given", "Incoming", "Kind"),
    "hub.core.files": ("Artifact", "File", "FileRole"),
    "hub.core.meanings": ("Meaning",),
    "hub.core.media": ("media_type",),
    "hub.core.steps": ("Steps",),
    "hub.core.meter": ("Meter",),
    "hub.core.papers": ("PackMade", "Page", "Paper", "Papers", "PackWanted", "CompanyPapers"),
    "hub.core.terms": (
        "Address",
        "AllowanceCharge",
        "Identifier",
        "Line",
        "Party",
        "Payment",
        "Reference",
        "TaxCategory",
        "TaxSubtotal",
        "Totals",
    ),
    "hub.core.words": ("safe_name", "show"),
    "hub.errors": (
        "Held",
        "LoginNeeded",
        "NotFoundError",
        "NotSent",
        "Problem",
        "Rejected",
        "SettingsError",
        "Severity",
        "Uncertain",
        "Unreadable",
        "UsageError",
    ),
    "hub.plugins.desk": ("App", "Desk", "Notice", "Notify", "OpenDesk", "Site", "Tables"),
    "hub.plugins.hookspecs": ("hookimpl",),
    "hub.plugins.types": ("Ask", "Choice", "Deadlines", "Health", "Limits", "PluginInfo", "Step"),
    "hub.plugins.vault": ("Kept", "Vault"),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "Absent",
    "Address",
    "AllowanceCharge",
    "App",
    "Artifact",
    "Ask",
    "Choice",
    "CompanyPapers",
    "Deadlines",
    "Delivery",
    "Desk",
    "Direction",
    "Document",
    "DocumentType",
    "File",
    "FileRole",
    "Given",
    "Health",
    "Held",
    "Identifier",
    "Incoming",
    "Kept",
    "Kind",
    "Limits",
    "Line",
    "LoginNeeded",
    "Meaning",
    "Meter",
    "NotFoundError",
    "NotSent",
    "Notice",
    "Notify",
    "OpenDesk",
    "Pack",
    "PackMade",
    "PackWanted",
    "Page",
    "Paper",
    "Papers",
    "Party",
    "Payment",
    "PluginInfo",
    "Problem",
    "Receipt",
    "Reference",
    "Rejected",
    "Role",
    "SettingsError",
    "Severity",
    "Site",
    "Step",
    "Steps",
    "Tables",
    "TaxCategory",
    "TaxSubtotal",
    "Totals",
    "Turn",
    "Uncertain",
    "Unreadable",
    "UsageError",
    "Vault",
    "__version__",
    "hookimpl",
    "media_type",
    "safe_name",
    "show",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'hub' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
