"""Posts to a URL that a customer chose, without ever reaching a machine they should not reach.

The name is resolved once, every address it has must be public, and the connection goes to that
very address: a name that points elsewhere a moment later gains nothing. Redirects are not followed.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

import urllib3
from django.conf import settings
from urllib3.exceptions import HTTPError

from voiceassets.core.errors import Invalid

CONNECT_S, READ_S = 5.0, 10.0
PORTS = frozenset({443, 8443})
PLAIN_PORTS = frozenset({80, 8080})
# Addresses that carry an IPv4 address inside: NAT64 (RFC 6052, 8215).
NAT64 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))

Address = IPv4Address | IPv6Address


class NotSent(Exception):
    """The message did not reach anybody; `reason` is a word for the delivery log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Target:
    """A URL in its parts; `port` is settled."""

    url: str
    scheme: str
    host: str
    port: int
    path: str


def target_of(url: str) -> Target:
    """The URL, if it has a form that messages are sent to.

    Raises:
        Invalid: it says why not.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Invalid(f"This is no URL: {error}.", field="url") from error
    scheme, host = parts.scheme.lower(), (parts.hostname or "").rstrip(".")
    if not url.isascii() or any(c.isspace() or ord(c) < 32 for c in url) or "\\" in url:
        raise Invalid("A webhook's URL is plain ASCII without blanks.", field="url")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Invalid("A webhook's URL has no user, password or fragment.", field="url")
    plain = scheme == "http" and settings.WEBHOOK_NETWORKS
    if not host or not (scheme == "https" or plain):
        raise Invalid("A webhook's URL begins with https:// and names a host.", field="url")
    port = port or {"https": 443, "http": 80}[scheme]
    if not settings.WEBHOOK_NETWORKS and port not in PORTS:
        raise Invalid(f"A webhook's port is one of {sorted(PORTS)}.", field="url")
    return Target(url=url, scheme=scheme, host=host, port=port, path=_path(parts))


def post(url: str, *, body: bytes, headers: dict[str, str]) -> int:
    """Send the body and return the status of the answer, whose content is not read.

    Raises:
        NotSent: the host has no public address, or does not answer in time.
    """
    try:
        target = target_of(url)
    except Invalid as error:
        raise NotSent("bad_url") from error
    address = _public_address(target)
    timeout = urllib3.Timeout(connect=CONNECT_S, read=READ_S)
    pool: urllib3.HTTPConnectionPool
    if target.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            str(address),
            target.port,
            server_hostname=target.host,
            assert_hostname=target.host,
            timeout=timeout,
            retries=False,
        )
    else:
        pool = urllib3.HTTPConnectionPool(str(address), target.port, timeout=timeout, retries=False)
    named = target.host if ":" not in target.host else f"[{target.host}]"
    try:
        answer = pool.urlopen(
            "POST",
            target.path,
            body=body,
            headers={"Host": f"{named}:{target.port}", "Content-Type": "application/json"}
            | headers,
            redirect=False,
            preload_content=False,
        )
        answer.release_conn()
        return int(answer.status)
    except (HTTPError, OSError, UnicodeError) as error:
        raise NotSent(type(error).__name__.lower()[:64]) from error
    finally:
        pool.close()


def is_public(address: Address) -> bool:
    """Whether the whole Internet may be told to connect there, whatever form it is written in."""
    inner = _inside(address)
    if inner is not None:
        return is_public(inner)
    site_local = isinstance(address, IPv6Address) and address.is_site_local
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified or site_local
    )


def _public_address(target: Target) -> Address:
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotSent("unknown_host") from error
    addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    if not addresses or not all(map(_is_allowed, addresses)):
        raise NotSent("private_address")
    return addresses[0]


def _is_allowed(address: Address) -> bool:
    own = any(
        address.version == network.version and address in network
        for network in map(ip_network, settings.WEBHOOK_NETWORKS)
    )
    return own or is_public(address)


def _inside(address: Address) -> Address | None:
    if isinstance(address, IPv4Address):
        return None
    if any(address in network for network in NAT64):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


def _path(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
