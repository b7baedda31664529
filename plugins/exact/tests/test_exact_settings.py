"""What a person sets is read from text, and refused by name."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from hub_exact.settings import App, Ledger, problems

APP = {"client_id": "id", "client_secret": "secret", "redirect_uri": "https://hub.voorbeeld.example/exact"}
LEDGER = {"division": "123456", "journal": "700", "gl_account": "700000"}
ROW = {"category": "S", "rate": 21, "country": "BE", "kind": "sales_invoice", "code": "210"}


def test_settings_are_read_from_text_as_files_have_it() -> None:
    ledger = Ledger.model_validate(LEDGER | {"vat_codes": json.dumps([ROW]), "confirmed": "true"})
    assert (ledger.division, ledger.confirmed) == (123456, True)
    assert ledger.vat_codes[0].case == ("S", Decimal(21), "BE", "sales_invoice")


def test_the_usual_address_is_that_of_belgium() -> None:
    assert App.model_validate(APP).base_url == "https://start.exactonline.be"


def test_a_slash_at_the_end_of_the_address_does_not_matter() -> None:
    app = App.model_validate(APP | {"base_url": "https://start.exactonline.nl/"})
    assert app.base_url == "https://start.exactonline.nl"


@pytest.mark.parametrize(
    ("model", "given", "field"),
    [
        (Ledger, {"vat_codes": "{"}, "vat_codes"),
        (Ledger, {"vat_codes": [ROW | {"more": 1}]}, "vat_codes"),
        (Ledger, {"vat_codes": [ROW | {"category": "21"}]}, "vat_codes"),
        (Ledger, {"vat_codes": [ROW | {"rate": 101}]}, "vat_codes"),
        (Ledger, {"vat_codes": [ROW | {"country": "Belgium"}]}, "vat_codes"),
        (Ledger, {"vat_codes": [ROW | {"kind": "receipt"}]}, "vat_codes"),
        (Ledger, {"vat_codes": [ROW | {"code": "2100"}]}, "vat_codes"),
        (Ledger, {"division": 0}, "division"),
        (Ledger, {"journal": " "}, "journal"),
        (Ledger, {"gl_account": ""}, "gl_account"),
        (App, {"base_url": "https://start.exactonline.be/api"}, "base_url"),
        (App, {"base_url": "start.exactonline.be"}, "base_url"),
        (App, {"redirect_uri": "hub"}, "redirect_uri"),
        (App, {"client_secret": " "}, "client_secret"),
        (App, {"time_scale": 0}, "time_scale"),
    ],
)
def test_a_wrong_setting_is_named(model: type[Any], given: dict[str, Any], field: str) -> None:
    usual = LEDGER if model is Ledger else APP
    with pytest.raises(ValidationError) as caught:
        model.model_validate(usual | given)
    assert {error["loc"][0] for error in caught.value.errors()} == {field}


def test_the_secret_is_not_in_what_is_shown() -> None:
    assert "hunter2" not in repr(App.model_validate(APP | {"client_secret": "hunter2"}))


@pytest.mark.parametrize(
    ("given", "app", "found"),
    [
        ({"vat_codes": [ROW], "confirmed": True}, {}, set()),
        ({"vat_codes": [ROW]}, {}, {"confirmed"}),
        ({"confirmed": True}, {}, {"vat_codes"}),
        ({"vat_codes": [ROW, ROW | {"code": "211"}], "confirmed": True}, {}, {"vat_codes"}),
        ({"vat_codes": [ROW], "confirmed": True}, {"redirect_uri": "http://localhost/"}, {"redirect_uri"}),
    ],
)
def test_what_single_fields_cannot_say_is_said(given: dict[str, Any], app: dict[str, Any], found: set[str]) -> None:
    told = problems(Ledger.model_validate(LEDGER | given), App.model_validate(APP | app))
    assert {problem.place for problem in told} == found
