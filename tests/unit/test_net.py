"""The guard for outgoing addresses: what is public, what may be allowed, what never, what a URL says."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator, Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from hub.errors import NotSent, SettingsError, UsageError
from hub.net import Endpoint, Guard, Url, guard_from_environment, is_host

URLS = Path(__file__).parents[1] / "data" / "bad_inputs" / "81_destination_urls.tsv"
LOOPBACK = Guard((ip_network("127.0.0.0/8"), ip_network("::1/128")))
EVERYTHING = Guard((ip_network("0.0.0.0/0"), ip_network("::/0")))
PUBLIC = "93.184.215.14"

NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104 - nobody listens there, it is refused
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.1.1",
    "172.16.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:93.184.215.14",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "4000::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
METADATA = [
    "169.254.169.254",
    "169.254.170.2",
    "100.100.100.200",
    "fd00:ec2::254",
    "::ffff:169.254.169.254",
    "::169.254.169.254",
    "64:ff9b::169.254.169.254",
    "2002:a9fe:a9fe::",
    "2001:0:4136:e378:8000:63bf:5601:5601",
]


def answering(*addresses: str) -> Guard:
    """A guard whose name server gives these addresses for every name."""
    return Guard(lookup=lambda _host, _port: addresses)


def rows() -> list[tuple[str, str]]:
    lines = URLS.read_text(encoding="utf-8").splitlines()[1:]
    return [(url, expect) for url, _, expect in (line.partition("\t") for line in lines)]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:2800:21f:cb07::1", "64:ff9b::8.8.8.8"])
def test_a_public_address_is_let_through(address: str) -> None:
    assert answering(address).resolve("far.example", 25) == (Endpoint(ip_address(address), 25),)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_refused_naming_the_variable(address: str) -> None:
    with pytest.raises(SettingsError, match="HUB_ALLOW_NETWORKS") as caught:
        answering(address).resolve("far.example", 25)
    assert caught.value.reason == "address.private"


def test_one_bad_address_among_good_ones_refuses_the_host() -> None:
    with pytest.raises(SettingsError):
        answering(PUBLIC, "10.0.0.1").resolve("far.example", 25)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
def test_an_allowed_network_may_be_reached(address: str) -> None:
    guard = Guard(LOOPBACK.allow_networks, lookup=lambda _host, _port: [address])
    assert guard.resolve("relay.example", 25) == (Endpoint(ip_address(address), 25),)


def test_an_allowed_network_opens_no_other_one() -> None:
    guard = Guard(LOOPBACK.allow_networks, lookup=lambda _host, _port: ["10.0.0.1"])
    with pytest.raises(SettingsError):
        guard.resolve("relay.example", 25)


@pytest.mark.parametrize("address", METADATA)
def test_an_address_with_credentials_is_refused_even_when_all_is_allowed(address: str) -> None:
    guard = Guard(EVERYTHING.allow_networks, lookup=lambda _host, _port: [address])
    with pytest.raises(SettingsError) as caught:
        guard.resolve("far.example", 80)
    assert caught.value.reason == "address.metadata"


@pytest.mark.parametrize("address", METADATA)
def test_an_address_with_credentials_is_never_allowed(address: str) -> None:
    assert not EVERYTHING.allows(ip_address(address))


def test_a_name_that_does_not_exist_is_not_sent() -> None:
    with pytest.raises(NotSent) as caught:
        Guard().resolve("no-such-name.invalid", 25)
    assert caught.value.reason == "dns"


@pytest.mark.parametrize("spelling", ["127.1", "2130706433", "0x7f.1", "0177.0.0.1"])
def test_an_odd_spelling_of_loopback_is_seen_through(spelling: str) -> None:
    with pytest.raises(SettingsError):
        Guard().resolve(spelling, 25)


@pytest.mark.parametrize(
    "host", ["", "a b", "a\r\nb", "a/b", "a..b", "-a.example", "bücher.example", "a" * 64, "[::1]"]
)
def test_what_is_no_host_name_is_not_even_looked_up(host: str) -> None:
    looked_up: list[str] = []

    def lookup(name: str, _port: int) -> list[str]:
        looked_up.append(name)
        return [PUBLIC]

    with pytest.raises(SettingsError) as caught:
        Guard(lookup=lookup).resolve(host, 25)
    assert (caught.value.reason, looked_up, is_host(host)) == ("host", [], False)


def test_connect_reaches_what_is_allowed(listener: socket.socket) -> None:
    host, port = listener.getsockname()
    with LOOPBACK.connect(host, port, timeout=5) as connection:
        assert connection.getpeername() == (host, port)


def test_connect_sends_small_packets_at_once(listener: socket.socket) -> None:
    host, port = listener.getsockname()
    with LOOPBACK.connect(host, port, timeout=5) as connection:
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_connect_opens_no_connection_to_a_refused_address(listener: socket.socket) -> None:
    host, port = listener.getsockname()
    with pytest.raises(SettingsError):
        Guard().connect(host, port, timeout=5)
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_connect_looks_up_once_so_that_a_changed_answer_changes_nothing(listener: socket.socket) -> None:
    host, port = listener.getsockname()
    answers = iter([[host], ["169.254.169.254"]])
    guard = Guard(LOOPBACK.allow_networks, lookup=lambda _host, _port: next(answers))
    with guard.connect("rebinding.example", port, timeout=5) as connection:
        assert connection.getpeername() == (host, port)
    assert next(answers) == ["169.254.169.254"]


def test_connect_tries_the_addresses_in_order(listener: socket.socket) -> None:
    _, port = listener.getsockname()
    guard = Guard(LOOPBACK.allow_networks, lookup=lambda _host, _port: ["127.0.0.9", "127.0.0.1"])
    with guard.connect("relay.example", port, timeout=5) as connection:
        assert connection.getpeername() == ("127.0.0.1", port)


def test_connect_that_nobody_answers_is_not_sent_and_names_each_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(NotSent, match=r"127\.0\.0\.1") as caught:
        LOOPBACK.connect("127.0.0.1", port, timeout=5)
    assert caught.value.reason == "connect"


@pytest.mark.parametrize(("url", "expect"), rows())
def test_a_destination_url_of_the_corpus(url: str, expect: str) -> None:
    if expect == "accept":
        assert Guard().check_url(url).scheme == "https"
        return
    with pytest.raises(SettingsError):
        Guard().check_url(url)


@pytest.mark.parametrize(("url", "expect"), [row for row in rows() if row[1] != "accept"])
def test_a_destination_url_of_the_corpus_when_loopback_is_allowed(url: str, expect: str) -> None:
    if expect == "reject unless allowed":
        assert LOOPBACK.check_url(url).port == 443
        return
    with pytest.raises((SettingsError, NotSent)):
        LOOPBACK.check_url(url)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "url.characters"),
        ("https://a.example/\t", "url.characters"),
        ("https://a.example/ b", "url.characters"),
        ("https://a.example/\x9b", "url.characters"),
        ("https://bücher.example/", "url.characters"),
        ("https://a.example\\b", "url.characters"),
        ("//a.example/", "url.scheme"),
        ("ftp://a.example/", "url.scheme"),
        ("https://u@a.example/", "url.credentials"),
        ("https:///in", "url.host"),
        ("https://a.example:0/", "url.host"),
        ("https://a%2eexample/", "url.host"),
        ("https://a.example:99999/", "url"),
        ("https://[::1/", "url"),
        ("http://93.184.215.14/", "url.plain"),
        ("http://127.0.0.1/", "url.plain"),
    ],
)
def test_a_url_is_refused_with_its_reason(url: str, reason: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Guard().check_url(url)
    assert caught.value.reason == reason


def test_a_url_says_where_it_leads() -> None:
    url = Guard().check_url("https://api.voorbeeld.example:8443/in?x=1")
    assert url == Url("https", "api.voorbeeld.example", 8443)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_plain_http_may_go_to_an_allowed_network(address: str) -> None:
    guard = Guard(LOOPBACK.allow_networks, lookup=lambda _host, _port: [address])
    assert guard.check_url("http://inside.example:8080/in") == Url("http", "inside.example", 8080)


@pytest.mark.parametrize("answer", [[PUBLIC], ["127.0.0.1", PUBLIC]])
def test_plain_http_may_go_nowhere_else(answer: Sequence[str]) -> None:
    guard = Guard(LOOPBACK.allow_networks, lookup=lambda _host, _port: answer)
    with pytest.raises(SettingsError) as caught:
        guard.check_url("http://outside.example/in")
    assert caught.value.reason == "url.plain"


def test_the_environment_says_what_is_allowed() -> None:
    guard = guard_from_environment({"HUB_ALLOW_NETWORKS": "127.0.0.0/8, fd00::/8,", "HUB_CA_FILE": "ca.pem"})
    assert guard == Guard((ip_network("127.0.0.0/8"), ip_network("fd00::/8")), Path("ca.pem"))


def test_an_empty_environment_allows_nothing() -> None:
    assert guard_from_environment({}) == Guard()


@pytest.mark.parametrize("text", ["localhost", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0-10.0.0.9"])
def test_a_bad_network_in_the_environment_is_named(text: str) -> None:
    with pytest.raises(UsageError, match=text.partition("/")[0]) as caught:
        guard_from_environment({"HUB_ALLOW_NETWORKS": f"127.0.0.0/8,{text}"})
    assert "HUB_ALLOW_NETWORKS" in caught.value.message
    assert caught.value.code == "bad_configuration"


def test_tls_verifies_certificate_and_name_and_is_new_enough() -> None:
    context = Guard().tls_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_ca_file_that_cannot_be_used_is_a_wrong_setting(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match="HUB_CA_FILE"):
        Guard(ca_file=path).tls_context()


def test_the_guard_reads_the_real_environment_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "HUB_ALLOW_NETWORKS", "10.0.0.0/8")
    assert guard_from_environment().allow_networks == (ip_network("10.0.0.0/8"),)
