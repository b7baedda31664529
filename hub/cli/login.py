"""`hub connection login`, `hub destination login` and `hub connection choices`: what needs a person or the far side."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from hub.app import Hub, login, places
from hub.app.login import Answers
from hub.cli.output import Output
from hub.cli.session import answers_of, opened, printing, values_of
from hub.errors import AnswerNeeded

LogIn = Callable[[Hub, str, Answers], None]


def _answers(command: Callable[..., Any]) -> Callable[..., Any]:
    text = "An answer: from a file, or - for standard input; repeat it."
    return click.option("--answer", "answers", metavar="NAME=@FILE", multiple=True, help=text)(command)


@click.command("login")
@click.argument("name")
@_answers
@printing
def connection_login(name: str, answers: Sequence[str], out: Output) -> int:
    """Log in at a connection. Without a terminal: prints what to open and what it asks, and exits 7."""
    return _log_in(login.login_connection, name, answers, out)


@click.command("login")
@click.argument("name")
@_answers
@printing
def destination_login(name: str, answers: Sequence[str], out: Output) -> int:
    """Log in at a destination. Without a terminal: prints what to open and what it asks, and exits 7."""
    return _log_in(login.login_destination, name, answers, out)


@click.command("choices")
@click.argument("name")
@click.argument("field")
@click.option("--set", "plain", metavar="NAME=VALUE", multiple=True, help="A setting chosen so far; repeat it.")
@printing
def choices(name: str, field: str, plain: Sequence[str], out: Output) -> None:
    """What the far side of connection NAME offers for the setting FIELD of a destination."""
    with opened() as hub:
        offered = places.choices(hub, name, field, values_of(plain, ()).plain)
    out.rows(({"value": one.value, "label": one.label} for one in offered), ["value", "label"])


def _log_in(log_in: LogIn, name: str, answers: Sequence[str], out: Output) -> int:
    talk = _ask_person if sys.stdin.isatty() and sys.stderr.isatty() else None
    with opened() as hub:
        try:
            log_in(hub, name, Answers(answers_of(answers), talk))
        except AnswerNeeded as question:
            ask = {"key": question.key, "label": question.label, "secret": question.secret}
            out.one({"url": question.url or None, "asks": [ask]})
            out.say(f"{question.action}; the login stays open for 15 minutes")
            return question.exit_code
    out.say(f"{name} is logged in")
    return 0


def _ask_person(question: AnswerNeeded) -> str:
    if question.url:
        click.echo(f"open this page: {question.url}", err=True)
    answer: str = click.prompt(question.label, hide_input=question.secret, err=True)
    return answer
