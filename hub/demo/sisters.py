"""Two sister firms of the workshop, whose bookkeepers work otherwise: one in Exact, one behind CodaBox.

Both far sides are servers of our own on this machine that speak the wire; each keeps a ledger that can be asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal

from hub.app import Hub, configure, login
from hub.app.configure import Values, Wanted
from hub.app.login import Answers
from hub.core.store import companies
from hub.core.terms import Party
from hub.demo import papers, parties
from hub.demo.papers import Sheet
from hub.demo.places import BOOKS, PACKAGE, Stage
from hub.testing import codabox, exact
from hub.testing.codabox_desk import Standing
from hub.testing.samples import REVERSE_CHARGE, VAT_6, VAT_21, Item, Paper

_DIVISION = 123456  # the rental's books at Exact
_JOURNAL, _REVENUE = "700", "705000"
_VAT_CODES = (("S", 21, "210"), ("S", 6, "060"), ("AE", 0, "MC"))


@dataclass(frozen=True, slots=True)
class Desks:
    """The far sides, running."""

    exact: exact.ExactServer
    codabox: codabox.CodaboxServer


@contextmanager
def desks(stage: Stage) -> Iterator[Desks]:
    """Both servers, from enter to exit."""
    rental, lessons = _number(parties.RENTAL), _number(parties.LESSONS)
    books = exact.Setup(ledger=stage.exact_ledger, companies={_DIVISION: (parties.RENTAL.name, rental)})
    desk = codabox.Setup(log=stage.codabox_log, clients={lessons: Standing.KNOWN})
    with exact.ExactServer(books) as accounting, codabox.CodaboxServer(desk) as uploads:
        yield Desks(accounting, uploads)


def sheets() -> Iterator[Sheet]:
    """What both sold: five papers for Exact, two for CodaBox."""
    for n, (day, customer) in enumerate(((6, parties.MARKUP), (21, parties.FRENCH), (28, parties.FORMULA)), start=1):
        yield _rented(papers.sale(f"V-{n}", papers.day(7, day), customer, _rent(n)))
    shed = Item(name="Fietsenstalling huren", price=Decimal("640.00"), tax=REVERSE_CHARGE)
    yield _rented(papers.sale("V-4", papers.day(8, 25), parties.FORMULA, shed))
    back = papers.sale("V-C1", papers.day(9, 8), parties.FRENCH, _rent(1))
    yield _rented(papers.credit(back, "V-2"))
    for n, day in enumerate((9, 23), start=1):
        hours = Item(name="Fietsles", quantity=Decimal(n + 3), price=Decimal("22.50"), tax=VAT_21)
        taught = papers.sale(f"L-{n}", papers.day(9, day), parties.MARKUP, hours)
        yield papers.sheet(f"lessons_{taught.number}.xml", replace(taught, supplier=parties.LESSONS))


def _rented(paper: Paper) -> Sheet:
    return papers.sheet(f"rental_{paper.number}.xml", replace(paper, supplier=parties.RENTAL))


def _rent(days: int) -> Item:
    tax = VAT_6 if days == 1 else VAT_21
    return Item(name="Stadsfiets huren, per dag", quantity=Decimal(days), price=Decimal("14.90"), tax=tax)


def add(hub: Hub, far_sides: Desks) -> None:
    """Add both firms with their destinations, and let a person log in at each far side."""
    with hub.db.write() as tx:
        for firm in (parties.RENTAL, parties.LESSONS):
            companies.add(tx, _number(firm), firm.name)
    _connect_exact(hub, far_sides.exact)
    _connect_codabox(hub, far_sides.codabox)


def _connect_exact(hub: Hub, server: exact.ExactServer) -> None:
    """Whoever owns the Exact login opens a page, agrees, and pastes where the browser was sent to."""
    app = exact.App()
    plain = {"base_url": server.url, "client_id": app.client_id, "redirect_uri": app.redirect_uri}
    configure.add_connection(hub, "exact", "exact", Values(plain, {"client_secret": app.client_secret}))
    login.login_connection(hub, "exact", Answers({}, lambda question: server.open(question.url)))
    rules = [{"category": category, "rate": rate, "code": code} for category, rate, code in _VAT_CODES]
    chosen = {"division": str(_DIVISION), "journal": _JOURNAL, "gl_account": _REVENUE}
    values = Values({**chosen, "vat_codes": json.dumps(rules), "confirmed": "true"})
    configure.add_destination(hub, _booking(BOOKS, "exact", parties.RENTAL, values))


def _connect_codabox(hub: Hub, server: codabox.CodaboxServer) -> None:
    """The company enters its number, and pastes the token that was mailed to it."""
    configure.add_connection(
        hub, "codabox", "codabox", Values({"base_url": server.url}, {"software_key": codabox.SOFTWARE_KEY})
    )
    # The papers are of the last quarter and the link of today; usually older papers stay where they are.
    values = Values({"enterprise_number": _number(parties.LESSONS), "send_older": "true"})
    configure.add_destination(hub, _booking(PACKAGE, "codabox", parties.LESSONS, values))
    login.login_destination(hub, PACKAGE, Answers({}, lambda _: server.desk.mails[-1].token))


def _booking(name: str, plugin: str, firm: Party, values: Values) -> Wanted:
    """A booking road; the first ten papers would wait for a person's yes, which is given here beforehand."""
    return Wanted(
        name=name,
        plugin=plugin,
        connection=plugin,
        company=_number(firm),
        values=values,
        approve="never",
        from_date=papers.FIRST_DAY,
    )


def _number(firm: Party) -> str:
    return firm.vat.removeprefix("BE")
