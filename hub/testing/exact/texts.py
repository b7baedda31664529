"""What the far side says to its user, in the user's language (reference 3.1: NL seen, EN and FR partly)."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("nl", "en", "fr")

Said = tuple[str, str, str]

_SENTENCES: Mapping[str, Said] = {
    "mandatory": ("Verplicht: {}", "Mandatory: {}", "Obligatoire: {}"),
    "reference": ("Ongeldige referentie: {}", "Invalid reference: {}", "Référence incorrecte: {}"),
    "invalid": ("Ongeldig: {}", "Invalid: {}", "Incorrect: {}"),
    "not_allowed": ("Niet toegestaan: {}", "Not allowed: {}", "Non autorisé: {}"),
    "blocked": ("Geblokkeerd: {}", "Blocked: {}", "Bloqué: {}"),
    "in_use": ("In gebruik: {}", "Already exists - {}", "Existe déjà - {}"),
    "exists": ("Gegeven bestaat reeds.", "Data already exists.", "Les données existent déjà."),
    "closed": ("Periode is afgesloten: {}", "Period is closed: {}", "La période est clôturée: {}"),
}
_NOUNS: Mapping[str, Said] = {
    "customer": ("Klant", "Customer", "Client"),
    "customer_type": ("Klant (Type)", "Customer (Type)", "Client (Type)"),
    "account": ("Relatie", "Account", "Relation"),
    "journal": ("Dagboek", "Journal", "Journal"),
    "name": ("Naam", "Name", "Nom"),
    "first_name": ("Voornaam", "First name", "Prénom"),
    "last_name": ("Achternaam", "Last name", "Nom de famille"),
    "amount": ("Bedrag", "Amount", "Montant"),
    "lines": ("Boekingsregels", "Entry lines", "Lignes"),
    "gl_account": ("Grootboekrekening", "G/L account", "Compte général"),
    "gl_type": ("Grootboekrekeningtype", "G/L account type", "Type de compte général"),
    "vat_code": ("Btw-code", "VAT code", "Code TVA"),
    "entry_number": ("Boekstuknummer", "Entry number", "Numéro d'écriture"),
    "payment_condition": ("Betalingsconditie", "Payment condition", "Condition de paiement"),
    "currency": ("Valuta", "Currency", "Devise"),
    "document": ("Document", "Document", "Document"),
    "document_type": ("Documentsoort", "Document Type", "Type de document"),
    "subject": ("Onderwerp", "Subject", "Objet"),
    "file_name": ("Bestandsnaam", "File name", "Nom du fichier"),
    "attachment": ("Bijlage", "Attachment", "Annexe"),
}


def say(language: str, sentence: str, noun: str = "") -> str:
    """A sentence about a noun; what is no known noun (an entity, a period) is said as it is."""
    place = LANGUAGES.index(language)
    told = _NOUNS[noun][place] if noun in _NOUNS else noun
    return _SENTENCES[sentence][place].format(told)
