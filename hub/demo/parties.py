"""Who plays in the demo: an invented company, those it sells to and those it buys from.

None of them exists; enterprise and VAT numbers are examples that only have valid check digits. Some names are awkward
on purpose: markup, a formula, letters of other alphabets, and a sign that turns the writing direction around.
"""

from __future__ import annotations

from dataclasses import replace

from hub.core.terms import Address, Party
from hub.testing.samples import belgian


def _belgian(name: str, number: str, city: str) -> Party:
    """A Belgian company without an e-mail address: these names make none."""
    return replace(belgian(name, number, city), email="")


US = _belgian("Fietsatelier Voorbeeld BV", "0111111124", "Gent")

# Its sisters: each has a bookkeeper of its own.
RENTAL = _belgian("Fietsverhuur Voorbeeld BV", "0112233453", "Gent")
LESSONS = _belgian("Fietslessen Voorbeeld BV", "0123344507", "Gent")
OURS = (US, RENTAL, LESSONS)

MARKUP = _belgian("Klant & Zonen <Brugge> NV", "0222222248", "Brugge")
FRENCH = _belgian("Société d’Exemple « L’Été » SRL", "0333333372", "Namur")  # noqa: RUF001 - as a Frenchman writes it
FORMULA = _belgian("=SOM(A1:A9) Bouw BV", "0444444496", "Aalst")
TURNED = _belgian("Garage \u202eflipje\u202c Voorbeeld BV", "0555555523", "Mechelen")
SWEDISH = Party(
    name="Ægir Åkesson Exempel AB",
    vat="SE550000000401",
    address=Address(street="Exempelgatan 1", city="Malmö", postal_zone="211 11", country="SE"),
)
NORWEGIAN = Party(
    name="Eksempel Sykkel AS",
    address=Address(street="Eksempelveien 1", city="Bergen", postal_zone="5003", country="NO"),
)

WHOLESALER = _belgian("Groothandel Voorbeeld NV", "0666666647", "Kortrijk")
SMALL = _belgian("Naaiatelier ’t Voorbeeldje", "0777777771", "Deinze")  # noqa: RUF001 - as a Fleming writes it
NEWSPAPER = _belgian("Dagblad Voorbeeld NV", "0888888895", "Antwerpen")
BULGARIAN = Party(
    name="Пример Велосипеди ЕООД",
    vat="BG101010105",
    address=Address(street="ул. Пример 1", city="Пловдив", postal_zone="4000", country="BG"),
)
COURIER = _belgian("Koerier Voorbeeld BV", "0123432104", "Gent")

STRANGER = _belgian("Heel Iemand Anders BV", "0432123419", "Luik")
OTHER_STRANGER = _belgian("Nog Iemand Anders NV", "0567876503", "Bergen")
