"""What the mails say, in English. Names in them are harmless for a screen: the sender of mails sees to it."""

from __future__ import annotations

from hub import Notice
from hub_partner.tokens import hashed


def invitation(mail: str, office: str, company: str, url: str) -> Notice:
    """`company` invites an office to see its papers."""
    text = (
        f"{company} invites {office} to see its business papers and to export them.\n\n"
        f"Open this page and accept:\n\n{url}\n\n"
        "The link works once, for 72 hours. If you do not know this company, do nothing.\n"
    )
    return Notice(to=mail, subject=f"{company} invites you to its papers", text=text, key=_key(url))


def login(mail: str, url: str) -> Notice:
    """A link to log in with."""
    text = (
        f"Open this page to log in to the papers of your clients:\n\n{url}\n\n"
        "The link works once, for 15 minutes. If you did not ask for it, do nothing: nobody has been let in.\n"
    )
    return Notice(to=mail, subject="Your link to log in", text=text, key=_key(url))


def _key(url: str) -> str:
    """Tells one mail from another, and nothing of the secret in its link."""
    return hashed(f"mail {url}")[:32]
