"""`hub partner`: who may see which company's papers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import click

from hub import Desk, NotFoundError, OpenDesk, UsageError, show
from hub_partner import wording
from hub_partner.moments import from_ms, to_ms
from hub_partner.settings import office_name
from hub_partner.tables import invitations, offices
from hub_partner.tables.invitations import Invited
from hub_partner.tokens import hashed, new_token

# One address, conservatively: what the relay takes beyond this is for it to say.
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
_MAX_MAIL = 254

Printing = Callable[[Callable[..., Any]], Callable[..., Any]]
_OFFICE = click.option("--office", required=True, metavar="NAME", help="The bookkeeper's office.")
_COMPANY = click.option("--company", required=True, metavar="NUMBER", help="Whose papers: its enterprise number.")


def add(group: click.Group, desk: OpenDesk, printing: Printing) -> None:
    """Add them to the group."""

    @group.command("invite")
    @_OFFICE
    @click.option("--mail", required=True, metavar="ADDR", help="Who gets the invitation.")
    @_COMPANY
    @click.option("--via", default="", metavar="CONNECTION", help="The e-mail connection; the only one by default.")
    @printing
    def invite(office: str, mail: str, company: str, via: str, out: Any) -> None:
        """Invite somebody at an office; the link in the answer works once, for 72 hours, and is mailed if it can be."""
        with desk() as d:
            made, failed = _invite(d, office, (mail, via), company)
        if failed:
            out.say(failed)
        out.one(made)

    @group.command("list")
    @printing
    def list_(out: Any) -> None:
        """Every office and every company it was linked to."""
        with desk() as d:
            rows = d.tables.read(offices.links)
        names = ("office", "company", "state", "since")
        out.rows([{**row._asdict(), "since": from_ms(row.since)} for row in rows], list(names))

    @group.command("link")
    @_OFFICE
    @_COMPANY
    @printing
    def link(office: str, company: str, out: Any) -> None:
        """Link an office that has an account already to one more company, without an invitation."""
        with desk() as d:
            number, at = _company(d, company)[0], to_ms(d.site.now())
            d.tables.write(
                lambda conn: offices.connect_known(conn, _office(office), number, at), action="linked", about=number
            )
        out.one({"office": _office(office), "company": number, "state": "linked"})

    @group.command("revoke")
    @_OFFICE
    @_COMPANY
    @printing
    def revoke(office: str, company: str, out: Any) -> None:
        """Let an office see nothing of a company any more, from its next click on."""
        with desk() as d:
            number, at = _number(company), to_ms(d.site.now())
            office_id = d.tables.read(lambda conn: offices.named(conn, _office(office)))
            about = f"office:{office_id} company:{number}"
            d.tables.write(lambda conn: offices.revoke(conn, (office_id, number), at), action="revoked", about=about)
        out.one({"office": _office(office), "company": number, "state": "revoked"})


def _invite(desk: Desk, office: str, reach: tuple[str, str], company: str) -> tuple[dict[str, Any], str]:
    """Invite; returns what is printed, and why it could not be mailed."""
    (mail, via), token, at = reach, new_token(), to_ms(desk.site.now())
    number, name = _company(desk, company)
    invited = Invited(token=hashed(token), office=_office(office), mail=_address(mail), company=number, via=via)
    about = f"invitation:{invited.token[:16]} company:{number}"
    ends = desk.tables.write(lambda conn: invitations.add(conn, invited, at), action="invited", about=about)
    url = f"{desk.site.url}/partner/invitation/{token}"
    mailed, failed = _mail(desk, wording.invitation(invited.mail, invited.office, name, url), via)
    record = {"office": invited.office, "company": number, "url": url, "expires_at": from_ms(ends), "mailed": mailed}
    return record, failed


def _mail(desk: Desk, notice: Any, via: str) -> tuple[bool, str]:
    """Whether it was mailed, else why not. The invitation stands either way: its link can be given by hand."""
    try:
        mailed = desk.notify(notice, via)
    except Exception as error:  # noqa: BLE001 - a relay that is down must not take back what is written
        return False, f"not mailed: {show(str(error))}; give the link by hand"
    return mailed, "" if mailed else "not mailed: there is not exactly one e-mail connection; name it with --via"


def _office(name: str) -> str:
    try:
        return office_name(name)
    except ValueError as error:
        raise UsageError(str(error), action="give its name with --office") from error


def _address(mail: str) -> str:
    if not _MAIL.fullmatch(mail) or len(mail) > _MAX_MAIL:
        raise UsageError(f"'{show(mail)}' is no mail address", action="write it as name@domain")
    return mail.lower()


def _company(desk: Desk, company: str) -> tuple[str, str]:
    """The number and name of a company of this home. Raises NotFoundError."""
    number = _number(company)
    names = desk.papers.of([number]).companies()
    if number not in names:
        raise NotFoundError(f"no company has the enterprise number {number}", action="see `hub company list`")
    return number, names[number]


def _number(company: str) -> str:
    number = re.sub(r"[. ]", "", company.upper()).removeprefix("BE")
    if not re.fullmatch(r"[0-9]{10}", number):
        raise UsageError(f"'{show(company)}' is no enterprise number", action="write 10 digits, as 0765.432.146")
    return number
