"""Whether a folder could take papers now: looked at, never written to."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from hub import Health, Step, Turn
from hub_ubl_export.settings import FolderSettings

_LEAST_FREE = 200_000_000  # bytes: several papers of the largest size


def health(settings: FolderSettings) -> Health:
    """Is the folder there, may we write, is there room?"""
    try:
        steps = _steps(settings.path)
    except OSError as error:
        steps = (Step("folder", ok=False, message=f"{settings.path}: {error.strerror}"),)
    return Health(steps=steps, turn=None if all(step.ok for step in steps) else Turn.YOU)


def _steps(path: Path) -> tuple[Step, ...]:
    """A folder that only has to be made counts as there; its parent is then looked at."""
    there = path if path.is_dir() else path.parent
    if not there.is_dir():
        return (Step("folder", ok=False, message=f"neither {path} nor the folder around it exists"),)
    found = Step("folder", ok=True, message=str(path) if there == path else f"{path} will be made")
    writable = os.access(there, os.W_OK | os.X_OK)
    message = "" if writable else f"this user may not write in {there}"
    return found, Step("writable", ok=writable, message=message), _room(there)


def _room(there: Path) -> Step:
    free = shutil.disk_usage(there).free
    return Step("room", ok=free >= _LEAST_FREE, message=f"{free // 1_000_000} MB free")
