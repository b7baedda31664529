"""The one guard for outgoing addresses (HTTP, SMTP, SFTP): look up once, judge, connect to what was judged.

Settings name hosts, and a name can lead anywhere: to this machine, into the private network, to the machine's
own cloud credentials. So only public addresses are connected to, unless the operator allows their network.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from hub.errors import NotSent, SettingsError, UsageError

Ip = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Lookup = Callable[[str, int], Sequence[str]]

_DEFAULT_PORTS = {"https": 443, "http": 80}
_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*\.?")
_URL = re.compile(r"[!-\[\]-~]+")  # visible ASCII without the backslash
_MAX_HOST = 253
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # RFC 4291; the rest of IPv6 is local, multicast or unused
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: how a network without IPv4 reaches public IPv4 addresses
_IPV4_IN_LOW_BITS = (_NAT64, IPv6Network("::ffff:0:0/96"), IPv6Network("::/96"))
# Where clouds hand credentials to whoever asks from the machine: AWS, Azure, Google and others; containers at
# AWS (two); Alibaba; over IPv6 AWS (machine, container) and Google.
_METADATA = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "100.100.100.200",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",
    )
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A judged address with a port: what may be connected to."""

    ip: Ip
    port: int


@dataclass(frozen=True, slots=True)
class Url:
    """Where a judged URL leads."""

    scheme: str
    host: str
    port: int


def is_host(text: str) -> bool:
    """A host name in ASCII (an international one in its `xn--` form) or an IP address without brackets."""
    if ":" in text:
        return _as_ip(text) is not None and "%" not in text
    return len(text) <= _MAX_HOST and _HOST.fullmatch(text) is not None


