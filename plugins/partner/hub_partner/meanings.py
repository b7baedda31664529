"""What the codes of this plugin mean to whoever runs the hub."""

from __future__ import annotations

from collections.abc import Mapping

from hub import Meaning, Turn

_INVITE = "hub partner invite --office OFFICE --mail ADDRESS --company {company}"

MEANINGS: Mapping[str, Meaning] = {
    "no_office": Meaning("there is no such office: invite it, then resume the destination", command=_INVITE),
    "not_accepted": Meaning("the office has not yet accepted its invitation", Turn.BOOKKEEPER, _INVITE),
    "not_linked": Meaning(
        "the office has no link with the company, or one that was ended: invite it, then resume the destination",
        command=_INVITE,
    ),
}
