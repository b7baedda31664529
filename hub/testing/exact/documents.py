"""Documents and their attachments."""

from __future__ import annotations

from hub.testing.exact.administration import Administration, Row

_TYPES = "documents/DocumentTypes"


def new_document(books: Administration, sent: Row) -> Row:
    """A document as it is stored."""
    problems = books.problems()
    problems.need(sent, Subject="subject", Type="document_type")
    kind = books.get(_TYPES, sent.get("Type"))
    if sent.get("Type") is not None and kind is None:
        problems.add("reference", "DocumentTypes")
    elif kind and not kind["DocumentIsCreatable"]:
        problems.add("not_allowed", "document_type")
    if sent.get("Account") and books.get("crm/Accounts", sent["Account"]) is None:
        problems.add("reference", "account")
    problems.settle()
    number = len(books.shelf("documents/Documents").rows) + 1
    date = sent.get("DocumentDate") or books.clock.today().isoformat()
    return _described(books, books.new() | sent | {"HID": number, "DocumentDate": date[:10]})


def changed_document(books: Administration, old: Row, sent: Row) -> Row:
    """A document after PUT; it may be tied to an entry that was booked before it."""
    entry = sent.get("FinancialTransactionEntryID")
    if entry and books.get("salesentry/SalesEntries", entry) is None:
        problems = books.problems()
        problems.add("reference", "FinancialTransactions")
        problems.settle()
    return _described(books, old | sent | {"Modified": books.clock.stamp()})


def new_attachment(books: Administration, sent: Row) -> Row:
    """A file of a document; of its bytes the size and the hash are kept."""
    problems = books.problems()
    problems.need(sent, Document="document", FileName="file_name", Attachment="attachment")
    if sent.get("Document") and books.get("documents/Documents", sent["Document"]) is None:
        problems.add("reference", "document")
    problems.settle()
    row = books.new()
    address = f"/docs/SysAttachment.aspx?ID={row['ID']}&_Division_={books.division}"
    size = sent["Attachment"]["size"]
    return {"ID": row["ID"], **sent, "FileSize": str(size), "Url": address}


def _described(books: Administration, row: Row) -> Row:
    account = books.get("crm/Accounts", row.get("Account"))
    kind = books.get(_TYPES, row.get("Type"))
    return row | {
        "AccountName": account and account["Name"],
        "TypeDescription": kind and kind["Description"],
        "HasEmptyBody": not row.get("Body"),
    }
