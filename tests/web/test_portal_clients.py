"""What an office sees of its clients: papers, files and exports, and how either side ends it."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from datetime import date
from urllib.parse import quote

import pytest

from hub.testing.samples import belgian, invoice
from hub_partner.portal import exports
from tests.web.served import COMPANY, OFFICE, OTHER, Served
from tests.web.visit import Browser, links

CLIENT = f"/partner/clients/{COMPANY}"


def papers(page: str) -> list[str]:
    """The numbers of the papers on a page, from top to bottom."""
    return re.findall(rf'<a href="{CLIENT}/papers/[0-9a-f]{{32}}">([^<]+)</a>', page)


def paper(browser: Browser, number: str) -> str:
    """The path of a paper's page."""
    found = re.search(rf'href="({CLIENT}/papers/[0-9a-f]{{32}})">{number}<', browser.get(CLIENT).text)
    assert found
    return found[1]


def export(browser: Browser, period: str = "2026Q3") -> str:
    """Make an export; returns the path of its ZIP."""
    made = browser.post(f"{CLIENT}/exports", [("period", period), ("formats", "original"), ("formats", "csv")])
    assert made.status == 303, made.text
    page = browser.get(made.location.partition("#")[0]).text
    return next(link for link in sorted(links(page)) if made.location.rpartition("#")[2] in link)


def test_papers_are_listed_newest_first_and_those_of_others_are_not(site: Served) -> None:
    assert papers(site.linked().get(CLIENT).text) == ["F-2", "P-1", "C-1", "F-1"]


def test_the_filter_is_that_of_the_command_line(site: Served) -> None:
    browser, text = site.linked(), "kind:sales_invoice before:2026-09-01"
    shown = papers(browser.get(f"{CLIENT}?filter={quote(text)}").text)
    listed = [one["number"] for one in site.command.lines("doc", "list", "--filter", f"{text} company:{COMPANY}")]
    assert shown == listed == ["F-1"]


@pytest.mark.parametrize("text", ["colour:red", 'party:"open', "since:yesterday", "x" * 3000])
def test_a_wrong_filter_is_explained_beside_its_field(site: Served, text: str) -> None:
    page = site.linked().get(f"{CLIENT}?filter={quote(text)}")
    assert (page.status, papers(page.text), 'aria-invalid="true"' in page.text) == (422, [], True)


def test_older_papers_are_a_page_on(site: Served) -> None:
    site.take_in(*(invoice(number=f"N-{n:02}", issue_date=date(2026, 11, 1)) for n in range(55)))
    browser = site.linked()
    first = browser.get(f"{CLIENT}?filter=number%3AN-*").text
    older = next(link for link in links(first) if "after=" in link)
    assert "filter=number%3AN-%2A" in older or "filter=number%3AN-*" in older
    assert [len(papers(first)), len(papers(browser.get(older).text))] == [50, 5]


def test_names_from_papers_are_shown_and_do_nothing(site: Served) -> None:
    evil = "<script>alert(1)</script> \u202eNV"
    site.take_in(invoice(number="<b>X</b>", customer=belgian(evil, "0876543270", "Brugge")))
    browser = site.linked()
    page = browser.get(CLIENT).text
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; \\u{202e}NV" in page
    assert "&lt;b&gt;X&lt;/b&gt;" in page


def test_a_paper_shows_its_facts_and_gives_its_files_as_they_came(site: Served) -> None:
    browser = site.linked()
    path = paper(browser, "F-1")
    page = browser.get(path).text
    assert "145.14" in page
    assert "not booked from here" in page
    for link in sorted(link for link in links(page) if "/files/" in link):
        file = browser.get(link)
        assert hashlib.sha256(file.body).hexdigest() == file.headers["etag"].strip('"')
        assert file.headers["content-disposition"].startswith("attachment; filename=")
    assert browser.get(f"{path}/files/0").body == invoice(
        number="F-1", issue_date=date(2026, 7, 15), pdf=browser.get(f"{path}/files/1").body
    )
    assert browser.get(f"{path}/files/9").status == 404


def test_a_paper_that_another_way_books_is_marked_a_copy(site: Served) -> None:
    folder = site.command.home.parent / "out"
    folder.mkdir()
    to = ("--set", f"path={folder}", "--company", COMPANY)
    site.command.one(
        "destination", "add", "office", "partner", "--set", f"office={OFFICE}", "--role", "booking", *to[2:]
    )
    browser = site.linked()
    site.take_in(invoice(number="B-1", issue_date=site.clock().date()))
    assert "booked by office" in browser.get(paper(browser, "B-1")).text


