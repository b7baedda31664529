"""The customer's account: what is sent of it, and by what it is found again."""

from __future__ import annotations

import pytest

from hub import Address, Held, Identifier, Party
from hub.testing.specimen import sample_document
from hub_exact.customer import account, by_number, enterprise_number, lookup, search_code
from hub_exact.filters import guid, text

KLANT = Party(
    name="Klant BV",
    vat="BE 0876.543.270",
    address=Address(street="Kerkstraat 1", city="Brugge", postal_zone="8000", country="be"),
    email="info@klant.example",
)


def test_an_account_has_what_the_paper_says_and_nothing_empty() -> None:
    assert account(sample_document(customer=KLANT)) == {
        "Name": "Klant BV",
        "Status": "C",
        "VATNumber": "BE0876543270",
        "ChamberOfCommerce": "0876543270",
        "SearchCode": "0876543270",
        "Country": "BE",
        "AddressLine1": "Kerkstraat 1",
        "Postcode": "8000",
        "City": "Brugge",
        "Email": "info@klant.example",
    }


def test_a_long_name_is_cut_where_exact_would_refuse_it() -> None:
    assert account(sample_document(customer=Party(name="x" * 51)))["Name"] == "x" * 50


def test_a_customer_without_a_name_is_held() -> None:
    with pytest.raises(Held, match="name"):
        account(sample_document(customer=Party(vat="BE0876543270")))


@pytest.mark.parametrize(
    ("party", "number"),
    [
        (Party(vat="BE0876543270"), "0876543270"),
        (Party(vat="0876.543.270"), "0876543270"),
        (Party(legal=Identifier("0876543270", "0208")), "0876543270"),
        (Party(endpoint=Identifier("BE0876543270", "0208")), "0876543270"),
        (Party(identifiers=(Identifier("0876543270", "0208"),)), "0876543270"),
        (Party(legal=Identifier("0876543270", "0106")), ""),
        (Party(vat="NL123456789B01"), ""),
        (Party(), ""),
    ],
)
def test_the_enterprise_number_is_found_wherever_it_is_stated(party: Party, number: str) -> None:
    assert enterprise_number(party) == number


def test_a_belgian_customer_is_looked_for_in_every_spelling() -> None:
    asked = lookup(account(sample_document(customer=KLANT)))
    for spelling in ("BE0876543270", "0876543270", "BE 0876.543.270"):
        assert f"VATNumber eq '{spelling}'" in asked
    assert "ChamberOfCommerce eq '0876543270'" in asked


def test_a_foreign_customer_is_looked_for_by_his_vat_number() -> None:
    asked = lookup(account(sample_document(customer=Party(name="Klant", vat="NL 1234.56.789.B01"))))
    assert "VATNumber eq 'NL123456789B01'" in asked
    assert "ChamberOfCommerce" not in asked


def test_a_customer_without_numbers_is_known_by_who_and_where_he_is() -> None:
    private = Party(name="Jan Peeters", address=Address(street="Kerkstraat 1", city="Gent"))
    code = search_code(private)
    assert code.startswith("HUB-")
    assert search_code(Party(name=" JAN  Peeters ", address=private.address)) == code
    assert search_code(Party(name="Jan Peeters", address=Address(city="Aalst"))) != code
    assert lookup(account(sample_document(customer=private))) == f"SearchCode eq '{code}'"


def test_a_text_in_a_filter_has_its_quotes_doubled_and_nothing_unseen() -> None:
    assert text("O'Brien") == "'O''Brien'"
    with pytest.raises(Held):
        text("a\x00b")


def test_an_id_in_a_filter_is_one() -> None:
    assert guid("52DAE8CA-0068-5ba5-bed2-7a50d8c43821") == "guid'52dae8ca-0068-5ba5-bed2-7a50d8c43821'"
    with pytest.raises(ValueError, match="UUID"):
        guid("x' or true")


@pytest.mark.parametrize("number", ["X' or Status eq 'C", "X\x00"])
def test_a_number_cannot_leave_its_quotes(number: str) -> None:
    asked = lookup(account(sample_document(customer=Party(name="Klant", vat=number))))
    assert "'" not in asked.replace("eq '", "").replace("' or VAT", "").replace("' or Search", "").rstrip("'")


def test_an_account_found_by_number_counts_more_than_one_found_by_search_code() -> None:
    wanted = account(sample_document(customer=KLANT))
    assert by_number(wanted, {"VATNumber": "be 0876.543.270"})
    assert by_number(wanted, {"ChamberOfCommerce": "0876.543.270"})
    assert not by_number(wanted, {"SearchCode": "0876543270"})
