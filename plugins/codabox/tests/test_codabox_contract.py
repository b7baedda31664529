"""`codabox` keeps the contract of every destination, against a pretended CodaBox that really speaks HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hub.core.files import File
from hub.errors import Held, LoginNeeded, NotSent, Rejected, SettingsError
from hub.testing.codabox import SOFTWARE_KEY, CodaboxServer
from hub.testing.codabox_desk import Plan
from hub.testing.contract import BadSetting, DestinationContract, Hooks, Refusal
from hub.testing.hooks import load
from hub.testing.specimen import COMPANY
from hub_codabox.link import Link, keep_link
from hub_codabox.transport import Credentials

ECHO = f"you are {SOFTWARE_KEY}"
PLANS = {
    "bytes refused": f"refused=always echo='{ECHO}'",
    "bytes not processable": "unprocessable=always",
    "link revoked": f"revoked=always echo='{ECHO}'",
    "link forbidden": "forbidden=always",
    "sent by another": "duplicate=always",
    "too large": "too_large=always",
    "busy": "busy=always",
    "broken": f"broken=always echo='{ECHO}'",
}


class CodaboxFarSide:
    """The pretended CodaBox, seen as a far side."""

    def __init__(self, server: CodaboxServer, stop: contextlib.ExitStack) -> None:
        self.server = server
        self._stop = stop

    def arrived(self) -> list[str]:
        return [paper.number for paper in self.server.desk.papers]

    def lose_answer(self) -> None:
        self.server.desk.plan = Plan.parse("cut_after=always")

    def refuse(self, how: str) -> None:
        if how == "gone":
            self._stop.close()
        elif how == "credentials unknown":
            self.server.desk.revoke(COMPANY)
        else:
            self.server.desk.plan = Plan.parse(PLANS[how])


class TestCodaboxContract(DestinationContract):
    bad_settings = (
        *(BadSetting("enterprise_number", text) for text in ("", "0123456748", "BE 01", "NL123456749B01")),
        *(
            BadSetting("upload_path", text)
            for text in ("", "../x", "a/../b", "https://elsewhere.example", "a b", "a?b")
        ),
        BadSetting("require_pdf", "perhaps"),
        BadSetting("year_lock", "perhaps"),
        BadSetting("base_url", "ftp://api.codabox.example", "connection"),
        BadSetting("base_url", "api.codabox.example", "connection"),
        BadSetting("base_url", "https://me:secret@api.codabox.example/v2", "connection"),
        BadSetting("base_url", "https://api.codabox.example/v2?x=1", "connection"),
        BadSetting("software_key", "", "connection"),
        BadSetting("software_key", "a\r\nX: b", "connection"),
    )
    refusals = (
        Refusal("bytes refused", Rejected),
        Refusal("bytes not processable", Rejected),
        Refusal("link revoked", LoginNeeded),
        Refusal("link forbidden", LoginNeeded),
        Refusal("credentials unknown", LoginNeeded),
        Refusal("sent by another", Held),
        Refusal("too large", Held),
        Refusal("busy", NotSent),
        Refusal("broken", NotSent),
        Refusal("gone", NotSent),
    )
    loses_answers = True

    @pytest.fixture
    def plugin(self) -> str:
        return "codabox"

    @pytest.fixture
    def far_side(self) -> Iterator[CodaboxFarSide]:
        with contextlib.ExitStack() as stack:
            yield CodaboxFarSide(stack.enter_context(CodaboxServer()), stack)

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"enterprise_number": COMPANY, "require_pdf": False}

    @pytest.fixture
    def connection(self, far_side: CodaboxFarSide) -> dict[str, Any]:
        return {"base_url": far_side.server.url, "software_key": SOFTWARE_KEY}

    @pytest.fixture
    def hooks(
        self,
        plugin: str,
        settings: dict[str, Any],
        connection: dict[str, Any],
        export: Callable[[str], File],
        far_side: CodaboxFarSide,
    ) -> Iterator[Hooks]:
        """Linked, as a login leaves it."""
        hooks = Hooks.of(load(plugin), settings, connection, export)
        desk = far_side.server.desk
        desk.request_token(COMPANY)
        said = desk.redeem(desk.mails[-1].token).body
        since = hooks.offer["now"].date()
        keep_link(hooks.offer["vault"], Link(COMPANY, Credentials(said["username"], said["password"]), since))
        yield hooks
        hooks.offer["http"].close()


def test_a_path_that_codabox_does_not_know_is_a_wrong_setting(office: Any, new_paper: Any) -> None:
    office.set(upload_path="upload/elsewhere/")
    with pytest.raises(SettingsError) as caught:
        office.send(new_paper())
    assert caught.value.reason == "upload_path"
    assert office.taken() == []
