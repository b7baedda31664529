"""Papers in: once, whole or not at all, and to the right destinations."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hub import Direction, File, FileRole, Given, Held, Incoming, Kind, Problem, Role, Unreadable
from hub.app import Hub
from hub.core.intake import Arrived
from hub.core.store import companies, documents
from hub.errors import CorruptError, PluginError
from hub.testing.samples import CUSTOMER, SUPPLIER, belgian, credit_note, invoice, pdf, quotation
from tests.integration.far import PATIENCE, Far
from tests.integration.keeping import folder
from tests.integration.ledger import COMPANY, add_place, faults, listed, value
from tests.integration.triggers import accept_inserts, refuse_inserts

OTHER = belgian("Ander BV", "0417497106", "Leuven")  # an example: valid check digits
PICTURE = pdf("Factuur F1")


def paper(data: bytes, name: str = "paper.xml", **given: Any) -> Incoming:
    """A paper as a source gives it."""
    return Incoming(name=name, data=data, given=Given(**given))


def accept(hub: Hub, *papers: Incoming) -> list[Arrived]:
    """Take them in, in one batch."""
    return hub.intake.accept(papers)


def one(hub: Hub, data: bytes, name: str = "paper.xml", **given: Any) -> Arrived:
    """Take one in."""
    return accept(hub, paper(data, name, **given))[0]


def codes(arrived: Arrived) -> list[str]:
    """What was found wrong."""
    return [problem.code for problem in arrived.problems]


def test_an_accepted_paper_can_be_read_back_byte_for_byte(hub: Hub) -> None:
    arrived = one(hub, invoice(number="F1", pdf=PICTURE))
    assert (arrived.result, arrived.document_id) == ("accepted", 1)
    with hub.db.read() as conn:
        kept = documents.load(conn, hub.blobs, 1)
    assert kept.original.read() == invoice(number="F1", pdf=PICTURE)
    assert kept.picture is not None
    assert kept.picture.read() == PICTURE
    assert (kept.kind, kept.number, kept.company) == (Kind.SALES_INVOICE, "F1", COMPANY)
    assert kept.totals.payable == Decimal("145.14")
    assert faults(hub) == ()


@pytest.mark.parametrize(
    ("data", "given", "kind"),
    [
        (invoice(), {}, Kind.SALES_INVOICE),
        (credit_note(), {}, Kind.SALES_CREDIT_NOTE),
        (quotation(), {}, Kind.QUOTATION),
        (invoice(supplier=CUSTOMER, customer=SUPPLIER), {}, Kind.PURCHASE_INVOICE),
        (credit_note(supplier=CUSTOMER, customer=SUPPLIER), {}, Kind.PURCHASE_CREDIT_NOTE),
        (invoice(supplier=OTHER), {"direction": Direction.PURCHASE}, Kind.PURCHASE_INVOICE),
        (invoice(), {"kind": Kind.OTHER}, Kind.OTHER),
    ],
)
def test_the_kind_comes_from_the_paper_and_a_persons_word(
    hub: Hub, data: bytes, given: dict[str, Any], kind: Kind
) -> None:
    assert one(hub, data, **given).result == "accepted"
    assert value(hub, "SELECT kind FROM document") == kind


# -- the same again --


def test_the_same_bytes_again_are_a_duplicate_that_names_the_first(hub: Hub, far: Far) -> None:
    add_place(hub)
    first = one(hub, invoice(number="F1"))
    again = one(hub, invoice(number="F1"), "other-name.xml")
    assert (again.result, again.document_id, codes(again)) == ("duplicate", first.document_id, ["duplicate"])
    assert len(listed(hub)) == 1


def test_the_same_bytes_twice_in_one_batch_are_one_document(hub: Hub) -> None:
    results = accept(hub, paper(invoice()), paper(invoice()))
    assert [(arrived.result, arrived.document_id) for arrived in results] == [("accepted", 1), ("duplicate", 1)]


def test_the_picture_inside_a_known_paper_is_a_duplicate_of_it(hub: Hub) -> None:
    one(hub, invoice(number="F1", pdf=PICTURE))
    facts = {"number": "F1", "issue_date": date(2026, 1, 15), "supplier": "Voorbeeld NV", "total": Decimal("145.14")}
    arrived = one(hub, PICTURE, "F1.pdf", kind=Kind.SALES_INVOICE, **facts)
    assert (arrived.result, arrived.document_id) == ("duplicate", 1)


def test_fifty_imports_of_one_file_at_once_are_one_document_and_fifty_equal_answers(
    opened: Callable[..., Hub], far: Far, hub: Hub
) -> None:
    add_place(hub)
    hubs = [opened() for _ in range(5)]  # five processes' views of one home, ten threads each
    start, answers = threading.Barrier(50), list[Arrived]()

    def run(mine: Hub) -> None:
        start.wait(PATIENCE)
        answers.append(one(mine, invoice(number="F1")))

    threads = [threading.Thread(target=run, args=(mine,)) for mine in hubs for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(answer.result for answer in answers) == ["accepted", *["duplicate"] * 49]
    assert {answer.document_id for answer in answers} == {1}
    assert value(hub, "SELECT count(*) FROM document") == value(hub, "SELECT count(*) FROM delivery") == 1
    assert faults(hub) == ()


@pytest.mark.parametrize(
    ("second", "result"),
    [
        (invoice(number="F1", note="changed"), "conflict"),
        (invoice(number="F1", note="next year", issue_date=date(2027, 1, 15)), "accepted"),
        (invoice(number="F2"), "accepted"),
        (credit_note(number="F1"), "accepted"),
        (invoice(number="F1", supplier=OTHER, customer=SUPPLIER), "accepted"),
    ],
    ids=["other bytes", "other year", "other number", "other type", "other supplier"],
)
def test_a_number_is_taken_once_a_year_by_supplier_and_type(hub: Hub, far: Far, second: bytes, result: str) -> None:
    add_place(hub)
    one(hub, invoice(number="F1"))
    arrived = one(hub, second)
    assert (arrived.result, arrived.document_id) == (result, 2)
    held = [("held", "conflict")] if result == "conflict" else [("queued", "")]
    assert [(row["state"], row["reason"]) for row in listed(hub)] == [("queued", ""), *held]
    assert ("conflict" in codes(arrived)) is (result == "conflict")


def test_a_conflict_keeps_both_papers_and_names_the_first(hub: Hub) -> None:
    one(hub, invoice(number="F1"))
    arrived = one(hub, invoice(number="F1", note="changed"))
    assert "document 1" in arrived.problems[-1].message
    assert value(hub, "SELECT state || ' ' || reason FROM document WHERE id = 2") == "held conflict"


# -- what is set aside --


def test_a_paper_of_nobody_we_know_is_parked_and_its_bytes_are_kept(hub: Hub) -> None:
    data = invoice(supplier=OTHER, customer=CUSTOMER)
    arrived = one(hub, data, "strange.xml")
    assert (arrived.result, arrived.document_id, codes(arrived)) == ("parked", None, ["party.not_ours"])
    with hub.blobs.open(value(hub, "SELECT sha256 FROM incoming")) as stream:
        assert stream.read() == data
    assert faults(hub) == ()


def test_a_parked_paper_that_comes_again_is_the_same_entry(hub: Hub) -> None:
    data = invoice(supplier=OTHER, customer=CUSTOMER)
    assert one(hub, data).incoming_id == one(hub, data).incoming_id == 1


def test_a_parked_paper_that_a_person_assigns_is_a_document_and_waits_no_longer(hub: Hub) -> None:
    data = invoice(supplier=OTHER, customer=CUSTOMER)
    entry = one(hub, data).incoming_id or 0
    arrived = hub.intake.assign(entry, paper(data, company=COMPANY, kind=Kind.PURCHASE_INVOICE))
    assert (arrived.result, codes(arrived)) == ("accepted", ["party.not_ours"])
    assert value(hub, "SELECT result FROM incoming") == "assigned"
    assert value(hub, "SELECT document_id FROM incoming") == arrived.document_id


def test_a_parked_paper_that_is_accepted_by_another_import_waits_no_longer(hub: Hub) -> None:
    data = invoice(supplier=OTHER, customer=CUSTOMER)
    one(hub, data)
    one(hub, data, direction=Direction.PURCHASE)
    assert value(hub, "SELECT result FROM incoming") == "assigned"


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "empty.xml", "empty"),
        (b"just words", "words.txt", "format.unknown"),
        (b"%PDF-1.4\n", "paper.xml", "type_mismatch"),
        (invoice()[:900], "cut.xml", ""),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason_and_its_bytes_are_kept(
    hub: Hub, data: bytes, name: str, code: str
) -> None:
    arrived = one(hub, data, name)
    assert arrived.result == "refused"
    assert code in codes(arrived)[0]
    assert value(hub, "SELECT count(*) FROM document") == 0
    assert folder(hub).path(value(hub, "SELECT sha256 FROM incoming")).exists()
    assert faults(hub) == ()


def test_a_pdf_without_facts_is_parked_and_says_which_are_missing(hub: Hub) -> None:
    arrived = one(hub, PICTURE, "scan.pdf", number="F1")
    assert (arrived.result, codes(arrived)) == ("parked", ["facts_missing"])
    assert "--date" in arrived.problems[0].message
    assert "--number" not in arrived.problems[0].message


def test_a_pdf_with_its_facts_is_a_document(hub: Hub) -> None:
    facts = {"number": "P-7", "issue_date": date(2026, 2, 1), "supplier": "BE0876543270", "total": Decimal("12.50")}
    arrived = one(hub, PICTURE, "scan.pdf", kind=Kind.PURCHASE_INVOICE, **facts)
    assert arrived.result == "accepted"
    with hub.db.read() as conn:
        kept = documents.load(conn, hub.blobs, 1)
    assert (kept.number, kept.issue_date, kept.totals.payable) == ("P-7", date(2026, 2, 1), Decimal("12.50"))
    assert (kept.supplier.vat, kept.supplier.name) == ("BE0876543270", "")


def test_a_pdf_beside_a_paper_is_its_picture_and_the_one_inside_an_attachment(hub: Hub) -> None:
    beside = File.of("better.pdf", "application/pdf", pdf("better"), FileRole.PDF)
    incoming = Incoming(name="F1.xml", data=invoice(pdf=PICTURE), beside=(beside,))
    accept(hub, incoming)
    with hub.db.read() as conn:
        kept = documents.load(conn, hub.blobs, 1)
    assert [(file.role, file.read()) for file in kept.files[1:]] == [
        (FileRole.PDF, pdf("better")),
        (FileRole.ATTACHMENT, PICTURE),
    ]


# -- all or nothing --


def test_a_batch_is_answered_in_its_order_whatever_became_of_each(hub: Hub) -> None:
    batch = [paper(invoice(number="F1"), "1"), paper(b"", "2"), paper(invoice(number="F1"), "3"), paper(PICTURE, "4")]
    results = [(arrived.name, arrived.result) for arrived in accept(hub, *batch)]
    assert results == [("1", "accepted"), ("2", "refused"), ("3", "duplicate"), ("4", "parked")]


def test_a_batch_whose_transaction_fails_leaves_nothing_and_may_come_again(hub: Hub, far: Far) -> None:
    add_place(hub)
    refuse_inserts(hub, "document", "no room", when="NEW.number = 'F2'")
    batch = [paper(invoice(number="F1")), paper(invoice(number="F2"))]
    with pytest.raises(Exception, match="no room"):
        accept(hub, *batch)
    assert value(hub, "SELECT count(*) FROM document") == value(hub, "SELECT count(*) FROM delivery") == 0
    accept_inserts(hub, "document")
    assert [arrived.result for arrived in accept(hub, *batch)] == ["accepted", "accepted"]
    assert faults(hub) == ()


def test_an_accepted_paper_its_deliveries_keys_and_log_are_one_transaction(hub: Hub, far: Far) -> None:
    add_place(hub)
    refuse_inserts(hub, "audit", "no log", when="NEW.action = 'delivery.queued'")
    with pytest.raises(Exception, match="no log"):
        one(hub, invoice())
    assert value(hub, "SELECT (SELECT count(*) FROM document) + (SELECT count(*) FROM delivery)") == 0


def test_a_preview_keeps_nothing_and_says_the_same(hub: Hub) -> None:
    batch = [paper(invoice(number="F1")), paper(b""), paper(PICTURE, "x.pdf")]
    previews = [hub.intake.preview(incoming).result for incoming in batch]
    assert list(hub.blobs) == []
    assert previews == [arrived.result for arrived in accept(hub, *batch)]
    assert hub.intake.preview(batch[0]).result == "duplicate"
    assert hub.intake.preview(paper(invoice(number="F1", note="x"))).result == "conflict"


class _Reader:
    """A reader whose next answer the test decides."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def read(self, incoming: Incoming) -> None:
        if incoming.name == "bad.xml":
            raise self.error


