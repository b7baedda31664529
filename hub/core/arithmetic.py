"""What a paper's own figures say against each other: sums, VAT, check digits. Warnings; nothing is repaired.

Declared amounts are compared, as EN 16931 does (its rule ids are the codes); what a paper does not state is
not compared. It works on the document, so on every format alike.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache

from stdnum.be import vat as belgian_vat

from hub.core.document import Document, DocumentType
from hub.core.terms import TaxCategory
from hub.errors import Problem

_ZERO = Decimal(0)
_ROUGH = Decimal(1)  # how far off EN 16931 lets VAT and taxable amounts be
_JUDGED = frozenset({DocumentType.INVOICE, DocumentType.CREDIT_NOTE, DocumentType.QUOTATION})
# The rule on the taxable amount has a name for each VAT category (UNCL5305); only the standard rate is rough.
_TAXABLE_RULES = {
    "S": "BR-S-08",
    "Z": "BR-Z-08",
    "E": "BR-E-08",
    "AE": "BR-AE-08",
    "K": "BR-IC-08",
    "G": "BR-G-08",
    "O": "BR-O-08",
}


def findings(document: Document) -> tuple[Problem, ...]:
    """Everything that does not add up, in the order of the rules' ids."""
    if document.type not in _JUDGED:
        return ()
    return tuple(problem for rule in _RULES for problem in rule(document))


def _line_sum(document: Document) -> Iterator[Problem]:
    nets = [line.net for line in document.lines]
    stated = [net for net in nets if net is not None]
    if nets and len(stated) == len(nets):
        yield from _compare("BR-CO-10", "the sum of the lines", document.totals.lines, sum(stated, _ZERO))


def _allowance_sums(document: Document) -> Iterator[Problem]:
    sums = {True: _ZERO, False: _ZERO}
    for one in document.allowances_charges:
        sums[one.charge] += one.amount
    yield from _compare("BR-CO-11", "the sum of the allowances", document.totals.allowances, sums[False])
    yield from _compare("BR-CO-12", "the sum of the charges", document.totals.charges, sums[True])


def _without_tax(document: Document) -> Iterator[Problem]:
    totals = document.totals
    if totals.lines is not None:
        expected = totals.lines - (totals.allowances or _ZERO) + (totals.charges or _ZERO)
        yield from _compare("BR-CO-13", "the total without VAT", totals.without_tax, expected)


def _tax_sum(document: Document) -> Iterator[Problem]:
    amounts = [one.amount for one in document.tax_subtotals if one.amount is not None]
    if amounts:
        yield from _compare("BR-CO-14", "the VAT total", document.totals.tax, sum(amounts, _ZERO))


def _with_tax(document: Document) -> Iterator[Problem]:
    totals = document.totals
    if totals.without_tax is not None and totals.tax is not None:
        yield from _compare("BR-CO-15", "the total with VAT", totals.with_tax, totals.without_tax + totals.tax)


def _payable(document: Document) -> Iterator[Problem]:
    totals = document.totals
    if totals.with_tax is not None:
        expected = totals.with_tax - (totals.prepaid or _ZERO) + (totals.rounding or _ZERO)
        yield from _compare("BR-CO-16", "the amount to pay", totals.payable, expected)


def _tax_amounts(document: Document) -> Iterator[Problem]:
    for one in document.tax_subtotals:
        if one.taxable is None or one.amount is None or one.tax.rate is None:
            continue
        expected = one.taxable * one.tax.rate / 100
        if abs(one.amount - expected) >= _ROUGH:
            yield _differs("BR-CO-17", f"the VAT at {one.tax.rate} %", one.amount, expected)


def _taxable_amounts(document: Document) -> Iterator[Problem]:
    """Lines and allowances of a category and rate against its taxable amount; only when each line has one."""
    if not document.lines or not all(line.tax.code and line.net is not None for line in document.lines):
        return
    expected = _bases(document)
    for one in document.tax_subtotals:
        base, code = expected[_group(one.tax)], one.tax.code
        allowed = _ROUGH if code == "S" else Decimal("0.01")
        if code in _TAXABLE_RULES and one.taxable is not None and abs(one.taxable - base) >= allowed:
            yield _differs(_TAXABLE_RULES[code], f"the taxable amount of {code}", one.taxable, base)


def _line_ids(document: Document) -> Iterator[Problem]:
    ids = [line.id for line in document.lines if line.id]
    if len(set(ids)) < len(ids):
        repeated = [name for name, count in Counter(ids).items() if count > 1]
        message = f"{len(repeated)} line ids are used more than once, such as {repeated[0][:40]!a}"
        yield Problem("line.duplicate_id", message, f"line {repeated[0][:40]}")


def _vat_numbers(document: Document) -> Iterator[Problem]:
    for role, party in (("supplier", document.supplier), ("customer", document.customer)):
        if party.vat[:2].upper() == "BE" and not _is_belgian_vat(party.vat):
            message = f"the VAT number {party.vat[:30]!a} of the {role} has wrong check digits"
            yield Problem("vat.check_digits", message, role)


@lru_cache(maxsize=4096)
def _is_belgian_vat(number: str) -> bool:
    """Remembered, for the same few companies are on every paper."""
    return belgian_vat.is_valid(number)


def _bases(document: Document) -> defaultdict[tuple[str, Decimal | None], Decimal]:
    """What lines, charges and allowances add up to, by VAT category and rate."""
    bases: defaultdict[tuple[str, Decimal | None], Decimal] = defaultdict(Decimal)
    for line in document.lines:
        bases[_group(line.tax)] += line.net or _ZERO
    for one in document.allowances_charges:
        bases[_group(one.tax)] += one.amount if one.charge else -one.amount
    return bases


def _group(tax: TaxCategory) -> tuple[str, Decimal | None]:
    """Only the standard rate has several percentages; the others are one group, whatever rate is written."""
    return tax.code, tax.rate if tax.code == "S" else None


def _compare(code: str, what: str, stated: Decimal | None, expected: Decimal) -> Iterator[Problem]:
    if stated is not None and stated != expected:
        yield _differs(code, what, stated, expected)


def _differs(code: str, what: str, stated: Decimal, expected: Decimal) -> Problem:
    return Problem(code, f"{what} is stated as {stated}, but the paper adds up to {expected:f}")


_RULES: tuple[Callable[[Document], Iterator[Problem]], ...] = (
    _line_sum,
    _allowance_sums,
    _without_tax,
    _tax_sum,
    _with_tax,
    _payable,
    _tax_amounts,
    _taxable_amounts,
    _line_ids,
    _vat_numbers,
)
