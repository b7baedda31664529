"""What the codes of this plugin mean to whoever runs the hub."""

from __future__ import annotations

from collections.abc import Mapping

from hub import Meaning, Turn

_FORMAT = "hub destination edit {place} --set format=original"
_PASSWORD = "hub connection edit {connection} --secret password=@FILE"  # noqa: S105 - a command
_SECURITY = "hub connection edit {connection} --set security=VALUE"

MEANINGS: Mapping[str, Meaning] = {
    "bad_address": Meaning("this is no mail address: give another"),
    "no_original": Meaning("the paper has no original file to attach: choose what it has", command=_FORMAT),
    "no_pdf": Meaning("the paper has no PDF, and this destination wants one", command=_FORMAT),
    "no_ubl": Meaning("the paper cannot be given as UBL, and this destination wants that", command=_FORMAT),
    "smtp.4*": Meaning("the relay says not now", Turn.REMOTE),
    "smtp.5*": Meaning(
        "the relay refuses it: mend what it says", command="hub destination edit {place} --set to=ADDRESS"
    ),
    "smtp.530": Meaning("the relay wants a login", command=_PASSWORD),
    "smtp.534": Meaning("the relay wants another way to log in", command=_PASSWORD),
    "smtp.535": Meaning("the relay refuses user name or password", command=_PASSWORD),
    "smtp.538": Meaning("the relay takes a password over an encrypted line only", command=_SECURITY),
    "smtp.*": Meaning("the relay answered what no relay should", Turn.REMOTE),
    "smtp.disconnected": Meaning("the relay hung up before it had the message", Turn.NETWORK),
    "smtp.no_answer": Meaning("the relay had the whole message, and its answer was lost", Turn.NETWORK),
    "smtp.no_login": Meaning(
        "the relay offers no login: leave username out, or use another port",
        command="hub connection edit {connection} --set port=587",
    ),
    "smtp.no_starttls": Meaning("the relay offers no STARTTLS: see security and port", command=_SECURITY),
    "tls": Meaning("no encrypted line to the relay", Turn.NETWORK),
    "tls.certificate": Meaning(
        "the certificate is refused: HUB_CA_FILE adds an authority of your own",
        command="hub destination test {place}",
    ),
    "too_large": Meaning("it is larger than the relay takes: another format, or send it by hand", command=_FORMAT),
}
