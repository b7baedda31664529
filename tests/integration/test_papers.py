"""Papers shown to somebody: those of the companies he may see, whatever he asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pytest
import sqlalchemy as sa

from hub.app import Hub
from hub.app.desk import desk
from hub.core.delivery import Role
from hub.core.document import Incoming
from hub.core.filters import Filter
from hub.core.papers import CompanyPapers, PackWanted, Papers
from hub.core.store import companies, showing
from hub.errors import CorruptError, NotFoundError, UsageError
from hub.testing.samples import CUSTOMER, SUPPLIER, belgian, invoice, pdf
from tests.integration.far import Far
from tests.integration.keeping import folder
from tests.integration.ledger import COMPANY, add_place, value

OTHER = "0765432146"  # an example: valid check digits, no such company


@pytest.fixture
def papers(hub: Hub) -> Papers:
    """Seven papers of one company, newest first F7 to F1, and one, G1, of another."""
    with hub.db.write() as tx:
        companies.add(tx, OTHER, "Ander BV")
    data = [invoice(number=f"F{n}", issue_date=date(2026, 1, 10 + n // 2), pdf=pdf(f"F{n}")) for n in range(1, 8)]
    data.append(invoice(number="G1", supplier=belgian("Ander BV", OTHER, "Gent"), issue_date=date(2026, 1, 12)))
    hub.intake.accept([Incoming(name=f"{n}.xml", data=one) for n, one in enumerate(data)])
    return desk(hub, "far").papers


@pytest.fixture
def ours(papers: Papers) -> CompanyPapers:
    """The papers of the first company."""
    return papers.of([COMPANY])


def numbers(seen: CompanyPapers, filter_: str = "", limit: int = 50) -> list[str]:
    return [paper.number for paper in seen.list(filter_, limit=limit).papers]


def walked(seen: CompanyPapers, limit: int) -> Iterator[str]:
    after = ""
    while True:
        page = seen.list("", after, limit)
        yield from (paper.number for paper in page.papers)
        after = page.after
        if not after:
            return


def foreign(papers: Papers) -> str:
    """The uid of the other company's paper."""
    return papers.of([OTHER]).list().papers[0].uid


def test_a_list_has_the_papers_of_these_companies_newest_first(ours: CompanyPapers) -> None:
    assert numbers(ours) == ["F7", "F6", "F5", "F4", "F3", "F2", "F1"]


def test_several_companies_are_one_list(papers: Papers) -> None:
    assert numbers(papers.of([COMPANY, OTHER])) == ["F7", "F6", "G1", "F5", "F4", "F3", "F2", "F1"]


@pytest.mark.parametrize("numbers_", [[], ["0000000000"]])
def test_no_company_has_no_papers(papers: Papers, numbers_: list[str]) -> None:
    assert papers.of(numbers_).list().papers == ()
    assert papers.of(numbers_).companies() == {}


@pytest.mark.parametrize("filter_", ["number:G1", f"company:{OTHER}", "!number:F*", "Ander"])
def test_no_filter_reaches_another_companys_papers(ours: CompanyPapers, filter_: str) -> None:
    assert numbers(ours, filter_) == []


def test_a_filter_is_that_of_the_command_line(ours: CompanyPapers) -> None:
    assert numbers(ours, "number:F1,F2 kind:sales_invoice") == ["F2", "F1"]
    with pytest.raises(UsageError, match="no field"):
        numbers(ours, "colour:red")


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_together_have_each_paper_once(ours: CompanyPapers, limit: int) -> None:
    assert list(walked(ours, limit)) == ["F7", "F6", "F5", "F4", "F3", "F2", "F1"]


def test_a_page_behind_a_foreign_or_unknown_paper_is_empty(papers: Papers, ours: CompanyPapers) -> None:
    assert ours.list("", foreign(papers)).papers == ()
    assert ours.list("", "nonsense").papers == ()


def test_a_foreign_paper_is_not_there(papers: Papers, ours: CompanyPapers) -> None:
    for uid in (foreign(papers), "nonsense", "1"):
        with pytest.raises(NotFoundError):
            ours.one(uid)


def test_a_file_gives_its_bytes_checked(hub: Hub, ours: CompanyPapers) -> None:
    paper = ours.list("number:F1").papers[0]
    original = ours.one(paper.uid).files[0]
    assert b"<cbc:ID>F1</cbc:ID>" in original.read()
    place = folder(hub).path(original.sha256)
    place.chmod(0o600)
    place.write_bytes(b"changed")
    with pytest.raises(CorruptError):
        original.read()


def test_who_books_a_paper_is_told(hub: Hub, far: Far, papers: Papers) -> None:
    add_place(hub, "books", role=Role.BOOKING, company=COMPANY)
    hub.intake.accept([Incoming(name="F8.xml", data=invoice(number="F8"))])
    told = {paper.number: paper.booked_by for paper in papers.of([COMPANY]).list().papers}
    assert (told["F8"], told["F7"]) == ("books", "")


def test_the_other_party_is_told_from_our_side(hub: Hub, ours: CompanyPapers) -> None:
    hub.intake.accept([Incoming(name="P.xml", data=invoice(number="P1", supplier=CUSTOMER, customer=SUPPLIER))])
    told = {paper.number: paper.party[0] for paper in ours.list().papers}
    assert (told["P1"], told["F1"]) == (CUSTOMER.name, CUSTOMER.name)


def test_the_pack_of_a_period_has_these_papers_and_the_same_bytes_each_time(ours: CompanyPapers) -> None:
    wanted = PackWanted(company=COMPANY, period="2026Q1", target="partner:Kantoor")
    first, second = ours.pack(wanted), ours.pack(wanted)
    assert (first.documents, first.sha256) == (7, second.sha256)
    with ZipFile(BytesIO(first.file.read())) as pack:
        assert not [name for name in pack.namelist() if "G1" in name]
    assert [one.sha256 for one in ours.packs("partner:Kantoor")] == [first.sha256]
    assert ours.packs("partner:Ander kantoor") == []


def test_a_foreign_company_has_no_pack(hub: Hub, papers: Papers, ours: CompanyPapers) -> None:
    with pytest.raises(NotFoundError):
        ours.pack(PackWanted(company=OTHER, period="2026Q1"))
    assert value(hub, "SELECT count(*) FROM pack") == 0
    made = papers.of([OTHER]).pack(PackWanted(company=OTHER, period="2026Q1"))
    with pytest.raises(NotFoundError):
        ours.pack_with(made.sha256)


@pytest.mark.sqlite_only("a plan")
def test_a_page_of_one_company_is_read_from_the_index_however_deep_it_is(hub: Hub) -> None:
    with hub.db.read() as conn:
        said: list[tuple[str, object]] = []
        sa.event.listen(conn, "before_cursor_execute", lambda _c, _u, text, values, *_: said.append((text, values)))
        showing.page(conn, [COMPANY], Filter(), ("some-uid", 50))
        text, values = said[-1]
        plan = [row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)]  # type: ignore[arg-type]
    assert "SEARCH document USING INDEX ix_document_period (company_id=? AND period_date<?)" in plan
    assert not [step for step in plan if "TEMP B-TREE" in step or step.startswith("SCAN")]
