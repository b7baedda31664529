"""The command's first lines: `--version` is answered before anything else is imported."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the `hub` command."""
    if sys.argv[1:] == ["--version"]:
        from hub import __version__  # noqa: PLC0415 - nothing more than this for --version

        print(f"hub {__version__}")  # noqa: T201 - the command's own output
        return
    from hub.cli.main import main as run  # noqa: PLC0415 - click and all behind it only when needed

    run()


if __name__ == "__main__":
    main()
