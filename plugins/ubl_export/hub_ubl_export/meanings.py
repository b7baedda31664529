"""What the codes of this plugin mean to whoever runs the hub."""

from __future__ import annotations

from collections.abc import Mapping

from hub import Meaning, Turn

_PATH = "hub destination edit {place} --set path=FOLDER"

MEANINGS: Mapping[str, Meaning] = {
    "disk_error": Meaning("the disk failed: look at that machine", Turn.YOU),
    "disk_full": Meaning("the disk is full: make room, it goes on by itself", Turn.YOU),
    "name_taken": Meaning("another file lies under that name in the folder: move it away, then retry"),
    "no_folder": Meaning("the folder is missing", command=_PATH),
    "no_ubl": Meaning("the paper cannot be given as UBL", command="hub destination edit {place} --set format=original"),
    "not_writable": Meaning(
        "the hub's user may not write into the folder: change its rights, then resume",
        command="hub destination resume {place}",
    ),
    "overtaken": Meaning("a later attempt writes the same file", Turn.US),
    "unsafe_name": Meaning(
        "its name leads out of the folder: mend the pattern",
        command="hub destination edit {place} --set pattern=PATTERN",
    ),
}
