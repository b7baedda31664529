"""What Exact offers for each setting: companies, sales journals, revenue accounts, and a proposal of VAT codes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hub import Choice, SettingsError, show
from hub_exact.answers import Row
from hub_exact.client import Client
from hub_exact.vat import SELECT as VAT_SELECT
from hub_exact.vat import VatCode, proposal

Draft = Mapping[str, Any]


def choices_for(field: str, draft: Draft, client: Client) -> Sequence[Choice]:
    """The choices for one setting; `draft` holds what was typed so far. Raises SettingsError without a division."""
    offered = _OFFERED.get(field)
    return offered(client, draft) if offered else ()


def _divisions(client: Client, _draft: Draft) -> list[Choice]:
    """The list of companies lies in any of them; the one that the user has open is as good as another."""
    [me] = client.read("current/Me", "CurrentDivision") or [{}]
    select = "Code,Description,VATNumber,Status"
    rows = client.read(f"{me.get('CurrentDivision')}/system/Divisions", select)
    return [_choice(row, str(row.get("VATNumber") or "no VAT number").strip()) for row in rows]


def _journals(client: Client, draft: Draft) -> list[Choice]:
    path = f"{_division(draft)}/financial/Journals"
    return _open(client.read(path, "Code,Description,Type,IsBlocked", "Type eq 20"))


def _gl_accounts(client: Client, draft: Draft) -> list[Choice]:
    path = f"{_division(draft)}/financial/GLAccounts"
    return _open(client.read(path, "ID,Code,Description,Type,IsBlocked", "Type eq 110"))


def _vat_codes(client: Client, draft: Draft) -> list[Choice]:
    """One choice: the whole table, which says what a person has still to add."""
    rows = client.read(f"{_division(draft)}/vat/VATCodes", VAT_SELECT)
    rules, unclear = proposal([VatCode.of(row) for row in rows])
    told = [f"{rule['category']} {rule['rate']} % = {rule['code']}" for rule in rules]
    told += [f"{case}: choose from {', '.join(code.code for code in codes)}" for case, codes in unclear.items()]
    label = "proposed, to be confirmed by a bookkeeper: " + ("; ".join(told) or "nothing fits")
    return [Choice(json.dumps(rules, ensure_ascii=False), show(label, limit=500))]


_OFFERED: Mapping[str, Callable[[Client, Draft], list[Choice]]] = {
    "division": _divisions,
    "journal": _journals,
    "gl_account": _gl_accounts,
    "vat_codes": _vat_codes,
}


def _division(draft: Draft) -> int:
    written = str(draft.get("division", "")).strip()
    if not written.isdecimal():
        raise SettingsError("division", "choose the division first: --set division=NUMBER")
    return int(written)


def _open(rows: Sequence[Row]) -> list[Choice]:
    return [_choice(row, "") for row in rows if row.get("IsBlocked") is not True]


def _choice(row: Row, more: str) -> Choice:
    label = ", ".join(part for part in (str(row.get("Description") or "").strip(), more) if part)
    return Choice(str(row.get("Code")).strip(), show(label, limit=120))
