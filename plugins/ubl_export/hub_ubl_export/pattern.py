"""Where a paper goes below the folder: the pattern's parts, each filled in and made one safe name."""

from __future__ import annotations

from collections.abc import Mapping

from hub import Delivery, Document, File, Pack, safe_name

FIELDS = frozenset({"company", "company_name", "year", "month", "kind", "date", "number", "supplier", "customer", "id"})

_ENDINGS = {
    "application/xml": ".xml",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/json": ".json",
    "image/png": ".png",
    "image/jpeg": ".jpg",
}


def stem_of(pattern: str, document: Document, delivery: Delivery) -> str:
    """The relative path of a paper without its ending, parts separated by `/`."""
    values = _values(document, delivery)
    *folders, name = (part.format_map(values) for part in pattern.split("/"))
    # The ending is counted in, so that the whole name keeps within what any file system takes.
    stem = safe_name(f"{name}.xml").removesuffix(".xml")
    return "/".join((*(safe_name(folder) for folder in folders), stem))


def ending_of(file: File) -> str:
    """By the file's type, never by the name it came with."""
    return _ENDINGS.get(file.media_type, ".bin")


def pack_path(pack: Pack) -> str:
    """Where the export of a period goes; its name tells it from an earlier export of the same period."""
    return f"{safe_name(pack.company)}/packs/{safe_name(f'{pack.period}_{pack.sha256[:8]}.zip')}"


def _values(document: Document, delivery: Delivery) -> Mapping[str, str]:
    day = document.period_date
    kind = delivery.kind or document.kind or document.type
    return {
        "company": delivery.company,
        "company_name": delivery.company_name,
        "year": f"{day:%Y}",
        "month": f"{day:%m}",
        "kind": kind.value,
        "date": day.isoformat(),
        "number": document.number or document.sha256[:8],
        "supplier": document.supplier.name or "unknown",
        "customer": document.customer.name or "unknown",
        "id": str(document.id),
    }