@pytest.mark.parametrize(
    "error",
    [
        Unreadable([Problem("xml.broken", "not closed")]),
        PluginError("reader", "read raised RuntimeError: boom"),
        CorruptError("gone"),
        Held("no_ubl", "it cannot be read now"),
    ],
    ids=["unreadable", "plugin", "corrupt", "held"],
)
def test_a_reader_that_fails_refuses_that_paper_and_no_other(hub: Hub, error: BaseException) -> None:
    intake = type(hub.intake)(db=hub.db, blobs=hub.blobs, reader=_Reader(error))
    batch = [paper(invoice(), "bad.xml"), paper(b"words", "words.txt")]
    assert [arrived.result for arrived in intake.accept(batch)] == ["refused", "refused"]


def test_a_file_that_is_not_what_its_hash_says_is_not_kept(hub: Hub) -> None:
    false = File("x.pdf", "application/pdf", len(PICTURE), "0" * 64, File.of("x", "x", PICTURE).opener, FileRole.PDF)
    with pytest.raises(CorruptError):
        accept(hub, Incoming(name="a.xml", data=invoice(), beside=(false,)))
    assert not folder(hub).path("0" * 64).exists()


# -- where it goes --


def test_of_two_booking_roads_only_the_oldest_gets_the_paper(hub: Hub, far: Far) -> None:
    add_place(hub, "older", role=Role.BOOKING, approve="never")
    add_place(hub, "newer", role=Role.BOOKING, approve="never")
    add_place(hub, "eyes", role=Role.COPY)
    one(hub, invoice())
    assert [row["destination"] for row in listed(hub)] == ["older", "eyes"]


