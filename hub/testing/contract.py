"""What every destination plugin is held to, as a pytest class to subclass with a few fixtures.

    class TestMine(DestinationContract):
        bad_settings = (BadSetting("path", ""),)
        refusals = (Refusal("folder is gone", SettingsError),)

        @pytest.fixture
        def plugin(self): return hub_mine               # the module, or its entry point name
        @pytest.fixture
        def settings(self, tmp_path): return {"path": str(tmp_path)}
        @pytest.fixture
        def far_side(self, tmp_path): return Folder(tmp_path)

`far_side` is the real thing or a server that speaks its protocol, never a mock: see `FarSide`.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from hub.core.delivery import Receipt
from hub.core.document import Document
from hub.core.files import File
from hub.errors import DeliveryError, Held, Severity, Uncertain
from hub.plugins.desk import Tables
from hub.testing.far_side import BadSetting, FarSide, Refusal
from hub.testing.hooks import Hooks, load
from hub.testing.purity import touched_by_describe
from hub.testing.specimen import NOW, make_delivery, make_pack, sample_document
from hub.testing.tables import tables_of

__all__ = [
    "NOW",
    "BadSetting",
    "DestinationContract",
    "FarSide",
    "Hooks",
    "Refusal",
    "make_delivery",
    "make_pack",
    "sample_document",
]

_MAX_RECEIPT = 4096


class DestinationContract:
    """The suite. A table that stays empty, or a promise that `describe` does not make, skips its checks."""

    bad_settings: ClassVar[tuple[BadSetting, ...]] = ()
    refusals: ClassVar[tuple[Refusal, ...]] = ()
    loses_answers: ClassVar[bool] = False

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make one test of each row of the tables."""
        for argument, rows in (("bad", self.bad_settings), ("refusal", self.refusals)):
            if argument in metafunc.fixturenames:
                metafunc.parametrize(argument, rows, ids=str)

    @pytest.fixture
    def connection(self) -> dict[str, Any] | None:
        """The connection's settings as a person gives them; None when the plugin has no connection."""
        return None

    @pytest.fixture
    def export(self) -> Callable[[str], File]:
        """How the plugin gets other formats of the specimen: its UBL is the original."""

        def export_specimen(wanted: str) -> File:
            if wanted != "ubl":
                raise Held(f"no_{wanted}", f"the specimen has no {wanted}")
            return sample_document().original

        return export_specimen

    @pytest.fixture
    def tables(self, plugin: str | ModuleType, tmp_path: Path) -> Iterator[Tables | None]:
        """The tables that the plugin owns, made by its migrations; None when it has none."""
        with tables_of(load(plugin), tmp_path) as tables:
            yield tables

    @pytest.fixture
    def offer(self, export: Callable[[str], File], tables: Tables | None) -> dict[str, Any]:
        """What is offered to its hooks besides settings, connection and the usual tools."""
        return {"export": export, "tables": tables}

    @pytest.fixture
    def hooks(
        self,
        plugin: str | ModuleType,
        settings: dict[str, Any],
        connection: dict[str, Any] | None,
        offer: dict[str, Any],
    ) -> Iterator[Hooks]:
        """The plugin with its settings read by its own models."""
        hooks = Hooks.of(load(plugin), settings, connection, offer["export"]).offering(**offer)
        yield hooks
        hooks.close()

    def test_describe_says_the_same_twice(self, hooks: Hooks) -> None:
        assert hooks("describe") == hooks("describe"), "describe() differs from call to call"
        assert hooks.info.title, "a plugin needs a title"
        assert hooks.info.summary, "a plugin needs a summary"
        assert hooks.info.roles, "a destination needs a role"

    def test_describe_touches_no_file_and_no_network(self, plugin: str | ModuleType) -> None:
        touched = touched_by_describe(load(plugin).__name__)
        assert not touched, f"describe() is not pure: {touched}"

    def test_a_bad_setting_is_refused_by_name(
        self, bad: BadSetting, hooks: Hooks, settings: dict[str, Any], connection: dict[str, Any] | None
    ) -> None:
        given = {"settings": settings, "connection": connection or {}}
        given[bad.of] = given[bad.of] | {bad.field: bad.value}
        assert bad.field in _complaints(hooks, given, bad.of), f"not refused by name: {bad}"

    def test_an_unknown_setting_is_refused_by_name(self, hooks: Hooks, settings: dict[str, Any]) -> None:
        complaints = _complaints(hooks, {"settings": settings | {"no_such_setting": "x"}}, "settings")
        assert "no_such_setting" in complaints, "an unknown setting is let through"

    def test_good_settings_have_no_fatal_problem(self, hooks: Hooks) -> None:
        problems = hooks("validate") if hooks.has("validate") else ()
        assert not [problem for problem in problems if problem.severity is Severity.FATAL], problems

    def test_prepare_gives_the_same_bytes_twice(self, hooks: Hooks) -> None:
        first, second = (_prepared(hooks, sample_document()) for _ in range(2))
        assert first.parts, "nothing was prepared"
        assert first.sha256 == second.sha256, "the same paper and key were prepared to different bytes"
        assert [part.name for part in first.parts] == [part.name for part in second.parts]

    def test_prepare_sends_nothing(self, hooks: Hooks, far_side: FarSide) -> None:
        _prepared(hooks, sample_document())
        assert not far_side.arrived(), "prepare() has a side effect"

    def test_deliver_leaves_one_paper_and_a_receipt(self, hooks: Hooks, far_side: FarSide) -> None:
        receipt = _delivered(hooks, sample_document())
        assert len(far_side.arrived()) == 1, f"arrived: {far_side.arrived()}"
        size = len(receipt.reference) + sum(len(key) + len(text) for key, text in receipt.detail.items())
        assert receipt.reference, "a receipt needs a reference"
        assert size <= _MAX_RECEIPT, f"the receipt is {size} characters long"

    def test_one_key_twice_leaves_one_paper(self, hooks: Hooks, far_side: FarSide) -> None:
        if not hooks.info.repeatable:
            pytest.skip("describe() does not promise repeatable")
        _delivered(hooks, sample_document())
        _delivered(hooks, sample_document())
        assert len(far_side.arrived()) == 1, f"arrived: {far_side.arrived()}"

    def test_a_refusal_is_the_right_error(self, refusal: Refusal, hooks: Hooks, far_side: FarSide) -> None:
        far_side.refuse(refusal.name)
        with pytest.raises(DeliveryError) as caught:
            _delivered(hooks, sample_document())
        assert type(caught.value) is refusal.error, f"{refusal.name}: {caught.value!r}"
        assert caught.value.reason.strip(), "a refusal needs a reason"

    def test_a_lost_answer_is_uncertain(self, hooks: Hooks, far_side: FarSide) -> None:
        if not self.loses_answers:
            pytest.skip("this far side gives no answer that could be lost")
        far_side.lose_answer()
        with pytest.raises(Uncertain):
            _delivered(hooks, sample_document())

    def test_trace_finds_what_deliver_sent_and_only_that(self, hooks: Hooks, far_side: FarSide) -> None:
        if not hooks.info.can_trace:
            pytest.skip("describe() does not promise can_trace")
        sent, other = sample_document("F2026-0001"), sample_document("F2026-0002")
        _delivered(hooks, sent)
        assert _traced(hooks, sent) == "Receipt", "a delivered paper was not found"
        assert _traced(hooks, other) == "Absent", "a paper was found that nobody sent"
        assert len(far_side.arrived()) == 1, "trace() sends"

    def test_a_pack_is_prepared_stably_and_leaves_one(self, hooks: Hooks, far_side: FarSide) -> None:
        if not hooks.info.takes_packs:
            pytest.skip("describe() does not promise takes_packs")
        pack = make_pack()
        offer = {"pack": pack, "delivery": make_delivery(pack)}
        first, second = (hooks("prepare_pack", **offer) for _ in range(2))
        assert first.sha256 == second.sha256, "the same pack was prepared to different bytes"
        hooks("deliver_pack", prepared=first, **offer)
        assert len(far_side.arrived()) == 1, f"arrived: {far_side.arrived()}"

    def test_health_is_good_and_sends_nothing(self, hooks: Hooks, far_side: FarSide) -> None:
        if not hooks.has("health"):
            pytest.skip("the plugin has no health hook")
        health = hooks("health")
        assert health.steps, "a health check needs steps"
        assert health.ok, f"steps: {health.steps}"
        assert not far_side.arrived(), "health() sends"

    def test_no_secret_is_in_a_receipt_or_log(
        self, hooks: Hooks, far_side: FarSide, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            receipt = _delivered(hooks, sample_document())
        assert far_side.arrived(), "nothing was delivered"
        assert not _leaks(hooks, repr(receipt), caplog.text), "a secret is in the receipt or the log"

    def test_no_secret_is_in_a_refusal(
        self, refusal: Refusal, hooks: Hooks, far_side: FarSide, caplog: pytest.LogCaptureFixture
    ) -> None:
        far_side.refuse(refusal.name)
        with caplog.at_level(logging.DEBUG), pytest.raises(DeliveryError) as caught:
            _delivered(hooks, sample_document())
        story = "".join(traceback.format_exception(caught.value))
        assert not _leaks(hooks, repr(caught.value), story, caplog.text), "a secret is in the error or the log"

    def test_an_export_gives_the_same_bytes_twice(self, hooks: Hooks) -> None:
        document = sample_document()
        for name in hooks.info.formats:
            first, second = (hooks("export", document=document, format=name).read() for _ in range(2))
            assert first == second, f"two exports to {name} differ"


def _complaints(hooks: Hooks, given: Mapping[str, Any], of: str) -> set[str]:
    """The names of the fields that the model, or else the validate hook, complains of."""
    model = getattr(hooks.info, of)
    try:
        read = model.model_validate(given[of])
    except ValidationError as error:
        return {str(part) for problem in error.errors() for part in problem["loc"]}
    problems = hooks("validate", **{of: read}) if hooks.has("validate") else ()
    return {problem.place for problem in problems if problem.severity is Severity.FATAL}


def _prepared(hooks: Hooks, document: Document) -> Any:
    return hooks("prepare", document=document, delivery=make_delivery(document))


def _delivered(hooks: Hooks, document: Document) -> Receipt:
    offer = {"document": document, "delivery": make_delivery(document)}
    receipt: Receipt = hooks("deliver", prepared=_prepared(hooks, document), **offer)
    return receipt


def _traced(hooks: Hooks, document: Document) -> str:
    offer = {"document": document, "pack": None, "delivery": make_delivery(document)}
    return type(hooks("trace", prepared=_prepared(hooks, document), **offer)).__name__


def _leaks(hooks: Hooks, *texts: str) -> bool:
    told = "\n".join((*texts, *hooks.log.lines))
    return any(secret in told for secret in hooks.secrets())
