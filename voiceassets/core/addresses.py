"""Where a client is: beyond the proxies that we run, each of which adds what it sees."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Protocol

from django.conf import settings
from django.http.request import HttpHeaders

# What one home or office usually has of IPv6: whoever owns one address of it owns them all.
SHARED_PREFIX = 64


class Carries(Protocol):
    """Django's request, and the framework's around it."""

    @property
    def headers(self) -> HttpHeaders: ...
    @property
    def META(self) -> dict[str, object]: ...  # noqa: N802  (Django's name)


def client_address(request: Carries) -> str:
    """The address the outermost of our proxies saw, or that of the connection."""
    hops = settings.TRUSTED_PROXIES
    seen = [address.strip() for address in request.headers.get("X-Forwarded-For", "").split(",")]
    return seen[-hops] if 0 < hops <= len(seen) else str(request.META.get("REMOTE_ADDR", ""))


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def network_of(address: str) -> str:
    """What an address is counted as: itself, or its network in IPv6; odd ones are one client."""
    if not is_address(address):
        return "unknown"
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ip_network((found, SHARED_PREFIX), strict=False))
    return str(found)
