"""The whole way in a real browser, on a phone and on a desk: invited, in, looked, exported, out."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.web.served import MAIL, Served


@dataclass
class Screen:
    """A browser's page, and what it asked for and complained about."""

    page: Page
    width: int
    site: Served
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Type an address."""
        self.page.goto(self.site.url + path)

    def press(self, name: str) -> None:
        """Press a button, and look at what it leads to."""
        self.page.get_by_role("button", name=name, exact=True).click()
        self.look()

    def follow(self, name: str) -> None:
        """Follow a link, and look at what it leads to."""
        self.page.get_by_role("link", name=name, exact=True).first.click()
        self.look()

    def look(self) -> None:
        """What every page keeps: it fits its width, has one heading, and names each of its fields."""
        self.page.wait_for_load_state()
        expect(self.page.get_by_role("heading", level=1)).to_have_count(1)
        assert self.page.evaluate("document.documentElement.scrollWidth") <= self.width, self.page.url
        nameless = "input:not([type=checkbox]):not([id]), button:empty, a:empty, img:not([alt])"
        expect(self.page.locator(nameless)).to_have_count(0)
        for box in self.page.locator("input[id]").all():
            expect(self.page.locator(f"label[for={box.get_attribute('id')}]")).to_have_count(1)


@pytest.fixture
def chrome(chromium: str) -> Iterator[Browser]:
    """The browser, without a screen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=[360, 1280])
def screen(request: pytest.FixtureRequest, site: Served, chrome: Browser) -> Iterator[Screen]:
    """A page of this width."""
    context = chrome.new_context(viewport={"width": request.param, "height": 800}, accept_downloads=True)
    screen = Screen(context.new_page(), request.param, site)
    screen.page.on("console", lambda said: screen.complaints.append(said.text) if said.type == "error" else None)
    screen.page.on(
        "request", lambda asked: screen.foreign.append(asked.url) if not asked.url.startswith(site.url) else None
    )
    yield screen
    context.close()


def download(screen: Screen, name: str, folder: Path) -> Path:
    """Follow a link that gives a file."""
    with screen.page.expect_download() as given:
        screen.page.get_by_role("link", name=name, exact=True).first.click()
    path = folder / given.value.suggested_filename
    given.value.save_as(path)
    return path


def test_an_office_comes_in_looks_exports_and_leaves(screen: Screen, site: Served, tmp_path: Path) -> None:
    page = screen.page
    screen.open(site.invite())
    screen.look()
    screen.press(f"Accept as {MAIL}")
    screen.follow("Voorbeeld NV")
    expect(page.locator("td.lead a")).to_have_text(["F-2", "P-1", "C-1", "F-1"])

    page.get_by_label("Filter").fill("kind:sales_invoice before:2026-09-01")
    screen.press("Show")
    expect(page.locator("td.lead a")).to_have_text(["F-1"])
    screen.follow("F-1")
    expect(page.get_by_text("EUR 145.14")).to_be_visible()
    assert download(screen, "F-1.pdf", tmp_path).read_bytes().startswith(b"%PDF-")

    screen.follow("Exports")
    page.get_by_label("Period").fill("2026Q3")
    screen.press("Export")
    pack = download(screen, "Download the ZIP", tmp_path)
    with zipfile.ZipFile(pack) as opened:
        assert opened.testzip() is None
        manifest = json.loads(opened.read("manifest.json"))
    assert [paper["number"] for paper in manifest["papers"]] == ["P-1", "C-1", "F-1"]

    screen.press("Log out")
    page.get_by_label("Your mail address").fill(MAIL)
    screen.press("Mail me a link")
    screen.open(site.link_in(site.mails(2)[-1]))
    screen.press("Log in")
    screen.follow("Voorbeeld NV")
    screen.follow("End access")
    screen.press("End it now")
    expect(page.get_by_text("No company lets")).to_be_visible()
    assert (screen.complaints, screen.foreign) == ([], [])


def test_a_wrong_filter_is_explained_where_it_was_typed(screen: Screen, site: Served) -> None:
    screen.open(site.invite())
    screen.press(f"Accept as {MAIL}")
    screen.follow("Voorbeeld NV")
    screen.page.get_by_label("Filter").fill("kind:salesinvoice")
    screen.press("Show")
    field_ = screen.page.get_by_label("Filter")
    expect(field_).to_have_value("kind:salesinvoice")
    expect(field_).to_have_accessible_description(
        "'salesinvoice' is no kind of a filter. Did you mean sales_invoice? there "
        "are: quotation, sales_invoice, sales_credit_note, purchase_invoice, purchase_credit_note, receipt, other."
    )


def test_the_keyboard_reaches_the_page_first(screen: Screen, site: Served) -> None:
    site.invite()
    screen.open("/partner/login")
    expect(screen.page.get_by_label("Your mail address")).to_be_focused()
    screen.page.keyboard.press("Enter")  # empty: the browser says so, nothing is sent
    expect(screen.page.get_by_role("heading", name="Log in")).to_be_visible()
    screen.page.keyboard.type(MAIL)
    screen.page.keyboard.press("Enter")
    expect(screen.page.get_by_role("heading", name="Look in your mail")).to_be_visible()
    screen.page.keyboard.press("Tab")
    expect(screen.page.get_by_role("link", name="To the page")).to_be_focused()
