"""Which VAT code a VAT case gets, and a first proposal of that table from the administration's own codes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hub import Document, Held, Kind, TaxCategory, show
from hub_exact.settings import VatRule

_ZERO = Decimal(0)
_OF_SALES = frozenset({"S", "B"})  # VATTransactionType: sales, or both
_EXPORT = re.compile(r"export|uitvoer|ausfuhr", re.IGNORECASE)
_EXEMPT = re.compile(r"exempt|vrijgesteld|exon[eé]r|befreit", re.IGNORECASE)
NEEDS_VAT_NUMBER = frozenset({"K", "AE"})  # both are listed by the customer's number


@dataclass(frozen=True, slots=True)
class VatCase:
    """What decides the code: category (UNCL5305), rate in percent, the customer's country, the kind of paper."""

    category: str
    rate: Decimal
    country: str
    kind: str

    @classmethod
    def of(cls, tax: TaxCategory, document: Document, kind: Kind) -> VatCase:
        """The case of one VAT category of a paper."""
        return cls(tax.code.upper(), tax.rate or _ZERO, country_of(document), kind.value)

    def __str__(self) -> str:
        return f"category {self.category}, rate {self.rate:f} %, country {self.country or 'unknown'}, kind {self.kind}"


def country_of(document: Document) -> str:
    """The customer's country, by the address, else by the VAT number; empty when neither says."""
    customer = document.customer
    written = customer.address.country.strip() or customer.vat.strip()[:2]
    return written.upper() if len(written) == 2 and written.isalpha() else ""  # noqa: PLR2004 - ISO 3166-1 alpha-2


def code_for(case: VatCase, rules: Iterable[VatRule]) -> str:
    """The code of the rule that says most about this case. Raises Held when none fits."""
    fitting = [rule for rule in rules if _fits(rule, case)]
    if not fitting:
        raise Held("vat_code_missing", show(f"no VAT code is set for {case}; add it to vat_codes"))
    return max(fitting, key=_weight).code


def _fits(rule: VatRule, case: VatCase) -> bool:
    return (
        rule.category == case.category
        and rule.rate in {None, case.rate}
        and rule.country in {"", case.country}
        and rule.kind in {"", case.kind}
    )


def _weight(rule: VatRule) -> tuple[bool, bool, bool]:
    return bool(rule.country), rule.rate is not None, bool(rule.kind)


@dataclass(frozen=True, slots=True)
class VatCode:
    """A VAT code of the administration; `rate` in percent, `type` E excluded, I included, B base only, N none."""

    code: str
    description: str
    rate: Decimal
    type: str
    transaction: str
    listing: str
    blocked: bool

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> VatCode:
        """A row of vat/VATCodes; its Percentage is a fraction, its Code is padded."""
        word = {name: str(row.get(name) or "").strip() for name in _COLUMNS}
        rate = Decimal(str(row.get("Percentage") or 0)) * 100
        blocked = row.get("IsBlocked") is True
        named = (word["Code"], word["Description"])
        return cls(
            *named, rate.normalize() + _ZERO, word["Type"], word["VATTransactionType"], word["EUSalesListing"], blocked
        )

    @property
    def sells(self) -> bool:
        """It can be on a sales line."""
        return not self.blocked and self.type != "I" and self.transaction in _OF_SALES


_COLUMNS = ("Code", "Description", "Type", "VATTransactionType", "EUSalesListing")
SELECT = ",".join((*_COLUMNS, "Percentage", "IsBlocked"))


def proposal(codes: Sequence[VatCode]) -> tuple[list[dict[str, Any]], dict[str, list[VatCode]]]:
    """Rules where exactly one code fits, and the candidates by case where a person must choose."""
    usable = [code for code in codes if code.sells]
    rules: list[dict[str, Any]] = []
    unclear: dict[str, list[VatCode]] = {}
    for category, rate, fitting in _candidates(usable):
        if len(fitting) == 1 and category != "AE":
            # By category AE a paper does not say whether the reverse charge is domestic: never chosen for anybody.
            rules.append(
                {"category": category, "rate": _number(rate), "country": "", "kind": "", "code": fitting[0].code}
            )
        elif fitting:
            unclear[f"{category} {rate:f} %"] = fitting
    return rules, unclear


def _candidates(usable: Sequence[VatCode]) -> Iterable[tuple[str, Decimal, list[VatCode]]]:
    for rate in sorted({code.rate for code in usable if code.rate > 0}, reverse=True):
        yield "S", rate, [code for code in usable if code.type == "E" and code.rate == rate]
    free = [code for code in usable if code.rate == 0]
    at_home = [code for code in free if code.listing in {"", "N"}]
    yield "K", _ZERO, [code for code in free if code.type == "B" and code.listing == "L"]
    yield "AE", _ZERO, [code for code in free if code.type in {"B", "N"} and code.listing in {"S", "N", ""}]
    yield "G", _ZERO, [code for code in at_home if _EXPORT.search(code.description)]
    yield "E", _ZERO, [code for code in at_home if _EXEMPT.search(code.description)]
    named = [code for code in at_home if _EXPORT.search(code.description) or _EXEMPT.search(code.description)]
    yield "Z", _ZERO, [code for code in at_home if code.type == "E" and code not in named]
    yield "O", _ZERO, [code for code in at_home if code.type == "N" and code not in named]


def _number(rate: Decimal) -> int | float:
    return int(rate) if rate == rate.to_integral_value() else float(rate)