def test_a_booking_road_that_does_not_take_the_kind_leaves_it_to_the_next(hub: Hub, far: Far) -> None:
    add_place(hub, "older", role=Role.BOOKING, kinds=(Kind.SALES_INVOICE,))
    add_place(hub, "newer", role=Role.BOOKING)
    one(hub, credit_note())
    assert [row["destination"] for row in listed(hub)] == ["newer"]


def test_a_quotation_never_goes_to_a_booking_road(hub: Hub, far: Far) -> None:
    add_place(hub, "books", role=Role.BOOKING)
    add_place(hub, "eyes", role=Role.COPY)
    one(hub, quotation())
    assert [row["destination"] for row in listed(hub)] == ["eyes"]


def test_a_paper_from_before_a_destinations_date_does_not_go_there(hub: Hub, far: Far) -> None:
    add_place(hub, "later", from_date=date(2026, 1, 16))
    add_place(hub, "sooner", from_date=date(2026, 1, 15))
    one(hub, invoice())
    assert [row["destination"] for row in listed(hub)] == ["sooner"]


def test_a_paper_goes_to_destinations_of_its_own_company_only(hub: Hub, far: Far) -> None:
    with hub.db.write() as tx:
        companies.add(tx, "0876543270", "Klant BV")
    add_place(hub, "ours", company=COMPANY)
    add_place(hub, "theirs", company="0876543270")
    one(hub, invoice(customer=OTHER))
    assert [row["destination"] for row in listed(hub)] == ["ours"]


def test_a_paper_between_two_of_our_companies_is_parked_until_a_person_says_whose(hub: Hub) -> None:
    with hub.db.write() as tx:
        companies.add(tx, "0876543270", "Klant BV")
    assert codes(one(hub, invoice())) == ["party.both_ours"]
    assert one(hub, invoice(), direction=Direction.PURCHASE).result == "accepted"
    assert value(hub, "SELECT company.number FROM company JOIN document ON company.id = company_id") == "0876543270"


def test_one_papers_bytes_may_belong_to_two_companies(hub: Hub) -> None:
    with hub.db.write() as tx:
        companies.add(tx, "0876543270", "Klant BV")
    assert one(hub, invoice(), direction=Direction.PURCHASE).result == "accepted"
    assert one(hub, invoice(), direction=Direction.SALES).result == "accepted"
    assert faults(hub) == ()
