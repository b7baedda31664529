"""What the codes of this plugin mean to whoever runs the hub."""

from __future__ import annotations

from collections.abc import Mapping

from hub import Meaning, Turn
from hub_codabox.reasons import SENTENCES, Reason

_CANCEL = "hub outbox cancel {id}"
_LOGIN = "hub destination login {place}"
_ELSEWHERE = "send it by another road, then cancel it here"
# Who can do something about a link that is not active; the others are for whoever runs the hub.
_TURNS: Mapping[Reason, Turn] = {
    Reason.NO_ACCOUNTING_OFFICE: Turn.BOOKKEEPER,
    Reason.NO_EMAIL: Turn.BOOKKEEPER,
    Reason.UNKNOWN_ENTERPRISE: Turn.BOOKKEEPER,
    Reason.SERVICE_DOWN: Turn.REMOTE,
}

MEANINGS: Mapping[str, Meaning] = {
    **{reason: Meaning(words, _TURNS.get(reason, Turn.YOU), _LOGIN) for reason, words in SENTENCES.items()},
    "already_sent": Meaning(
        "CodaBox has this number or may have it, and takes it once: tell the office what changed", command=_CANCEL
    ),
    "base_url": Meaning(
        "CodaBox knows no such call: mend the address", command="hub connection edit {connection} --set base_url=URL"
    ),
    "before_link": Meaning(
        "it is from before the link with CodaBox, which takes no such papers; or allow it, then retry",
        command="hub destination edit {place} --set send_older=true",
    ),
    "codabox.*": Meaning("CodaBox answered what nobody foresaw: look there, then retry or cancel", command=_CANCEL),
    "codabox.400": Meaning("CodaBox refuses these bytes: mend the paper and import it again", command=_CANCEL),
    "codabox.422": Meaning("CodaBox refuses these bytes: mend the paper and import it again", command=_CANCEL),
    "codabox.429": Meaning("CodaBox says not so fast", Turn.REMOTE),
    "codabox.5*": Meaning("CodaBox does not work at the moment", Turn.REMOTE),
    "duplicate": Meaning("CodaBox has this number from elsewhere: look there", command=_CANCEL),
    "enterprise_number": Meaning(
        "the destination is of another company than its enterprise number",
        command="hub destination edit {place} --set enterprise_number={company}",
    ),
    "no_issue_date": Meaning(f"the paper has no date, which CodaBox needs: {_ELSEWHERE}", command=_CANCEL),
    "no_number": Meaning(f"the paper has no number, which CodaBox needs: {_ELSEWHERE}", command=_CANCEL),
    "no_pdf": Meaning(
        "there is no PDF inside the UBL, and offices want one; or send it without, then retry",
        command="hub destination edit {place} --set require_pdf=false",
    ),
    "no_ubl": Meaning(f"the paper cannot be given as UBL: {_ELSEWHERE}", command=_CANCEL),
    "not_supported": Meaning(f"CodaBox takes sales invoices and credit notes only: {_ELSEWHERE}", command=_CANCEL),
    "other_supplier": Meaning(f"it is no paper of the linked company: {_ELSEWHERE}", command=_CANCEL),
    "same_bytes": Meaning(
        "CodaBox refused exactly these bytes before: mend the paper, import it anew", command=_CANCEL
    ),
    "software_key": Meaning(
        "CodaBox does not take the software key: ask CodaBox",
        command="hub connection edit {connection} --secret software_key=@FILE",
    ),
    "too_large": Meaning(f"it is larger than CodaBox takes: {_ELSEWHERE}", command=_CANCEL),
    "unclear_answer": Meaning("CodaBox answered something else than that it has it", Turn.REMOTE),
    "upload_path": Meaning(
        "CodaBox knows no upload at this path: ask CodaBox",
        command="hub destination edit {place} --set upload_path=PATH",
    ),
    "year_closed": Meaning(
        "a paper of a later year was sent, which closes this one; or send it all the same, then retry",
        command="hub destination edit {place} --set year_lock=false",
    ),
}
