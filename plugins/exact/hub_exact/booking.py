"""One sales paper into the books, in steps that are written down, so that a crash between them repeats none."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import InvalidOperation

from hub import Artifact, Delivery, Document, Held, NotSent, Receipt, Rejected, SettingsError
from hub_exact import accounts, entries
from hub_exact.answers import CLEAR, Row
from hub_exact.books import Books, facts_of, forget_facts
from hub_exact.entries import Entry, Prepared
from hub_exact.mapping import sales_entry, same_booking
from hub_exact.settings import Ledger

# Steps of a delivery: the customer's account, when the entry was sent, and which entry it became.
ACCOUNT, SENT, ENTRY = "account", "sent", "entry"
_INCOMPLETE = (KeyError, TypeError, ValueError, InvalidOperation)


def check_confirmed(ledger: Ledger) -> None:
    """Nothing is prepared or booked by VAT codes that nobody has looked at."""
    if not ledger.confirmed:
        raise SettingsError(
            "not_confirmed", "the VAT codes are not confirmed: look at vat_codes, then set confirmed=true"
        )


@dataclass(frozen=True, slots=True)
class Booking:
    """One delivery on its way into the books."""

    books: Books
    delivery: Delivery
    prepared: Prepared

    @classmethod
    def of(cls, books: Books, delivery: Delivery, artifact: Artifact) -> Booking:
        """The booking of what was prepared."""
        return cls(books, delivery, Prepared.of(artifact))

    def deliver(self, document: Document) -> Receipt:
        """Book the paper, unless it is booked: by an earlier attempt, or by hand."""
        if booked := self.delivery.steps.get(ENTRY):
            return self.again(booked)
        check_confirmed(self.books.ledger)
        facts = facts_of(self.books)
        facts.check_company(self.delivery.company)
        if found := self.found():
            return found.receipt(self.books, "found")
        self.check_settled()
        self._check_settings(document)
        body = self.prepared.body(self._account(), facts.gl_account)
        return self._booked(self._post(body)).receipt(self.books, "booked")

    def found(self) -> Entry | None:
        """The entry of this paper that lies in the books already. Raises Held when that is not sure."""
        lying = entries.with_reference(self.books, self.prepared.reference)
        return entries.ours(lying, self.prepared, self.customers()) if lying else None

    def check_settled(self) -> None:
        """Not found is not absent while Exact may still be writing. Raises NotSent until that time is over."""
        sent = self.delivery.steps.get(SENT)
        if sent and (left := self.books.client.wire.until_settled(sent)) > 0:
            told = f"sent at {sent}, and not in the books yet"
            raise NotSent("booking_pending", told, retry_after=left, unwell=False)

    def customers(self) -> list[str]:
        """The accounts that are this customer's: the one that was written down, and the one that is found now."""
        known = self.delivery.steps.get(ACCOUNT)
        found = accounts.find(self.books, self.prepared.customer)
        return [one for one in (known, str(found["ID"]) if found else None) if one]

    def again(self, entry_id: str) -> Receipt:
        """An entry that was booked before is looked at again, and nothing is sent."""
        entry = entries.with_id(self.books, entry_id)
        if entry is None:
            raise Held("entry_gone", f"entry {entry_id} was booked, and is no longer there: somebody has removed it")
        return entries.compared(entry, self.prepared).receipt(self.books, "booked")

    def _check_settings(self, document: Document) -> None:
        """What was prepared before the VAT codes or the journal were mended must not be booked by the old ones."""
        if not same_booking(self.prepared.entry, sales_entry(document, self.books.ledger)):
            way = "retry it, which prepares it anew; or cancel it and deliver it again"
            raise Held("settings_changed", f"journal or VAT codes were changed since this was prepared: {way}")

    def _account(self) -> str:
        if known := self.delivery.steps.get(ACCOUNT):
            return known
        account = accounts.ensure(self.books, self.prepared.customer)
        self.delivery.steps.record(ACCOUNT, account)
        return account

    def _post(self, body: bytes) -> Row:
        """Send it, once. A clear refusal takes back that it was sent."""
        self.delivery.steps.record(SENT, self.books.client.wire.now().isoformat())
        try:
            return entries.post(self.books, body)
        except CLEAR as error:
            self.delivery.steps.record(SENT, "")
            if isinstance(error, Rejected):
                forget_facts(self.books)  # an account or journal may have changed since they were read
            raise

    def _booked(self, row: Row) -> Entry:
        """The entry that Exact has made of it: written down first, whatever its figures are."""
        entry_id = str(row["EntryID"])
        self.delivery.steps.record(ENTRY, entry_id)
        try:
            entry = Entry.of(row)
        except _INCOMPLETE:  # not every division sends all of a new row back
            entry = self._read_back(entry_id)
        return entries.compared(entry, self.prepared)

    def _read_back(self, entry_id: str) -> Entry:
        entry = entries.with_id(self.books, entry_id)
        if entry is None:
            raise Held("entry_gone", f"entry {entry_id} was booked, but cannot be read back")
        return entry
