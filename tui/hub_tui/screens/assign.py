"""Say what a parked paper is: whose, what kind, and the facts that a bare PDF does not tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget

from hub.app import inbox
from hub.app.setting import Shape
from hub.core.document import Given, Kind
from hub.core.periods import parse_day
from hub_tui import words
from hub_tui.messages import Saved
from hub_tui.screens.page import Page
from hub_tui.session import Session
from hub_tui.widgets.form import Field, Form

_FACTS = (
    Field(key="number", label="number", about="Its number, when it is only a PDF."),
    Field(key="date", label="date", hint="2026-10-01", about="Its issue date, when it is only a PDF."),
    Field(key="supplier", label="supplier", about="Its supplier's name or VAT number, when it is only a PDF."),
    Field(key="total", label="total", hint="1234.50", about="Its total to pay in EUR, when it is only a PDF."),
)


class Assign(Page):
    """The page of the form."""

    DEFAULT_CSS = "Assign #holder { height: 1fr; }"
    ACTING: ClassVar[frozenset[str]] = frozenset({"save"})
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "save", "Assign"), Binding("escape", "back", "Leave it")]

    def __init__(self, session: Session, incoming_id: int) -> None:
        super().__init__(session)
        self.incoming_id = incoming_id
        self.heading = "assign"

    def body(self) -> Iterable[Widget]:
        """The form once the companies are known."""
        yield Vertical(id="holder")

    def read(self) -> Sequence[tuple[str, str]]:
        """The companies: label and number."""
        return [(f"{company.name} {company.number}", company.number) for company in inbox.ours(self.session.hub)]

    def show(self, answer: Sequence[tuple[str, str]]) -> None:
        """The fields; the only company is chosen."""
        labels = tuple((words.plain(label, 50), number) for label, number in answer)
        only = labels[0][1] if len(labels) == 1 else ""
        kinds = tuple((words.kind(one), one.value) for one in Kind)
        fields = (
            Field(key="company", label="company", shape=Shape.CHOICE, value=only, required=True, choices=labels),
            Field(key="kind", label="kind", shape=Shape.CHOICE, required=True, choices=kinds),
        )
        self.query_one("#holder", Vertical).mount(Form((*fields, *_FACTS)))

    def changed(self) -> None:
        """What is typed stays."""

    def action_save(self) -> None:
        """Make it a document, when all is right."""
        for form in self.query(Form):
            given, problems = _given(form.values)
            form.fault(problems)
            if not problems:
                self._assign(given)

    @work(thread=True, exclusive=True, group="act", exit_on_error=False)
    def _assign(self, given: Given) -> None:
        _, arrived = inbox.assign(self.session.hub, self.incoming_id, given)
        said = "; ".join(problem.message for problem in arrived.problems)
        self.post_message(Saved({} if arrived.document_id is not None else {"": f"{arrived.result}: {said}"}))

    def on_saved(self, message: Saved) -> None:
        """Back, or why it is still no document."""
        self.query_one(Form).fault(message.problems)
        if message.problems:
            self.tell(f"It is no document yet, {message.problems['']}", bad=True)
        else:
            self.tell("Assigned: it is a document now.")
            self.action_back()


def _given(values: Mapping[str, str]) -> tuple[Given, dict[str, str]]:
    """What was typed, and what is wrong with it by field."""
    problems = {name: "choose one" for name in ("company", "kind") if not values[name]}
    date = total = None
    try:
        date = parse_day(values["date"]) if values["date"] else None
    except ValueError:
        problems["date"] = "this is no day; write it as 2026-10-01"
    try:
        total = Decimal(values["total"]) if values["total"] else None
    except InvalidOperation:
        problems["total"] = "this is no amount; write it as 1234.50"
    given = Given(
        company=values["company"],
        kind=Kind(values["kind"]) if values["kind"] else None,
        number=values["number"].strip(),
        issue_date=date,
        supplier=values["supplier"].strip(),
        total=total,
    )
    return given, problems
