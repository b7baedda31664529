"""Sales entries: what is checked, the arithmetic of each line, and the numbers that come back (reference 5, 7)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hub.testing.exact.administration import Administration, Problems, Row

_SALES_JOURNAL = 20
# Revenue, and other costs for rounding differences; debtors, VAT and the rest are refused (reference 3.1).
_GL_TYPES = frozenset({110, 120})
_ENTRY, _CREDIT_NOTE = 20, 21
_PROCESSED = 50
_CURRENCIES = frozenset({"EUR", "USD", "GBP", "CHF"})
_DIGITS, _YEAR = 8, 10**6
_ENTRIES = "salesentry/SalesEntries"
_CENT = Decimal("0.01")
_DEFAULT_CONDITION = "30"


def new_entry(books: Administration, sent: Row) -> Row:
    """An entry as it is booked: lines computed and rounded one by one, totals, number, type and due date."""
    sent = _dated(books, sent)
    problems = books.problems()
    _check_head(books, sent, problems)
    for line in sent.get("SalesEntryLines") or []:
        _check_line(books, line, problems)
    problems.settle()
    lines = [_line(books, sent, line, number) for number, line in enumerate(sent["SalesEntryLines"], start=1)]
    row = books.new("EntryID") | {key: value for key, value in sent.items() if key != "EntryID"}
    row |= _totals(lines, sent) | {"SalesEntryLines": [line | {"EntryID": row["EntryID"]} for line in lines]}
    row["EntryNumber"] = sent.get("EntryNumber") or _next_number(books, sent)
    return row | _described(books, row) | {"InvoiceNumber": sent.get("InvoiceNumber") or row["EntryNumber"]}


def changed_entry(books: Administration, old: Row, sent: Row) -> Row:
    """An entry after PUT of its head; lines and amounts stay (reference 5)."""
    problems = books.problems()
    if "SalesEntryLines" in sent:
        problems.add("not_allowed", "lines")
    if sent.get("Document") and books.get("documents/Documents", sent["Document"]) is None:
        problems.add("reference", "document")
    problems.settle()
    kept = {"Customer", "Journal", "EntryNumber", "EntryID", "VATAmountFC", "Type", "Currency", "Rate"}
    change = {name: value for name, value in sent.items() if name not in kept}
    return old | change | {"Modified": books.clock.stamp()}


def _dated(books: Administration, sent: Row) -> Row:
    """Dates without a time, and what follows from the date of the entry."""
    day = (sent.get("EntryDate") or books.clock.today().isoformat())[:10]
    year, month = int(day[:4]), int(day[5:7])
    given = {name: value for name, value in sent.items() if value is not None}
    due = given["DueDate"][:10] if "DueDate" in given else None
    return {"ReportingYear": year, "ReportingPeriod": month} | given | {"EntryDate": day, "DueDate": due}


def _check_head(books: Administration, sent: Row, problems: Problems) -> None:
    problems.need(sent, Customer="customer", Journal="journal", SalesEntryLines="lines")
    customer = books.get("crm/Accounts", sent.get("Customer"))
    if sent.get("Customer") and customer is None:
        problems.add("reference", "customer")
    elif customer and customer["Status"] != "C":
        problems.add("invalid", "customer_type")
    elif customer and customer.get("Blocked"):
        problems.add("blocked", "customer")
    _check_journal(books, sent, problems)
    condition = sent.get("PaymentCondition")
    if condition and books.named("cashflow/PaymentConditions", condition) is None:
        problems.add("reference", "payment_condition")
    if sent.get("Document") and books.get("documents/Documents", sent["Document"]) is None:
        problems.add("reference", "document")
    period = f"{sent['ReportingYear']} - {sent['ReportingPeriod']:02}"
    if books.is_closed(period.replace(" ", "")):
        problems.add("closed", period)


def _check_journal(books: Administration, sent: Row, problems: Problems) -> None:
    journal = books.named("financial/Journals", sent.get("Journal"))
    if journal is None:
        if sent.get("Journal"):
            problems.add("reference", "Journals")
        return
    if journal["Type"] != _SALES_JOURNAL:
        problems.add("invalid", "journal")
    if journal["IsBlocked"]:
        problems.add("blocked", "journal")
    currency = sent.get("Currency", journal["Currency"])
    if currency not in _CURRENCIES:
        problems.add("reference", "currency")
    elif currency != journal["Currency"] and not journal["AllowVariableCurrency"]:
        problems.add("not_allowed", "currency")
    if sent.get("EntryNumber") and _is_taken(books, sent, sent["EntryNumber"]):
        problems.add("in_use", "entry_number")


def _check_line(books: Administration, line: Row, problems: Problems) -> None:
    problems.need(line, GLAccount="gl_account")
    account = books.get("financial/GLAccounts", line.get("GLAccount"))
    if account is None:
        if line.get("GLAccount"):
            problems.add("reference", "GLAccounts")
        return
    if account["Type"] not in _GL_TYPES:
        problems.add("invalid", "gl_type")
    if account["IsBlocked"]:
        problems.add("blocked", "gl_account")
    code = _vat_code_of(line, account)
    vat_code = books.named("vat/VATCodes", code)
    if code and vat_code is None:
        problems.add("reference", "vat_code")
    elif vat_code and (vat_code["IsBlocked"] or vat_code["VATTransactionType"] == "P"):
        problems.add("not_allowed", "vat_code")


def _vat_code_of(line: Row, account: Row) -> Any:
    """The code of the line, else the default of its account."""
    return (line.get("VATCode") or account.get("VATCode") or "").strip() or None


def _line(books: Administration, sent: Row, line: Row, number: int) -> Row:
    """A line that was sent without `AmountFC` is booked as 0.00, as was seen (reference 3)."""
    account = books.get("financial/GLAccounts", line["GLAccount"]) or {}
    vat_code = books.named("vat/VATCodes", _vat_code_of(line, account)) or {}
    base, tax = _amounts(line, vat_code)
    rate = Decimal(sent.get("Rate") or 1)
    return line | {
        "ID": books.ledger.new_id(f"line{number}"),
        "LineNumber": number,
        "Division": books.division,
        "Type": _ENTRY,
        "VATCode": vat_code.get("Code"),
        "VATCodeDescription": vat_code.get("Description"),
        "VATPercentage": vat_code.get("Percentage"),
        "GLAccountCode": account.get("Code"),
        "GLAccountDescription": account.get("Description"),
        "AmountFC": str(base),
        "AmountDC": str(_rounded(base * rate)),
        "VATBaseAmountFC": str(base),
        "VATBaseAmountDC": str(_rounded(base * rate)),
        "VATAmountFC": str(tax),
        "VATAmountDC": str(_rounded(tax * rate)),
    }


def _amounts(line: Row, vat_code: Row) -> tuple[Decimal, Decimal]:
    """Base and tax. A code of type I takes the amount as gross; of the others only E brings tax (reference 5, 7)."""
    amount, fraction = _rounded(Decimal(line.get("AmountFC") or 0)), Decimal(vat_code.get("Percentage") or 0)
    kind, given = vat_code.get("Type"), line.get("VATAmountFC")
    if kind == "I":
        tax = _rounded(amount - amount / (1 + fraction)) if given is None else _rounded(Decimal(given))
        return amount - tax, tax
    computed = _rounded(amount * fraction) if kind == "E" else Decimal(0)
    return amount, computed if given is None else _rounded(Decimal(given))


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


def _totals(lines: list[Row], sent: Row) -> Row:
    tax = sum((Decimal(line["VATAmountFC"]) for line in lines), Decimal("0.00"))
    total = sum((Decimal(line["AmountFC"]) for line in lines), tax)
    rate = Decimal(sent.get("Rate") or 1)
    credit = sent.get("Type") == _CREDIT_NOTE or total < 0
    return {
        "AmountFC": str(total),
        "AmountDC": str(_rounded(total * rate)),
        "VATAmountFC": str(tax),
        "VATAmountDC": str(_rounded(tax * rate)),
        "Type": _CREDIT_NOTE if credit else _ENTRY,
        "TypeDescription": "Creditnota" if credit else "Verkoopboeking",
    }


def _described(books: Administration, row: Row) -> Row:
    customer = books.get("crm/Accounts", row["Customer"]) or {}
    journal = books.named("financial/Journals", row["Journal"]) or {}
    code = row.get("PaymentCondition") or customer.get("PaymentConditionSales") or _DEFAULT_CONDITION
    condition = books.named("cashflow/PaymentConditions", code) or {}
    due = date.fromisoformat(row["EntryDate"]) + timedelta(days=condition.get("PaymentDays") or 0)
    return {
        "CustomerName": customer.get("Name"),
        "JournalDescription": journal.get("Description"),
        "Currency": row.get("Currency") or journal.get("Currency"),
        "Rate": str(row.get("Rate") or 1),
        "PaymentCondition": condition.get("Code"),
        "PaymentConditionDescription": condition.get("Description"),
        "DueDate": row["DueDate"] or due.isoformat(),
        "Status": _PROCESSED,
        "StatusDescription": "Verwerkt",
    }


def _is_taken(books: Administration, sent: Row, number: int) -> bool:
    """Whether an entry of the journal has this number."""
    rows = books.shelf(_ENTRIES).having("EntryNumber", number)
    return any(row["Journal"].strip() == sent["Journal"].strip() for row in rows)


def _next_number(books: Administration, sent: Row) -> int:
    """Year, journal, sequence: 26 + 700 + 001 (reference 3.1); the first that is free after the latest entry's."""
    head = f"{sent['EntryDate'][2:4]}{sent['Journal'].strip()}"
    first = int(head) * 10 ** max(_DIGITS - len(head), 3)
    latest = reversed(books.shelf(_ENTRIES).rows.values())
    numbers = (int(row["EntryNumber"]) for row in latest if row["Journal"].strip() == sent["Journal"].strip())
    number = next((number for number in numbers if first < number < first + _YEAR), first) + 1
    while _is_taken(books, sent, number):
        number += 1
    return number
