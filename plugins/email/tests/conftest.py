"""Far sides for the tests of `email`: a whole relay, a relay that follows a script, and a certificate of its own."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hub.net import guard_from_environment
from hub.testing.smtp import Setup, SmtpServer
from hub_email.line import Timeouts
from hub_email.settings import Relay
from hub_email.smtp import Wire

PATIENCE = 10.0  # seconds after which a test far side gives up


@dataclass(frozen=True)
class Certificate:
    """A certificate for 127.0.0.1 that only who trusts this very file trusts."""

    chain: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """For the server's side."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        return context


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder = tmp_path_factory.mktemp("certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "chain.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(private)
    return Certificate(folder / "chain.pem", folder / "key.pem")


@pytest.fixture(autouse=True)
def loopback_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_ALLOW_NETWORKS", "127.0.0.0/8")
    monkeypatch.delenv("HUB_CA_FILE", raising=False)


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    monkeypatch.setenv("HUB_CA_FILE", str(certificate.chain))
    return certificate


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer(Setup()) as running:
        yield running


@pytest.fixture
def new_wire() -> Callable[[], Wire]:
    """Connections by the rules of the environment, made when called; they give up on what a test forgot."""
    return lambda: Wire(guard_from_environment(), Timeouts(connect=5.0, reply=5.0, answer=10.0))


@pytest.fixture
def relay_at() -> Callable[..., Relay]:
    """The settings for a relay at a port of this machine, not encrypted unless a test says so."""

    def settings(port: int, **more: Any) -> Relay:
        given = {"security": "none", "sender": "Voorbeeld NV <facturen@voorbeeld.example>"} | more
        return Relay.model_validate({"host": "127.0.0.1", "port": port, **given})

    return settings


class Script(threading.Thread):
    """A far side that answers each line it gets with the next reply.

    The first reply is the greeting. A reply that begins with 354 takes a whole message as the next line. A
    callable gets the connection and gives the one to go on with, or None to hang up.
    """

    def __init__(self, *replies: Any) -> None:
        super().__init__(name="scripted-relay")
        self._replies = replies
        self._heard = bytearray()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE)
        self.port: int = self._listener.getsockname()[1]

    def heard(self) -> bytes:
        """All it was told, once the conversation is over."""
        self.join(PATIENCE)
        return bytes(self._heard)

    def run(self) -> None:
        """Serve one connection; that the other side hangs up is its own affair."""
        with self._listener:
            self._connection, _ = self._listener.accept()
        self._connection.settimeout(PATIENCE)
        try:
            with contextlib.suppress(OSError):
                self._follow()
        finally:
            self._connection.close()

    def _follow(self) -> None:
        for reply in self._replies:
            if callable(reply):
                going_on = reply(self._connection)
                if going_on is None:
                    return
                self._connection = going_on
                continue
            self._connection.sendall(reply)
            if not self._hear(b"\r\n.\r\n" if reply.startswith(b"354") else b"\r\n"):
                return

    def _hear(self, end: bytes) -> bool:
        got = b""
        while not got.endswith(end):
            chunk = self._connection.recv(1)
            if not chunk:
                return False
            got += chunk
            self._heard += chunk
        return True


@pytest.fixture
def scripted() -> Iterator[Callable[..., Script]]:
    """Start a far side with its replies."""
    started: list[Script] = []

    def start(*replies: Any) -> Script:
        started.append(Script(*replies))
        started[-1].start()
        return started[-1]

    yield start
    for script in started:
        script.join(PATIENCE)
