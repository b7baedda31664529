"""Two hosts, one PostgreSQL, one bucket: papers come in on both and go out from both, each once.

Each host is a home of its own, which shares nothing with the other but the addresses and the key. Papers go to a mail
server and to a folder; the verdict is read from what those two have. Run it with `python -m bench.hosts`; exit 1 when
a promise is broken.
"""

from __future__ import annotations

import argparse
import base64
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from hashlib import sha256
from json import loads
from pathlib import Path

from bench.home import Home
from bench.papers import SINCE, write_papers
from bench.promises import broken_by_folder, broken_by_mail, doubles
from bench.relay import Relay, relay
from hub.testing.postgres import Postgres
from hub.testing.s3 import S3

_PATIENCE = 1800.0  # seconds for all papers to arrive
_LOOK = 0.2
_STOP = 10  # seconds until a process that was told to stop has stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What both hosts reach."""

    folder: Path
    server: Postgres
    database: str
    environment: Mapping[str, str]
    relay: Relay

    def count(self, query: str) -> int:
        """The number that a query gives."""
        return int(self.server.execute(query, self.database)[0][0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What happened: seconds from the first import to its end and to the last delivery, and what each host sent."""

    imported: float
    delivered: float
    shares: tuple[int, ...]
    broken: tuple[str, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Try it and tell."""
    parser = argparse.ArgumentParser(prog="python -m bench.hosts", description=__doc__)
    parser.add_argument("--papers", type=int, default=10_000, help="default: %(default)s")
    count = parser.parse_args(arguments).papers
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="hub-hosts-")))
        server = opened.enter_context(Postgres(folder / "server"))
        bucket = opened.enter_context(S3())
        letters = opened.enter_context(relay(folder, "delay=0..0"))
        database = server.made()
        environment = bucket.environment(bucket.bucket()) | {
            "HUB_DATABASE_URL": server.url(database),
            "HUB_SLOTS": "2",  # so few that neither host can hold all that a destination takes at once
            "HUB_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        site = Site(folder=folder, server=server, database=database, environment=environment, relay=letters)
        tried = trial(site, count)
    print(f"{count} papers came in on two hosts in {tried.imported:.0f} s ({count / tried.imported:.0f}/s)")
    print(f"{2 * count} deliveries done after {tried.delivered:.0f} s ({2 * count / tried.delivered:.0f}/s)")
    print(f"by each host to each destination: {', '.join(map(str, tried.shares))}")
    print("each once" if not tried.broken else "BROKEN: " + "; ".join(tried.broken))
    return 1 if tried.broken else 0


def trial(site: Site, count: int) -> Trial:
    """Let both hosts deliver while both import, and judge by what the far sides have."""
    originals = write_papers(site.folder / "papers", count)
    hosts = [Home.made(site.folder / name, **site.environment) for name in ("one", "two")]
    _furnish(hosts[0], site)
    start = time.monotonic()
    runs = [host.started("run") for host in hosts]
    imports = [host.started("import", *_half(site, originals, at)) for at, host in enumerate(hosts)]
    broken = [f"an import ended with {one.returncode}" for one in imports if one.wait(_PATIENCE)]
    imported = time.monotonic() - start
    broken += _until_done(site)
    delivered = time.monotonic() - start
    broken += [f"hub run ended with {code}" for code in map(_stopped, runs) if code]
    papers = {sha256(path.read_bytes()).hexdigest() for path in originals}
    return Trial(
        imported=imported,
        delivered=delivered,
        shares=_shares(site),
        broken=(*broken, *_verdict(site, papers, hosts[1])),
    )


def _furnish(host: Home, site: Site) -> None:
    """Both destinations, added on one host; the other finds them in the database."""
    relay_settings = ("host=127.0.0.1", f"port={site.relay.port}", "security=none", "sender=hub@voorbeeld.example")
    mail = (*relay_settings, "to=boekhouder@kantoor.example", "format=original")
    set_mail = [word for setting in mail for word in ("--set", setting)]
    host.hub("destination", "add", "mail", "email", *set_mail, "--from", SINCE)
    archive = f"path={site.folder / 'archive'}"
    host.hub("destination", "add", "archive", "ubl_export", "--set", archive, "--from", SINCE)


def _half(site: Site, originals: Sequence[Path], at: int) -> list[str]:
    """Every second paper, in a folder of its own: names of files would be too many for one command line."""
    folder = site.folder / f"half-{at}"
    folder.mkdir()
    for path in originals[at::2]:
        os.link(path, folder / path.name)
    return [str(folder)]


def _until_done(site: Site) -> Iterator[str]:
    """Wait until nothing is left that a host would do; a complaint when something is left all the same."""
    deadline = time.monotonic() + _PATIENCE
    while site.count("SELECT count(*) FROM outbox WHERE due_at IS NOT NULL") and time.monotonic() < deadline:
        time.sleep(_LOOK)
    if waiting := site.count("SELECT count(*) FROM outbox"):
        yield f"{waiting} deliveries are still in the outbox"


def _stopped(process: subprocess.Popen[bytes]) -> int:
    process.terminate()
    return process.wait(_STOP)


def _shares(site: Site) -> tuple[int, ...]:
    """How many deliveries each host brought to their end, one figure for each host and destination."""
    query = """SELECT count(*) FROM attempt JOIN delivery ON delivery.id = attempt.delivery_id
               WHERE outcome = 'delivered' GROUP BY worker, destination_id ORDER BY worker, destination_id"""
    return tuple(int(row[0]) for row in site.server.execute(query, site.database))


def _verdict(site: Site, papers: set[str], host: Home) -> Iterator[str]:
    letters = site.relay.letters()
    yield from broken_by_mail(papers, letters)
    if doubles(letters):
        yield f"{doubles(letters)} letters came twice"
    files = [path for path in (site.folder / "archive").rglob("*") if path.is_file()]
    yield from broken_by_folder(papers, Counter(sha256(path.read_bytes()).hexdigest() for path in files))
    delivered = site.count("SELECT count(*) FROM delivery WHERE state = 'delivered'")
    if delivered != 2 * len(papers):
        yield f"{delivered} deliveries are delivered"
    if len(_shares(site)) != 4:  # noqa: PLR2004 - two hosts, two destinations
        yield "a destination was served by one host alone"
    found = loads(host.hub("verify", "--json", ends=(0, 6)))["problems"]
    yield from (f"hub verify: {problem}" for problem in found)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
