"""A paper as an event: one JSON object with its facts and files. Pure: the same delivery gives the same bytes.

`type`, `timestamp` and `data` are what Standard Webhooks recommends; the facts have the names that `hub doc list` has.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from hub import Delivery, Document, File, Party
from hub_webhook.settings import Files

_TYPE = "document"


def event(document: Document, delivery: Delivery, files: Files) -> File:
    """The body to send. Its time is when the delivery was made, on every attempt."""
    kind = document.kind.value if document.kind else "other"
    told = {
        "type": f"{_TYPE}.{kind}",
        "timestamp": f"{delivery.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "data": {**_facts(document), "generation": delivery.generation, "files": list(_files(document, files))},
    }
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    return File.of("event.json", "application/json", body)


def _facts(document: Document) -> dict[str, Any]:
    totals = document.totals
    return {
        "uid": document.uid,
        "company": document.company,
        "kind": document.kind,
        "number": document.number,
        "issue_date": _day(document.issue_date),
        "due_date": _day(document.due_date),
        "currency": document.currency,
        "total_without_tax": _amount(totals.without_tax),
        "tax_total": _amount(totals.tax),
        "payable": _amount(totals.payable),
        "supplier": _party(document.supplier),
        "customer": _party(document.customer),
        "sha256": document.sha256,
    }


def _files(document: Document, files: Files) -> Iterator[dict[str, Any]]:
    """The files that the setting asks for, whole: a receiver has nowhere else to get them."""
    if files is Files.NONE:
        return
    for file in (document.original,) if files is Files.ORIGINAL else document.files:
        yield {
            "role": file.role,
            "name": file.name,
            "media_type": file.media_type,
            "size": file.size,
            "sha256": file.sha256,
            "content": base64.b64encode(file.read()).decode(),
        }


def _party(party: Party) -> dict[str, str]:
    return {"name": party.name, "vat": party.vat}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _amount(amount: Decimal | None) -> str | None:
    """With a point and as many decimals as were written; None where the paper does not say."""
    return None if amount is None else format(amount, "f")