def test_an_export_is_the_pack_of_the_period_with_its_sha256_shown(site: Served) -> None:
    browser = site.linked()
    link = export(browser)
    pack = browser.get(link)
    sha256 = hashlib.sha256(pack.body).hexdigest()
    assert link == f"{CLIENT}/exports/{sha256}.zip"
    assert sha256 in browser.get(f"{CLIENT}/exports").text
    with zipfile.ZipFile(io.BytesIO(pack.body)) as opened:
        names = " ".join(opened.namelist())
    assert [number in names for number in ("F-1", "C-1", "P-1", "F-2", "G-1")] == [True, True, True, False, False]
    assert export(browser) == link  # the same papers, the same bytes


@pytest.mark.parametrize(
    "form", [{"period": "2026Q5", "formats": "csv"}, {"period": "2026Q3"}, {"period": "2026Q3", "formats": "x"}]
)
def test_a_wrong_export_is_explained(site: Served, form: dict[str, str]) -> None:
    page = site.linked().post(f"{CLIENT}/exports", form)
    assert (page.status, 'role="alert"' in page.text) == (422, True)


def test_an_office_makes_one_export_at_a_time_and_another_need_not_wait(site: Served) -> None:
    browser, other = site.linked(), site.linked(office="Ander kantoor", mail="eva@ander.example")
    with exports._TURNS.of(1):
        busy = browser.post(f"{CLIENT}/exports", {"period": "2026Q3", "formats": "csv"})
        assert (busy.status, "being made" in busy.text) == (429, True)
        export(other)
    export(browser)


def test_what_a_destination_published_is_marked_and_its_pack_is_there(site: Served) -> None:
    browser = site.linked()
    to = ("--set", f"office={OFFICE}", "--company", COMPANY, "--from", "2026-10-01")
    site.command.one("destination", "add", "office", "partner", *to)
    site.take_in(invoice(number="S-1", issue_date=date(2026, 10, 20)))
    made = site.command.one("export", "run", "--period", "2026Q3", "--company", COMPANY, "--to", "office")
    site.command.deliver()
    assert "sent to you" in browser.get(paper(browser, "S-1")).text
    page = browser.get(f"{CLIENT}/exports").text
    assert "Sent to you" in page
    pack = browser.get(f"{CLIENT}/exports/{made['sha256']}.zip")
    assert hashlib.sha256(pack.body).hexdigest() == made["sha256"]


def test_the_office_ends_a_link_at_once_and_for_everybody_in_it(site: Served) -> None:
    an, bert = site.linked(), site.linked(mail="bert@kantoor.example")
    assert "Voorbeeld NV" in an.get(f"{CLIENT}/revoke").text
    assert an.post(f"{CLIENT}/revoke").location == "/partner/"
    assert {an.get(CLIENT).status, bert.get(CLIENT).status} == {404}
    assert site.command.lines("partner", "list")[0]["state"] == "revoked"


def test_the_company_ends_a_link_at_once(site: Served) -> None:
    browser = site.linked()
    path, link = paper(browser, "F-1"), export(browser)
    site.command.one("partner", "revoke", "--office", OFFICE, "--company", COMPANY)
    asked = [browser.get(one).status for one in (CLIENT, path, f"{path}/files/0", f"{CLIENT}/exports", link)]
    assert asked == [404] * 5
    assert browser.post(f"{CLIENT}/exports", {"period": "2026", "formats": "csv"}).status == 404
    assert "No company lets" in browser.get("/partner/").text


def test_an_office_may_be_linked_to_one_more_company_without_an_invitation(site: Served) -> None:
    browser = site.linked()
    assert browser.get(f"/partner/clients/{OTHER}").status == 404
    site.command.one("partner", "link", "--office", OFFICE, "--company", OTHER)
    assert "G-1" in browser.get(f"/partner/clients/{OTHER}").text


def test_what_an_office_does_is_in_the_log_without_names(site: Served) -> None:
    browser = site.linked()
    browser.get(f"{paper(browser, 'F-1')}/files/0")
    export(browser)
    browser.post("/partner/login/wrong")
    with site.hub.db.read() as conn:
        noted = conn.exec_driver_sql("SELECT action, actor, object FROM audit WHERE action LIKE 'partner.%'").all()
    done = {row.action.removeprefix("partner.") for row in noted}
    assert {"invited", "invitation.accepted", "downloaded", "exported", "login.refused"} <= done
    assert "Peeters" not in repr(noted)
    assert "@" not in repr(noted)


def test_an_office_exports_so_often_a_day_and_no_more(site: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub_partner.portal.exports._MOST_A_DAY", 2)
    browser = site.linked()
    for period in ("2026Q1", "2026Q2"):
        export(browser, period)
    more = browser.post(f"{CLIENT}/exports", {"period": "2026Q3", "formats": "original"})
    assert (more.status, "come back tomorrow" in more.text) == (422, True)
    assert site.linked(office="Ander kantoor", mail="b@ander.example").get(f"{CLIENT}/exports").status == 200
    site.clock.forward(days=1, minutes=1)
    export(site.linked(), "2026Q3")
