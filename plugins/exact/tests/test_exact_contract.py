"""`exact` keeps the contract of every destination, against a far side that really speaks Exact's wire."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hub.errors import Held, NotSent, Rejected, SettingsError, Uncertain
from hub.testing.contract import BadSetting, DestinationContract, Hooks, Refusal
from hub.testing.exact import ExactServer, Setup, id_of

POSTING = "#2@SalesEntries"  # the first is the look-up
RULES = {
    "too many calls": "too_many=always",
    "server error after posting": f"server_error={POSTING}",
    "maintenance page": "maintenance=always",
    "maintenance after posting": f"maintenance={POSTING}",
    "timed out after posting": f"request_timeout={POSTING}",
    "unavailable": "unavailable=always",
    "company not allowed": "forbid_division=always",
    "scope missing": "violate_scope=always",
    "token refused": "refuse_token=always",
}


class Books:
    """The far side as the suite sees it."""

    def __init__(self, server: ExactServer, stop: contextlib.ExitStack) -> None:
        self.server = server
        self._stop = stop
        self._gone: list[str] = []

    def arrived(self) -> list[str]:
        return [entry.id for entry in self.server.books().entries]

    def lose_answer(self) -> None:
        self.server.fail(f"lose_answer={POSTING}")

    def refuse(self, how: str) -> None:
        if how == "far side gone":
            self._stop.close()
        elif how == "period closed":
            self.server.close_period(123456, "2026-01")
        elif how == "journal blocked":
            journal = {"ID": id_of(123456, "Journals", "700"), "IsBlocked": True}
            self.server.arrange(123456, "financial/Journals", journal)
        elif how == "code with VAT included":
            self.server.arrange(123456, "vat/VATCodes", {"ID": id_of(123456, "VATCodes", "210"), "Type": "I"})
        elif how == "two customers":
            for _ in range(2):
                self.server.arrange(123456, "crm/Accounts", customer("BE0876543270"))
        else:
            self.server.fail(RULES[how])


def customer(vat: str) -> dict[str, Any]:
    return {"Code": "7".rjust(18), "Name": "Klant", "Status": "C", "VATNumber": vat, "Country": "BE "}


class TestExactContract(DestinationContract):
    bad_settings = (
        BadSetting("division", "Voorbeeld NV"),
        BadSetting("division", 0),
        BadSetting("journal", ""),
        BadSetting("gl_account", " "),
        BadSetting("vat_codes", "[{"),
        BadSetting("vat_codes", [{"category": "S", "code": ""}]),
        BadSetting("vat_codes", []),
        BadSetting("confirmed", "perhaps"),
        BadSetting("base_url", "ftp://start.exactonline.be", "connection"),
        BadSetting("base_url", "https://start.exactonline.be/api/v1", "connection"),
        BadSetting("client_id", "", "connection"),
        BadSetting("client_secret", "", "connection"),
        BadSetting("redirect_uri", "callback", "connection"),
        BadSetting("time_scale", -1, "connection"),
    )
    refusals = (
        Refusal("far side gone", NotSent),
        Refusal("too many calls", NotSent),
        Refusal("maintenance page", NotSent),
        Refusal("unavailable", NotSent),
        Refusal("token refused", NotSent),
        Refusal("server error after posting", Uncertain),
        Refusal("maintenance after posting", Uncertain),
        Refusal("timed out after posting", Uncertain),
        Refusal("company not allowed", SettingsError),
        Refusal("scope missing", SettingsError),
        Refusal("journal blocked", SettingsError),
        Refusal("code with VAT included", SettingsError),
        Refusal("period closed", Rejected),
        Refusal("two customers", Held),
    )
    loses_answers = True

    @pytest.fixture
    def plugin(self) -> str:
        return "exact"

    @pytest.fixture
    def far_side(self) -> Iterator[Books]:
        with contextlib.ExitStack() as stack:
            server = stack.enter_context(ExactServer(Setup(per_minute=1000)))
            yield Books(server, stack)

    @pytest.fixture
    def settings(self, ledger: dict[str, Any]) -> dict[str, Any]:
        return ledger

    @pytest.fixture
    def connection(self, far_side: Books, connection_of: Callable[[ExactServer], dict[str, Any]]) -> dict[str, Any]:
        return connection_of(far_side.server)

    @pytest.fixture
    def hooks(self, far_side: Books, bookkeeper_at: Callable[[ExactServer], Any]) -> Hooks:
        logged_in: Hooks = bookkeeper_at(far_side.server).hooks
        return logged_in
