"""What a person sets: the app registered at Exact (connection), and where in which company is booked (destination)."""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from hub import Kind, Problem, Severity

_CATEGORY = re.compile(r"[A-Z]{1,2}")  # UNCL5305
_COUNTRY = re.compile(r"[A-Z]{2}")
_ANY = frozenset({"", "*", "any"})
_WHOLE = 100  # percent
_KINDS = ("", Kind.SALES_INVOICE.value, Kind.SALES_CREDIT_NOTE.value)


def _origin(text: str) -> str:
    parts = urlsplit(text.rstrip("/"))
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise ValueError("the address of the country's Exact, such as https://start.exactonline.be")
    return text.rstrip("/")


def _redirect(text: str) -> str:
    if urlsplit(text).scheme not in {"https", "http"} or not urlsplit(text).hostname or not text.isprintable():
        raise ValueError("the redirect address exactly as it was registered, such as https://voorbeeld.example/exact")
    return text


def _given(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().strip():
        raise ValueError("the client secret is empty")
    return secret


def _word(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("this is empty, or has characters that cannot be seen")
    return text.strip()


def _any(value: Any) -> Any:
    return "" if value is None or (isinstance(value, str) and value.strip().lower() in _ANY) else value


def _category(text: str) -> str:
    if not _CATEGORY.fullmatch(text.strip().upper()):
        raise ValueError("a VAT category of UNCL5305, such as S, AE or K")
    return text.strip().upper()


def _country(text: str) -> str:
    if text and not _COUNTRY.fullmatch(text.strip().upper()):
        raise ValueError("a country of two letters, or empty for every country")
    return text.strip().upper()


def _kind(text: str) -> str:
    if text not in _KINDS:
        raise ValueError("sales_invoice, sales_credit_note, or empty for both")
    return text


def _no_rate(value: Any) -> Any:
    return None if _any(value) == "" else value


def _percentage(rate: Decimal | None) -> Decimal | None:
    if rate is not None and not 0 <= rate <= _WHOLE:
        raise ValueError("a rate in percent, such as 21, or empty for every rate")
    return rate


def _table(value: Any) -> Any:
    """A table given as JSON text, as a file of settings has it."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value or "[]", parse_float=Decimal)
    except ValueError as error:
        raise ValueError(f"this is no JSON: {error}") from None


class App(BaseModel):
    """The app at Exact by which the hub logs in, for one Exact user."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    base_url: Annotated[str, AfterValidator(_origin)] = Field(
        "https://start.exactonline.be", description="the country's Exact: its companies and apps live there only"
    )
    client_id: Annotated[str, AfterValidator(_word)] = Field(description="of the app, from apps.exactonline.com")
    client_secret: Annotated[SecretStr, AfterValidator(_given)] = Field(description="of the app")
    redirect_uri: Annotated[str, AfterValidator(_redirect)] = Field(description="exactly as registered with the app")
    time_scale: float = Field(1.0, gt=0, le=10_000, description="for tests: how much faster the far side's clock runs")


class VatRule(BaseModel):
    """Which VAT code of the administration a VAT case of a paper gets; an empty field fits every value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    category: Annotated[str, AfterValidator(_category)]
    rate: Annotated[Decimal | None, BeforeValidator(_no_rate), AfterValidator(_percentage)] = None
    country: Annotated[str, BeforeValidator(_any), AfterValidator(_country)] = ""
    kind: Annotated[str, BeforeValidator(_any), AfterValidator(_kind)] = ""
    code: Annotated[str, AfterValidator(_word), Field(max_length=3)]

    @property
    def case(self) -> tuple[str, Decimal | None, str, str]:
        """What it is for."""
        return self.category, self.rate, self.country, self.kind


class Ledger(BaseModel):
    """Where papers are booked: a company (division), its sales journal, its revenue account and its VAT codes."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    division: int = Field(gt=0, description="the company's number at Exact")
    journal: Annotated[str, AfterValidator(_word)] = Field(description="code of the sales journal")
    gl_account: Annotated[str, AfterValidator(_word)] = Field(description="code of the revenue account")
    vat_codes: Annotated[tuple[VatRule, ...], BeforeValidator(_table)] = Field(
        (), description="JSON: [{category, rate, country, kind, code}]"
    )
    confirmed: bool = Field(False, description="true: a bookkeeper has seen the VAT codes; nothing is booked before")


def problems(ledger: Ledger, app: App) -> list[Problem]:
    """What single fields cannot say."""
    found: list[Problem] = []
    counted = Counter(rule.case for rule in ledger.vat_codes)
    for case in (case for case, count in counted.items() if count > 1):
        named = ", ".join(str(part) for part in case if part not in {None, ""})
        found.append(Problem("vat_code_twice", f"two codes for {named}", "vat_codes", Severity.FATAL))
    if ledger.confirmed and not ledger.vat_codes:
        found.append(Problem("no_vat_codes", "there are no VAT codes to confirm", "vat_codes", Severity.FATAL))
    if not ledger.confirmed:
        found.append(Problem("not_confirmed", "nothing is booked before the VAT codes are confirmed", "confirmed"))
    if urlsplit(app.redirect_uri).scheme != "https":
        found.append(Problem("redirect_in_clear", "Exact takes https redirect addresses only", "redirect_uri"))
    return found
