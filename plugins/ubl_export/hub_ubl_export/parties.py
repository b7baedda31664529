"""The people of a UBL paper: supplier, customer, payee and the address of delivery."""

from __future__ import annotations

from hub import Address, Identifier, Party
from hub_ubl_export.node import Node

_VAT_SCHEMES = frozenset({"VAT", "BTW", "TVA", "MWST", "UST", "IVA", ""})
# How older Belgian papers mark an enterprise number among a party's identifiers (e-FFF, UBL.BE, Peppol).
_ENTERPRISE_SCHEMES = frozenset({"0208", "0193", "9956", "BE:CBE", "BE:KBO", "KBO", "BCE"})


def party(node: Node) -> Party:
    """A `cac:Party`, or an aggregate of the same shape such as `cac:PayeeParty`."""
    legal = node.child("cac:PartyLegalEntity")
    trade_name = node.child("cac:PartyName").text("cbc:Name")
    contact = node.child("cac:Contact")
    vat, tax_registration = _tax_numbers(node)
    return Party(
        name=legal.text("cbc:RegistrationName") or trade_name or _person(node),
        trade_name=trade_name,
        vat=vat,
        tax_registration=tax_registration,
        legal=_identifier(legal, "cbc:CompanyID") or _enterprise_number(node),
        endpoint=_identifier(node, "cbc:EndpointID"),
        identifiers=_identifiers(node),
        address=address(node.child("cac:PostalAddress") or node.child("cac:PhysicalLocation")),
        contact_name=contact.text("cbc:Name"),
        phone=contact.text("cbc:Telephone"),
        email=contact.text("cbc:ElectronicMail"),
    )


def address(node: Node) -> Address:
    """A `cac:PostalAddress`, `cac:Address` or a location that holds one."""
    inner = node.child("cac:Address") or node
    return Address(
        street=_street(inner),
        additional_street=inner.text("cbc:AdditionalStreetName"),
        line=inner.child("cac:AddressLine").text("cbc:Line"),
        city=inner.text("cbc:CityName"),
        postal_zone=inner.text("cbc:PostalZone"),
        subdivision=inner.first_text("cbc:CountrySubentity", "cbc:CountrySubentityCode"),
        country=inner.child("cac:Country").text("cbc:IdentificationCode"),
    )


def _street(node: Node) -> str:
    """Street and, in older papers, the number that stands beside it."""
    parts = (node.text("cbc:StreetName"), node.text("cbc:BuildingNumber"))
    return " ".join(part for part in parts if part)


def _person(node: Node) -> str:
    person = node.child("cac:Person")
    parts = (person.text("cbc:FirstName"), person.text("cbc:FamilyName"))
    return " ".join(part for part in parts if part)


def _tax_numbers(node: Node) -> tuple[str, str]:
    """VAT number (BT-31) and other tax registration (BT-32): the scheme's name tells which is which."""
    numbers = {"vat": "", "other": ""}
    for scheme in node.children("cac:PartyTaxScheme"):
        is_vat = scheme.child("cac:TaxScheme").text("cbc:ID").upper() in _VAT_SCHEMES
        key = "vat" if is_vat else "other"
        numbers[key] = numbers[key] or scheme.text("cbc:CompanyID")
    return numbers["vat"], numbers["other"]


def _identifier(node: Node, name: str) -> Identifier | None:
    value = node.text(name)
    return Identifier(value, node.attribute(name, "schemeID")) if value else None


def _identifiers(node: Node) -> tuple[Identifier, ...]:
    found = (_identifier(one, "cbc:ID") for one in node.children("cac:PartyIdentification"))
    return tuple(one for one in found if one)


def _enterprise_number(node: Node) -> Identifier | None:
    """The legal number of papers without `cac:PartyLegalEntity`, from where e-FFF and UBL.BE put it."""
    for one in node.children("cac:PartyIdentification"):
        agency = one.attribute("cbc:ID", "schemeAgencyName") or one.attribute("cbc:ID", "schemeID")
        if agency.upper() in _ENTERPRISE_SCHEMES or one.attribute("cbc:ID", "schemeAgencyID") == "BE":
            return _identifier(one, "cbc:ID")
    return None
