"""Secrets stay where they were put: twelve of them, every flow that uses them, and no trace anywhere else."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from hub.testing import samples
from hub.testing.faults import Faults
from hub.testing.smtp import Setup, SmtpServer
from tests.acceptance.command import Command, Done

COUNT = 10  # passwords of as many connections; two more are the key and the password in a database URL
KEY = base64.b64encode(b"canary-key-32-bytes-long-0123456").decode()
URL_PASSWORD = "canary-url-4711"
PASSWORDS = [f"canary-{n}-p\u00e4ss w\u00f6rd!" for n in range(COUNT)]


def _forms(secret: str) -> Iterator[bytes]:
    """A secret as it may be written: plain, in JSON, in a URL, in base64, inside of SMTP's AUTH PLAIN."""
    yield secret.encode()
    yield secret.encode("unicode_escape")
    yield quote(secret).encode()
    yield base64.b64encode(secret.encode())
    yield base64.b64encode(f"\0hub\0{secret}".encode())


def _in_base64(secret: str) -> list[str]:
    return [form.decode() for form in _forms(secret)][-2:]


SECRETS = [*PASSWORDS, KEY, URL_PASSWORD]
WANTED = {form for secret in SECRETS for form in _forms(secret)} | {base64.b64decode(KEY)}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory, module_database_url: str) -> tuple[Command, list[Done]]:
    """A home in which all of it was used, by flows that succeed and by flows that fail, and all that was printed."""
    folder = tmp_path_factory.mktemp("secrets")
    told = {"HUB_ALLOW_NETWORKS": "127.0.0.0/8", "HUB_KEY": KEY, "HUB_LOG": "debug"}
    hub = Command(folder / "home", (*told.items(), ("HUB_DATABASE_URL", module_database_url)))
    done = [hub("init", "--company", "Voorbeeld NV", "--enterprise-number", "0123456749")]
    (folder / "paper.xml").write_bytes(samples.invoice(pdf=samples.pdf("F-1")))
    with SmtpServer(Setup(login=("hub", PASSWORDS[0]))) as right:
        done += _connect(hub, folder, right)
        done += [hub("import", folder / "paper.xml", shape) for shape in ("--json", "--jsonl")]
        done += _deliver(hub, right)
        done += _look(hub)
        done += _fail(hub, folder)
    done.append(hub("export", "run", "--period", "2026", "--to", folder / "home" / "pack.zip"))
    return hub, done


def _connect(hub: Command, folder: Path, relay: SmtpServer) -> Iterator[Done]:
    """The first password is the right one."""
    for n, password in enumerate(PASSWORDS):
        (folder / f"secret-{n}").write_text(password + "\n", encoding="utf-8")
        here = ("--set", "host=127.0.0.1", "--set", f"port={relay.port}", "--set", "security=none")
        login = ("--set", "username=hub", "--secret", f"password=@{folder / f'secret-{n}'}")
        to = ("--set", f"to=b{n}@kantoor.example", "--set", "sender=f@voorbeeld.example", "--from", "2026-01-01")
        yield hub("destination", "add", f"mail-{n}", "email", *here, *login, *to)


def _deliver(hub: Command, relay: SmtpServer) -> Iterator[Done]:
    yield hub.process("run", "--until-empty", "--timeout", "20")
    plain, (bare, whole) = PASSWORDS[1], _in_base64(PASSWORDS[1])
    for command, answer in (
        ("AUTH", f"535 5.7.8 no {plain}"),
        ("AUTH", f"454 4.7.0 later {bare}"),
        ("AUTH", f"454 4.7.0 later {whole}"),
        ("AUTH", "250 odd"),
        ("MAIL", f"451 4.7.0 later {whole}"),
    ):
        relay.faults = Faults(replies={command: answer})
        yield hub("destination", "resume", "mail-1")
        yield hub.process("run", "--once", "--only", "mail-1")
        yield hub("destination", "test", "mail-1", "--json")
    relay.faults = Faults(replies={"END": f"250 {' '.join(_in_base64(PASSWORDS[0]))}"})
    yield hub("doc", "deliver", 1, "--to", "mail-0", "--again", "--json")
    yield hub.process("run", "--once", "--only", "mail-0")
    relay.faults = Faults()


def _look(hub: Command) -> Iterator[Done]:
    for words in ("connection list", "destination list", "outbox list", "outbox show 2", "outbox attempts 2"):
        for shape in ("", "--json", "--jsonl"):
            yield hub(*words.split(), *shape.split())
    for words in ("status", "verify", "config show", "plugin info email", "destination test mail-2", "doc history 1"):
        yield hub(*words.split(), "--json")
    yield hub("connection", "edit", "mail-3", "--set", "port=nope", "--json")


def _fail(hub: Command, folder: Path) -> Iterator[Done]:
    """Mistakes with secrets in them."""
    for n, password in enumerate(PASSWORDS):
        yield hub("destination", "add", f"x-{n}", "email", "--secret", f"password={password}", "--json")
        yield hub("destination", "add", f"x-{n}", "email", "--set", f"password={password}", "--json")
        yield hub("connection", "edit", f"mail-{n}", "--secret", f"nope=@{folder / f'secret-{n}'}", "--json")
        yield hub("connection", "edit", f"mail-{n}", "--secret", f"host=@{folder / f'secret-{n}'}", "--json")
    away = hub.with_(HUB_DATABASE_URL=f"postgresql+psycopg://hub:{URL_PASSWORD}@127.0.0.1:1/hub")
    yield away("config", "show", "--json")
    yield away("status", "--json")
    yield hub.with_(HUB_DATABASE_URL=f"nonsense://hub:{URL_PASSWORD}@h/x")("status", "--json")
    yield hub.with_(HUB_KEY=KEY[:-6])("destination", "test", "mail-0", "--json")


def test_the_right_password_was_used_and_wrong_ones_were_refused(said: tuple[Command, list[Done]]) -> None:
    hub, _ = said
    states = {one["destination"]: one["state"] for one in hub.lines("outbox", "list")}
    assert states["mail-0"] == "delivered"
    assert {place["state"] for place in hub.lines("destination", "list")} == {"active", "blocked"}


def test_no_secret_is_printed_or_logged(said: tuple[Command, list[Done]]) -> None:
    _, done = said
    assert len(done) > 80
    assert [one for one in done if any(form in (one.out + one.err).encode() for form in WANTED)] == []


def test_no_secret_lies_in_the_home(said: tuple[Command, list[Done]]) -> None:
    hub, _ = said
    files = [path for path in hub.home.rglob("*") if path.is_file()]
    own = set() if dict(hub.extra)["HUB_DATABASE_URL"] else {"hub.db"}
    assert own | {"pack.zip", "pack.zip.proof.json"} <= {path.name for path in files}
    assert [path for path in files if any(form in path.read_bytes() for form in WANTED)] == []


def test_the_search_would_find_a_secret(tmp_path: Path) -> None:
    for form in _forms(PASSWORDS[3]):
        (tmp_path / "log").write_bytes(b"x" + form + b"x")
        assert any(wanted in (tmp_path / "log").read_bytes() for wanted in WANTED)
