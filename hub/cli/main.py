"""The `hub` command: groups loaded when called, and the edge where every error becomes words and an exit code."""

from __future__ import annotations

import difflib
import errno
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from hub.cli.output import Output
from hub.errors import DiskError, HubError, TemporaryError, UsageError

# command -> the module of hub.cli that has it, and its line in `hub --help`
COMMANDS = {
    "init": ("home", "Make the home, its key, its database and the company."),
    "company": ("home", "The companies whose papers the hub keeps."),
    "import": ("papers", "Take papers in."),
    "inbox": ("inbox", "Papers that were parked or refused, and wait for a person."),
    "doc": ("doc", "Papers: list, look at, hold, release, send on by hand."),
    "connection": ("places", "Shared logins and hosts that destinations use."),
    "destination": ("places", "Where papers go."),
    "run": ("run", "Deliver, until told to stop or nothing is left."),
    "serve": ("serve", "Serve the pages for people: the partner portal, health."),
    "outbox": ("outbox", "Deliveries: what is on its way, what arrived, what waits."),
    "export": ("export", "The papers of a period in one ZIP."),
    "status": ("state", "How it goes, and whose turn it is."),
    "tui": ("tui", "The dashboard: look, and do what waits for you."),
    "verify": ("state", "Whether everything stored is still what it was."),
    "plugin": ("plugin", "The plugins of this installation."),
    "config": ("config", "How this process is configured."),
    "db": ("db", "The database: its schema, and old attempts out of the way."),
    "demo": ("demo", "See the main job done, offline, in a home of its own."),
}


class _Lazy(click.Group):
    """Imports a command's module when the command is called, so that `hub --help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's shape
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            if brought := self._brought(cmd_name):
                return brought
            near = difflib.get_close_matches(cmd_name, COMMANDS, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise click.UsageError(f"there is no command {cmd_name}.{hint}", ctx)
        module = importlib.import_module(f"hub.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    @staticmethod
    def _brought(name: str) -> click.Command | None:
        """The group of a plugin that is installed under this name and has commands."""
        from hub.cli.brought import group_of  # noqa: PLC0415 - looks at what is installed, for unknown names only

        return group_of(name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's shape
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])
        with formatter.section("Plugins"):
            formatter.write_text("A plugin's own commands are under its name: `hub partner --help`.")


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "HUB"})
@click.version_option(package_name="bookkeeper-hub", message="hub %(version)s")
def hub() -> None:
    """Bring every business paper of a company to its bookkeeper, once, with proof."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its exit code: 0 done, 1 failed, 2 usage, 3 temporary, 4 not found, 5 partly
    done, 6 a check found problems, 7 confirmation needed.
    """
    os.umask(0o077)
    words = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(_run(words))


def _run(words: list[str]) -> int:
    out = Output.of(json="--json" in words, jsonl="--jsonl" in words)
    try:
        result: Any = hub.main(args=words, prog_name="hub", standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        return 130
    except SystemExit:  # how click leaves when nobody reads the output any more
        return 141
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return UsageError.exit_code
    except Exception as error:
        if os.environ.get("HUB_DEBUG"):
            raise
        told = _told(error)
        out.error(told)
        if isinstance(told, DiskError):  # in order means one more sync of what the disk has just refused
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(told.exit_code)
        return told.exit_code
    return result if isinstance(result, int) else 0


def _told(error: Exception) -> HubError:
    """The error in words: code, sentence, what to do. The edge: no traceback ever reaches a person."""
    if isinstance(error, HubError):
        return error
    if isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        place = context.command_path if isinstance(context, click.Context) else "hub"
        return UsageError(error.format_message(), action=f"see `{place} --help`")
    if type(error).__module__.startswith("sqlalchemy."):
        return _told_of_database(error)
    if isinstance(error, OSError):
        return _told_by_system(error)
    return _fault(error)


def _told_of_database(error: Exception) -> HubError:
    from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError  # noqa: PLC0415 - only when it failed

    if isinstance(error, ArgumentError):  # no such kind of database too
        action = "mend HUB_DATABASE_URL: postgresql+psycopg://user:password@host/name"
        return UsageError("the database's URL cannot be used", code="bad_configuration", action=action)
    if isinstance(error, OperationalError):
        action = "try again; look whether it runs, has room on its disk, and is not held by another program"
        return TemporaryError(f"the database does not answer: {error.orig}", code="database", action=action)
    if type(error) is DatabaseError:
        action = "stop the hub, keep a copy of the home, and put the last backup in its place"
        return HubError(f"the database is damaged: {error.orig}", code="database_damaged", action=action)
    return _fault(error)


def _told_by_system(error: OSError) -> HubError:
    message = ": ".join(str(word) for word in (error.filename, error.strerror) if word) or str(error)
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return TemporaryError(message, code="no_space", action="make room on the disk, then try again")
    return HubError(
        message, code="system", action="see that it is there, and that the hub's user may read and write it"
    )


def _fault(error: Exception) -> HubError:
    return HubError(
        f"{type(error).__name__}: {error}",
        code="internal",
        action="this is a fault of the hub: please report it, with what HUB_DEBUG=1 prints",
    )
