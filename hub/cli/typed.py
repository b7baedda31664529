"""Whether a command could be typed: what a page, a sentence or a plugin tells people to type must be one that works."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

import click

from hub.cli.main import hub


def refused(command: str) -> str:
    """Why the command line does not take a command as it stands; empty when it does. Nothing is run."""
    program, *words = shlex.split(command)
    if program != "hub":
        return f"{program} is not hub"
    try:
        _parsed(hub, words, None)
    except click.ClickException as error:
        return error.format_message()
    return ""


def _parsed(command: click.Command, words: Sequence[str], above: click.Context | None) -> None:
    """Let click read the words, group by group, down to the command."""
    with command.make_context(command.name or "hub", [*words], parent=above) as context:
        if isinstance(command, click.Group):
            rest: list[Any] = [*context._protected_args, *context.args]
            _, below, left = command.resolve_command(context, rest)
            if below is not None:
                _parsed(below, left, context)
