"""Coming in: invitations and login links work once and not for long, and tell nobody anything."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from hub_partner.tokens import hashed
from tests.web.served import COMPANY, MAIL, OFFICE, OTHER, Served

WRONG = "/partner/login/no-such-link"


def mail_link(site: Served, mail: str = MAIL) -> str:
    """Ask for a login link; returns its path."""
    before = len(site.relay.messages)
    assert site.browser().post("/partner/login", {"mail": mail}).status == 200
    return site.link_in(site.mails(before + 1)[-1])


def test_an_invitation_is_mailed_and_lets_the_office_in(site: Served) -> None:
    link = site.invite()
    assert site.link_in(site.mails(1)[0]) == link
    browser = site.browser()
    page = browser.get(link)
    assert (page.status, "Voorbeeld NV" in page.text, OFFICE in page.text) == (200, True, True)
    accepted = browser.post(link)
    assert (accepted.status, accepted.location) == (303, "/partner/")
    assert "Voorbeeld NV" in browser.get("/partner/").text
    assert site.command.lines("partner", "list")[0]["state"] == "linked"


def test_looking_at_an_invitation_does_not_use_it(site: Served) -> None:
    link = site.invite()
    for method in ("GET", "HEAD", "GET"):
        site.browser().ask(method, link)
    assert site.command.lines("partner", "list")[0]["state"] == "invited"
    assert site.browser().post(link).status == 303


@pytest.mark.parametrize("kind", ["invitation", "login"])
def test_a_link_works_once(site: Served, kind: str) -> None:
    link = site.invite()
    if kind == "login":
        site.browser().post(link)
        link = mail_link(site)
    assert site.browser().post(link).status == 303
    again = site.browser()
    assert (again.post(link).status, again.cookies) == (404, {})


@pytest.mark.parametrize("kind", ["invitation", "login"])
def test_of_many_at_once_one_gets_in(site: Served, kind: str) -> None:
    link = site.invite()
    if kind == "login":
        site.browser().post(link)
        link = mail_link(site)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: site.browser().post(link).status, range(8)))
    assert sorted(answers) == [303] + [404] * 7


@pytest.mark.parametrize(("hours", "status"), [(71.9, 303), (72.1, 404)])
def test_an_invitation_lasts_three_days(site: Served, hours: float, status: int) -> None:
    link = site.invite()
    site.clock.forward(hours=hours)
    assert site.browser().post(link).status == status


@pytest.mark.parametrize(("minutes", "status"), [(14.9, 303), (15.1, 404)])
def test_a_login_link_lasts_a_quarter_of_an_hour(site: Served, minutes: float, status: int) -> None:
    site.linked()
    link = mail_link(site)
    site.clock.forward(minutes=minutes)
    assert site.browser().post(link).status == status


def test_a_new_invitation_takes_the_place_of_the_old_one(site: Served) -> None:
    old, new = site.invite(), site.invite()
    assert site.browser().post(old).status == 404
    assert site.browser().post(new).status == 303


def test_a_withdrawn_invitation_works_no_more(site: Served) -> None:
    link = site.invite()
    site.command.one("partner", "revoke", "--office", OFFICE, "--company", COMPANY)
    assert site.browser().post(link).status == 404
    assert site.command.lines("partner", "list")[0]["state"] == "revoked"


def test_used_late_and_unknown_links_give_the_same_page(site: Served) -> None:
    used = site.invite()
    site.browser().post(used)
    late = site.invite(OTHER)
    site.clock.forward(hours=73)
    pages = {site.browser().get(link).body for link in (used, late, "/partner/invitation/unknown")}
    pages |= {site.browser().post(link).body for link in (used, late, WRONG)}
    assert len(pages) == 1


def test_a_known_and_an_unknown_address_get_the_same_answer_and_one_gets_mail(site: Served) -> None:
    site.linked()
    answers = [site.browser().post("/partner/login", {"mail": mail}) for mail in ("nobody@kantoor.example", MAIL)]
    assert answers[0].body == answers[1].body
    assert {answer.status for answer in answers} == {200}
    mails = site.mails(2)
    assert [MAIL.encode() in data for data in site.relay.messages] == [True, True]
    assert "log in" in mails[1]


def test_the_answer_does_not_wait_for_the_mail(site: Served) -> None:
    site.linked()
    with socket.create_server(("127.0.0.1", 0)) as silent:  # a relay that never says a word
        site.command("connection", "edit", "relay", "--set", f"port={silent.getsockname()[1]}")
        assert site.browser().post("/partner/login", {"mail": MAIL}).status == 200


def test_an_address_is_known_without_regard_to_case(site: Served) -> None:
    site.linked()
    assert site.browser().post(mail_link(site, MAIL.upper())).status == 303


def test_an_address_gets_five_links_in_a_quarter_of_an_hour(site: Served) -> None:
    site.linked()
    for _ in range(7):
        assert site.browser().post("/partner/login", {"mail": MAIL}).status == 200
    assert len(site.mails(6)) == 6  # the invitation, and five links
    site.clock.forward(minutes=16)
    mail_link(site)


def test_a_place_may_ask_twenty_times_in_a_quarter_of_an_hour(site: Served) -> None:
    site.linked()
    ask = [site.browser().post("/partner/login", {"mail": f"{n}@kantoor.example"}).status for n in range(21)]
    assert ask == [200] * 20 + [429]
    site.clock.forward(minutes=16)
    assert site.browser().post("/partner/login", {"mail": MAIL}).status == 200


@pytest.mark.parametrize(("url", "last"), [("", 429), ("https://hub.voorbeeld.example", 200)])
def test_who_calls_is_believed_only_of_a_proxy_that_speaks_https(site: Served, url: str, last: int) -> None:
    site.invite()
    with site.again(url or site.url) as served:
        browser = served.browser(host="hub.voorbeeld.example" if url else f"127.0.0.1:{served.port}")
        ask = [
            browser.post("/partner/login", {"mail": f"{n}@kantoor.example"}, x_forwarded_for=f"192.0.2.{n}").status
            for n in range(21)
        ]
    assert ask == [200] * 20 + [last]


def test_a_cookie_from_before_the_login_is_not_used(site: Served) -> None:
    browser = site.browser(cookies={"hub_partner": "planted"})
    browser.post(site.invite())
    assert browser.cookies["hub_partner"] != "planted"
    assert site.browser(cookies={"hub_partner": "planted"}).get("/partner/").location == "/partner/login"


def test_a_session_ends_with_the_logout_also_for_a_copy_of_its_cookie(site: Served) -> None:
    browser = site.linked()
    copy = site.browser(cookies=dict(browser.cookies))
    assert copy.get("/partner/").status == 200
    assert browser.post("/partner/logout").location == "/partner/login"
    assert browser.cookies == {}
    assert copy.get("/partner/").location == "/partner/login"


@pytest.mark.parametrize(("minutes", "status"), [(29, 200), (31, 303)])
def test_a_session_ends_when_nobody_clicks_for_half_an_hour(site: Served, minutes: float, status: int) -> None:
    browser = site.linked()
    site.clock.forward(minutes=minutes)
    assert browser.get("/partner/").status == status


def test_a_session_ends_after_twelve_hours_however_busy(site: Served) -> None:
    browser = site.linked()
    for _ in range(28):
        site.clock.forward(minutes=25)
        assert browser.get("/partner/").status == 200
    site.clock.forward(minutes=25)
    assert browser.get("/partner/").status == 303


def test_the_cookie_is_for_this_host_and_no_script(site: Served) -> None:
    given = site.browser().post(site.invite()).headers["set-cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(given.split("; "))
    assert "Domain" not in given


def test_with_https_the_cookie_can_only_be_set_by_this_host_and_over_https(site: Served) -> None:
    link = site.invite()
    with site.again("https://hub.voorbeeld.example") as secure:
        browser = secure.browser(host="hub.voorbeeld.example")
        given = browser.post(link).headers["set-cookie"]
        assert given.startswith("__Host-hub_partner=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(given.split("; "))
        assert browser.get("/partner/").status == 200


def test_no_secret_is_stored(site: Served) -> None:
    link = site.invite()
    browser = site.browser()
    browser.post(link)
    secret = mail_link(site).rpartition("/")[2]
    data = b"".join(path.read_bytes() for path in (site.command.home / "data").glob("hub.db*"))
    for token in (link.rpartition("/")[2], secret, browser.cookies["hub_partner"]):
        assert token.encode() not in data
        assert hashed(token).encode() in data


def test_logins_are_listed_and_can_be_ended_one_by_one(site: Served) -> None:
    first = site.linked()
    second = site.browser(agent="Ander <b>toestel</b>")
    second.post(mail_link(site))
    page = first.get("/partner/logins").text
    assert "Ander &lt;b&gt;toestel&lt;/b&gt;" in page
    ends = [part.split('"')[0] for part in page.split('action="')[1:] if part.split('"')[0].endswith("/end")]
    assert len(ends) == 2
    assert first.post(ends[0]).location == "/partner/logins"  # the newest one is first
    assert (second.get("/partner/").status, first.get("/partner/").status) == (303, 200)


def test_the_login_of_another_person_cannot_be_ended(site: Served) -> None:
    an, bert = site.linked(), site.linked(mail="bert@kantoor.example")
    page = bert.get("/partner/logins").text
    end = next(part.split('"')[0] for part in page.split('action="')[1:] if "/end" in part.split('"')[0])
    assert an.post(end).status == 404
    assert bert.get("/partner/").status == 200


def test_a_stranger_who_keeps_knocking_does_not_keep_the_owner_out(site: Served) -> None:
    site.linked()
    sent = len(site.relay.messages)
    for _ in range(12):
        for _ in range(6):
            site.browser().post("/partner/login", {"mail": MAIL})
        site.clock.forward(minutes=6)
    site.clock.forward(minutes=16)
    before = len(site.mails(sent + 15))
    assert site.browser().post("/partner/login", {"mail": MAIL}).status == 200
    assert len(site.mails(before + 1)) == before + 1


def test_links_that_never_were_are_tried_a_few_times_and_then_nothing_is_written(site: Served) -> None:
    site.invite()
    tried = [site.browser().post(f"/partner/login/never-{n}").status for n in range(25)]
    assert tried == [404] * 20 + [429] * 5
    with site.hub.db.read() as conn:
        noted = conn.exec_driver_sql("SELECT count(*) FROM audit WHERE action = 'partner.login.refused'").scalar()
    assert noted == 20


def test_somebody_invited_by_two_offices_belongs_to_the_first_that_he_accepts(site: Served) -> None:
    first = site.invite(office="Kantoor A", mail="x@kantoor.example")
    second = site.invite(company=OTHER, office="Kantoor B", mail="x@kantoor.example")
    assert site.browser().post(first).status == 303
    assert site.browser().post(second).status == 404
    states = {one["office"]: one["state"] for one in site.command.lines("partner", "list")}
    assert (states["Kantoor A"], states["Kantoor B"] == "linked") == ("linked", False)


def test_ending_a_login_that_is_not_ones_own_is_not_noted(site: Served) -> None:
    assert site.linked().post(f"/partner/logins/{'X' * 500}/end").status == 404
    with site.hub.db.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM audit WHERE action = 'partner.session.ended'").scalar() == 0