def _system_lookup(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


@dataclass(frozen=True, slots=True)
class Guard:
    """The operator's rules: networks to reach though they are not public, and a CA to trust as well."""

    allow_networks: tuple[Network, ...] = ()
    ca_file: Path | None = None
    lookup: Lookup = field(default=_system_lookup, repr=False, compare=False)

    def resolve(self, host: str, port: int) -> tuple[Endpoint, ...]:
        """The addresses of a host, each judged; one bad address refuses the host.

        Raises SettingsError for an address that may not be reached, NotSent (`dns`) for an unknown name.
        """
        if not is_host(host):
            raise SettingsError("host", f"{host!r} is no host name")
        try:
            texts = self.lookup(host, port)
        except OSError as error:
            raise NotSent("dns", f"the name {host} was not found: {error.strerror or error}") from error
        addresses = tuple(dict.fromkeys(ip_address(text) for text in texts))
        for ip in addresses:
            self._judge(host, ip)
        return tuple(Endpoint(ip, port) for ip in addresses)

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        """A connection to the first judged address that answers; `timeout` in seconds, for each address.

        Raises what `resolve` raises, and NotSent (`connect`) when no address answers.
        """
        failures: list[str] = []
        for endpoint in self.resolve(host, port):
            try:
                return _dial(endpoint, timeout)
            except OSError as error:
                failures.append(f"{endpoint.ip}: {error.strerror or error}")
        raise NotSent("connect", f"no connection to {host} port {port}: {'; '.join(failures)}")

    def check_url(self, url: str) -> Url:
        """Judge a URL: https, or http to allowed networks only; raises SettingsError.

        A name behind https is judged when it is connected to; behind http here, which may raise NotSent.
        """
        parts = _split(url)
        host = parts.hostname or ""
        place = Url(parts.scheme, host, parts.port or _DEFAULT_PORTS[parts.scheme])
        if parts.scheme == "http":
            self._check_plain(place)
        elif literal := _as_ip(host):
            self._judge(host, literal)
        return place

    def allows(self, ip: Ip) -> bool:
        """The operator allowed this address though it is not public; never one that gives credentials."""
        faces = tuple(_faces(ip))
        if not _METADATA.isdisjoint(faces):
            return False
        return any(face in network for face in faces for network in self.allow_networks)

    def tls_context(self) -> ssl.SSLContext:
        """TLS 1.2 or newer that verifies certificate and name; SettingsError for a bad HUB_CA_FILE."""
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.ca_file:
            try:
                context.load_verify_locations(cafile=self.ca_file)
            except OSError as error:
                raise SettingsError("ca_file", f"HUB_CA_FILE={self.ca_file}: {error}") from error
        return context

    def _judge(self, host: str, ip: Ip) -> None:
        named = f"{ip}, the address of {host}," if str(ip) != host else f"the address {ip}"
        if not _METADATA.isdisjoint(_faces(ip)):
            detail = f"{named} gives out cloud credentials: it is refused whatever HUB_ALLOW_NETWORKS says"
            raise SettingsError("address.metadata", detail)
        if not (_is_public(ip) or self.allows(ip)):
            detail = f"{named} is not public; HUB_ALLOW_NETWORKS={ip} would allow it"
            raise SettingsError("address.private", detail)

    def _check_plain(self, place: Url) -> None:
        if self.allow_networks:
            endpoints = self.resolve(place.host, place.port)
            if all(self.allows(endpoint.ip) for endpoint in endpoints):
                return
        raise SettingsError("url.plain", "use https: http goes only to networks in HUB_ALLOW_NETWORKS")


def guard_from_environment(environ: Mapping[str, str] = os.environ) -> Guard:
    """The guard of HUB_ALLOW_NETWORKS (networks, comma separated) and HUB_CA_FILE; raises UsageError."""
    texts = [text.strip() for text in environ.get("HUB_ALLOW_NETWORKS", "").split(",")]
    ca_file = environ.get("HUB_CA_FILE", "")
    return Guard(tuple(_network(text) for text in texts if text), Path(ca_file) if ca_file else None)


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        message = f"HUB_ALLOW_NETWORKS: {error}"
        action = "write networks like 127.0.0.0/8,fd00::/8"
        raise UsageError(message, code="bad_configuration", action=action) from error


def _dial(endpoint: Endpoint, timeout: float) -> socket.socket:
    family = socket.AF_INET if isinstance(endpoint.ip, IPv4Address) else socket.AF_INET6
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        connection.connect((str(endpoint.ip), endpoint.port))
        # A protocol's last small packet must not wait for the acknowledgement of the one before it.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        connection.close()
        raise
    return connection


def _split(url: str) -> SplitResult:
    """The parts of a URL that every reader splits in the same way."""
    if not _URL.fullmatch(url):
        raise SettingsError("url.characters", "a URL is visible ASCII without spaces and backslashes")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise SettingsError("url", f"this is no URL: {error}") from error
    if parts.scheme not in _DEFAULT_PORTS:
        raise SettingsError("url.scheme", "a URL begins with https://")
    if "@" in parts.netloc:
        raise SettingsError("url.credentials", "a URL holds no login: there are settings for that")
    if port == 0 or not is_host(parts.hostname or ""):
        raise SettingsError("url.host", "this URL has no host that can be reached")
    return parts


def _as_ip(host: str) -> Ip | None:
    """The address that a host text stands for, also in odd spellings that C libraries take (`0x7f.1`)."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _is_public(ip: Ip) -> bool:
    """Every face of it is public and unicast. A mapped IPv4 address is not: no name server gives it."""
    return all(_is_public_itself(face) for face in _faces(ip))


def _is_public_itself(ip: Ip) -> bool:
    if isinstance(ip, IPv6Address) and ip not in _GLOBAL_UNICAST and ip not in _NAT64:
        return False
    return ip.is_global and not ip.is_multicast


def _faces(ip: Ip) -> Iterator[Ip]:
    """The address, and the IPv4 address inside an IPv6 one: through a mapping or a tunnel it leads there."""
    yield ip
    if isinstance(ip, IPv4Address):
        return
    if any(ip in network for network in _IPV4_IN_LOW_BITS):
        yield IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip.sixtofour:
        yield ip.sixtofour
    if ip.teredo:
        yield ip.teredo[1]
