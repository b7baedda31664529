"""What the codes of this plugin mean to whoever runs the hub."""

from __future__ import annotations

from collections.abc import Mapping

from hub import Meaning, Turn

_CANCEL = "hub outbox cancel {id}"
_LOGIN = "hub connection login {connection}"
_BY_HAND = "book it by hand and cancel it here, or ask for a better one"
_BOOKS = "look in the books, then retry"


def _edit(setting: str, value: str = "VALUE") -> str:
    return f"hub destination edit {{place}} --set {setting}={value}"


def _unbookable(what: str) -> Meaning:
    return Meaning(f"{what}: {_BY_HAND}", command=_CANCEL)


MEANINGS: Mapping[str, Meaning] = {
    "booking_pending": Meaning(
        "Exact may still be writing it: the books are asked again before anything is sent", Turn.REMOTE
    ),
    "consent_refused": Meaning("whoever has the Exact login refused the consent", command=_LOGIN),
    "currency": _unbookable("its currency cannot be booked"),
    "customer_ambiguous": Meaning("several accounts in the books fit the customer: merge them, then retry"),
    "customer_differs": Meaning(f"the books hold this number for another customer: {_BOOKS}"),
    "customer_name_missing": _unbookable("the customer has no name"),
    "customer_unanswered": Meaning("a new account may still appear in the books: it is looked for again", Turn.REMOTE),
    "customer_vat_missing": _unbookable("the customer has no VAT number, which this VAT case needs"),
    "date_missing": _unbookable("it has no date"),
    "division": Meaning("the login does not reach this division, or it is blocked", command=_edit("division")),
    "entry_ambiguous": Meaning(f"several entries in the books could be this paper: {_BOOKS}"),
    "entry_gone": Meaning(f"it was booked, and somebody has removed it: {_BOOKS}", command=_CANCEL),
    "exact.*": Meaning("Exact refuses it, in its own words: mend that, then deliver it again"),
    "exact.401": Meaning("Exact refuses the login", command=_LOGIN),
    "exact.403": Meaning(
        "the Exact user lacks a right, the licence or the company, or the app a scope",
        command="hub destination test {place}",
    ),
    "exact.404": Meaning("Exact has no such company or call", command="hub destination test {place}"),
    "exact.408": Meaning("Exact took too long to answer", Turn.REMOTE),
    "exact.5*": Meaning("Exact does not work at the moment", Turn.REMOTE),
    "exact.answer": Meaning("Exact answered what makes no sense", Turn.REMOTE),
    "exact.pages": Meaning("Exact answered in pages that have no end or lead elsewhere", Turn.REMOTE),
    "exact.rate_limit": Meaning("the limit of calls to Exact is reached", Turn.REMOTE),
    "exact.token.*": Meaning("Exact gives no token at the moment", Turn.REMOTE),
    "exact.token_unclear": Meaning("Exact refuses a token, and says that it is good", Turn.REMOTE),
    "gl_account": Meaning("the revenue account is not in the books, or blocked", command=_edit("gl_account")),
    "journal": Meaning("the journal is not in the books, blocked, or none for sales", command=_edit("journal")),
    "negative_credit_note": _unbookable("it is a credit note below zero"),
    "negative_invoice": _unbookable("it is an invoice below zero"),
    "no_login": Meaning("nobody has logged in at Exact yet", command=_LOGIN),
    "not_confirmed": Meaning(
        "the VAT codes are not confirmed: let a bookkeeper look at them first",
        Turn.BOOKKEEPER,
        _edit("confirmed", "true"),
    ),
    "number_too_long": _unbookable("its number is longer than Exact takes"),
    "number_unusable": _unbookable("its number cannot be looked for at Exact"),
    "payload": Meaning("Exact cannot read the call: report it, the same paper would fail again", Turn.US),
    "settings_changed": Meaning("journal or VAT codes were changed since it was prepared: a retry prepares it anew"),
    "state_differs": Meaning("the address that was pasted is of another login: paste that of this one", command=_LOGIN),
    "token_lost": Meaning("the answer with the new token was lost, so the login is over", command=_LOGIN),
    "token_refused": Meaning("Exact has ended the login", command=_LOGIN),
    "token_slow": Meaning("the renewal of the login took too long", Turn.REMOTE),
    "totals_differ": Meaning(
        "the paper does not add up, or the books have another total: mend it there, it is never sent twice; then retry"
    ),
    "totals_missing": _unbookable("it says no totals"),
    "unseen_characters": _unbookable("it has characters that nobody sees"),
    "vat_code_missing": Meaning(
        "no VAT code is set for a case in it: add it, then retry", command=_edit("vat_codes", "@FILE")
    ),
    "vat_codes": Meaning(
        "a VAT code is not in the books, blocked, or not for sales", command=_edit("vat_codes", "@FILE")
    ),
    "wrong_company": Meaning("the division is of another company than the destination", command=_edit("division")),
}
