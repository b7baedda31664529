"""The protections of the pages, and of what plugins own, taken away one at a time: see `tests/mutants.py`.

python -m tests.web.mutants [WORD...]
"""

from __future__ import annotations

import sys

from tests.mutants import Mutant, main

PARTNER = "plugins/partner/hub_partner"
DOOR, PAPERS = "tests/unit/test_web_door.py", "tests/integration/test_papers.py"
OWN_TABLES = "tests/integration/test_own_tables.py"
DOORWAY, CLIENTS = "tests/web/test_portal_doorway.py", "tests/web/test_portal_clients.py"
ISOLATION, ANSWERS = "tests/web/test_portal_isolation.py", "tests/web/test_web_answers.py"
CONTRACT = "plugins/partner/tests/test_partner_contract.py"

WEB = (
    Mutant(
        "the door lets all in",
        "hub/web/answers.py",
        "        if refusal is not None:",
        "        if False:",
        (ISOLATION,),
    ),
    Mutant(
        "forms of neighbouring hosts",
        "hub/web/door.py",
        'frozenset({"same-origin", "none"})',
        'frozenset({"same-origin", "none", "same-site"})',
        (DOOR,),
    ),
    Mutant(
        "origin not compared",
        "hub/web/door.py",
        'return _same(headers.get("origin", ""), self.url)',
        "return True",
        (DOOR,),
    ),
    Mutant(
        "forms of any size",
        "hub/web/door.py",
        "if int(length) > _MAX_BODY",
        "if False",
        (DOOR,),
    ),
    Mutant(
        "any host name",
        "hub/web/door.py",
        'if headers.get("host", "").lower() not in self.hosts',
        "if False",
        (DOOR,),
    ),
    Mutant(
        "headers left out",
        "hub/web/answers.py",
        '"headers": [*kept, *self._headers]}',
        '"headers": kept}',
        (ANSWERS,),
    ),
    Mutant(
        "pages of a plugin that is not used",
        "hub/web/brought.py",
        " or name not in self._used()",
        "",
        (ANSWERS,),
    ),
    Mutant(
        "a forged caller is believed",
        "hub/web/app.py",
        'proxy_headers=hub.config.public_url.startswith("https://")',
        "proxy_headers=True",
        (DOORWAY,),
    ),
    Mutant(
        "any company's paper by its uid",
        "hub/core/store/showing.py",
        "_PAPERS.where(document.c.uid == uid, company.c.number.in_(numbers))",
        "_PAPERS.where(document.c.uid == uid)",
        (PAPERS,),
    ),
    Mutant(
        "any company's papers in a list",
        "hub/core/store/showing.py",
        "_PAPERS.where(company.c.number.in_(numbers), *finding",
        "_PAPERS.where(*finding",
        (PAPERS,),
    ),
    Mutant(
        "a page behind a foreign paper",
        "hub/core/store/showing.py",
        ".where(_PLACED.c.uid == uid, company.c.number.in_(numbers))",
        ".where(_PLACED.c.uid == uid)",
        (PAPERS,),
    ),
    Mutant(
        "any company's pack by its hash",
        "hub/core/store/showing.py",
        "_PACKS.where(company.c.number.in_(numbers), pack.c.sha256 == sha256)",
        "_PACKS.where(pack.c.sha256 == sha256)",
        (PAPERS,),
    ),
    Mutant(
        "any company's pack on demand",
        "hub/core/papers.py",
        "if wanted.company not in self._numbers",
        "if False",
        (PAPERS,),
    ),
    Mutant(
        "a plugin reads any table",
        "hub/app/own_tables.py",
        "            _refuse_foreign(part, plugin)",
        "            pass",
        (OWN_TABLES,),
    ),
    Mutant(
        "a plugin changes any table",
        "hub/migrations/plugins.py",
        "        if foreign:",
        "        if False:",
        (OWN_TABLES,),
    ),
    Mutant(
        "any client's pages",
        f"{PARTNER}/portal/clients.py",
        "if number not in visit.names:",
        "if False:",
        (ISOLATION,),
    ),
    Mutant(
        "any client's exports",
        f"{PARTNER}/portal/exports.py",
        "if number not in visit.names:",
        "if False:",
        (ISOLATION,),
    ),
    Mutant(
        "another office's exports",
        f"{PARTNER}/portal/exports.py",
        "packs(_target(visit))",
        'packs("partner:Kantoor Peeters")',
        (ISOLATION,),
    ),
    Mutant(
        "a revoked link still shows",
        f"{PARTNER}/tables/offices.py",
        '(link.c.office_id == office_id) & (link.c.state == "linked")',
        "(link.c.office_id == office_id)",
        (CLIENTS,),
    ),
    Mutant(
        "an invitation works twice",
        f"{PARTNER}/tables/invitations.py",
        "usable = (invitation.c.token == token) & invitation.c.used_at.is_(None) &",
        "usable = (invitation.c.token == token) &",
        (DOORWAY,),
    ),
    Mutant(
        "an invitation never ends",
        f"{PARTNER}/tables/invitations.py",
        " & (invitation.c.expires_at > opening.at)",
        "",
        (DOORWAY,),
    ),
    Mutant(
        "an earlier invitation works",
        f"{PARTNER}/tables/invitations.py",
        ".where(same, invitation.c.used_at.is_(None))",
        ".where(same, sa.false())",
        (DOORWAY,),
    ),
    Mutant(
        "a withdrawn invitation works",
        f"{PARTNER}/tables/offices.py",
        "sa.update(invitation).where(waiting)",
        "sa.update(invitation).where(waiting, sa.false())",
        (DOORWAY,),
    ),
    Mutant(
        "a login link works twice",
        f"{PARTNER}/tables/people.py",
        "(login_link.c.token == token) & login_link.c.used_at.is_(None) &",
        "(login_link.c.token == token) &",
        (DOORWAY,),
    ),
    Mutant(
        "a login link never ends",
        f"{PARTNER}/tables/people.py",
        " & (login_link.c.expires_at > opening.at)",
        "",
        (DOORWAY,),
    ),
    Mutant(
        "links without limit to an address",
        f"{PARTNER}/tables/people.py",
        "return for_mail < _MAX_FOR_MAIL, False",
        "return True, False",
        (DOORWAY,),
    ),
    Mutant(
        "questions without limit from a place",
        f"{PARTNER}/tables/people.py",
        "if from_place >= _MAX_FROM_PLACE",
        "if False",
        (DOORWAY,),
    ),
    Mutant(
        "a session outlives its end",
        f"{PARTNER}/tables/sessions.py",
        "return session.c.ended_at.is_(None) & fresh",
        "return fresh",
        (DOORWAY,),
    ),
    Mutant(
        "a session may idle",
        f"{PARTNER}/tables/sessions.py",
        "(session.c.seen_at > at - span(IDLE)) & ",
        "",
        (DOORWAY,),
    ),
    Mutant(
        "a session lasts for ever",
        f"{PARTNER}/tables/sessions.py",
        " & (session.c.created_at > at - span(LONGEST))",
        "",
        (DOORWAY,),
    ),
    Mutant(
        "ending another's session",
        f"{PARTNER}/tables/sessions.py",
        "(session.c.person_id == person_id) & (session.c.uid == uid) &",
        "(session.c.uid == uid) &",
        (DOORWAY,),
    ),
    Mutant(
        "a script reads the cookie",
        f"{PARTNER}/portal/frame.py",
        'token, max_age=seconds, path="/", secure=self.desk.site.secure, httponly=True',
        'token, max_age=seconds, path="/", secure=self.desk.site.secure, httponly=False',
        (DOORWAY,),
    ),
    Mutant(
        "the answer waits for the mail",
        f"{PARTNER}/portal/doorway.py",
        "later.add_task(_send_link, portal, address)",
        "_send_link(portal, address)",
        (DOORWAY,),
    ),
    Mutant(
        "names are markup",
        f"{PARTNER}/portal/frame.py",
        "autoescape=True",
        "autoescape=False",
        (CLIENTS,),
    ),
    Mutant(
        "names keep what cannot be seen",
        f"{PARTNER}/portal/frame.py",
        "return show(value)",
        "return value",
        (CLIENTS,),
    ),
    Mutant(
        "papers open in the page",
        f"{PARTNER}/portal/files.py",
        '"content-disposition": f"attachment;',
        '"content-disposition": f"inline;',
        (CLIENTS,),
    ),
    Mutant(
        "papers to a revoked office",
        f"{PARTNER}/publish.py",
        'if state != "linked":',
        "if False:",
        (CONTRACT,),
    ),
)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], WEB))
