"""Whatever a customer writes as a URL, no private machine is ever connected to."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from django.conf import LazySettings

from voiceassets.core.errors import Invalid
from voiceassets.webhooks import sending
from voiceassets.webhooks.sending import NotSent, is_public, post, target_of

PRIVATE = [
    *("127.0.0.1", "127.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.1"),
    *("192.168.0.1", "192.168.255.255", "169.254.169.254", "169.254.0.1", "100.64.0.1"),
    *("0.0.0.0", "0.1.2.3", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1"),
    *("203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "100::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1"),
    *("64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a9fe:a9fe::"),
    *("2002:c0a8:1::", "2001:0:7f00:1::", "fec0::1", "fd00:ec2::254"),
]
# The ways in which a URL may spell an address that it does not want to be seen.
SPELLINGS = [
    *("https://{}/", "https://{}:443/hook", "https://{}:8443/hook?x=1", "HTTPS://{}/"),
]
ODD = [
    *("https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/"),
    *("https://0/", "https://localhost/", "https://localhost./", "https://LOCALHOST/"),
    *("https://[::1]/", "https://[::ffff:7f00:1]/", "https://[0:0:0:0:0:ffff:127.0.0.1]/"),
]
MALFORMED = [
    *("", "/", "shop.example", "//shop.example/", "ftp://shop.example/", "file:///etc/passwd"),
    *("gopher://shop.example/", "http://shop.example/", "https://", "https:///hook"),
    *("https://user@shop.example/", "https://user:pass@shop.example/", "https://@shop.example/"),
    *("https://shop.example:22/", "https://shop.example:6379/", "https://shop.example:99999/"),
    *("https://shop.example/#x", "https://shop.example/ x", "https://shop.example/\r\nX: y"),
    *(
        "https://shop.example\\@127.0.0.1/",
        "https://shop。example/",
        "https://[::1/",
        "https://[x]/",
    ),
    *("javascript:alert(1)", "data:text/plain,x", "https://shop.example/\x00"),
]


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every attempt to connect anywhere."""
    tried: list[Any] = []

    def note(self: socket.socket, address: Any) -> None:
        tried.append(address)
        raise OSError("no test connects to the world")

    monkeypatch.setattr(socket.socket, "connect", note)
    return tried


def resolves_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    found = [
        (socket.AF_INET6 if ":" in a else socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, 443))
        for a in addresses
    ]
    monkeypatch.setattr(sending.socket, "getaddrinfo", lambda *_, **__: found)


@pytest.mark.parametrize("address", PRIVATE)
def test_no_private_address_is_public_in_any_spelling(
    address: str, connections: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not is_public(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    for spelling in SPELLINGS:
        with pytest.raises(NotSent) as refused:
            post(spelling.format(host), body=b"{}", headers={})
        assert refused.value.reason == "private_address"
    resolves_to(monkeypatch, address)
    with pytest.raises(NotSent):
        post("https://innocent.example/", body=b"{}", headers={})
    assert connections == []


@pytest.mark.parametrize("url", ODD)
def test_an_odd_spelling_of_this_machine_is_seen_through(url: str, connections: list[Any]) -> None:
    with pytest.raises(NotSent):
        post(url, body=b"{}", headers={})
    assert connections == []


@pytest.mark.parametrize("url", MALFORMED)
def test_a_url_of_another_form_is_refused_when_it_is_named(
    url: str, connections: list[Any]
) -> None:
    with pytest.raises(Invalid):
        target_of(url)
    with pytest.raises(NotSent):
        post(url, body=b"{}", headers={})
    assert connections == []


def test_one_private_address_among_public_ones_is_enough(
    connections: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolves_to(monkeypatch, "8.8.8.8", "127.0.0.1")
    with pytest.raises(NotSent, match="private_address"):
        post("https://innocent.example/", body=b"{}", headers={})
    assert connections == []


def test_the_connection_goes_to_the_address_that_was_checked(
    connections: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def rebinding(host: str, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        address = "8.8.8.8" if host == "8.8.8.8" or len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with pytest.raises(NotSent):
        post("https://rebinding.example/", body=b"{}", headers={})
    assert asked.count("rebinding.example") == 1
    assert {address[0] for address in connections} == {"8.8.8.8"}


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::808:808"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


class Taker(http.server.BaseHTTPRequestHandler):
    status = 204
    taken: tuple[dict[str, str], bytes]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).taken = (dict(self.headers), body)
        self.send_response(self.status)
        self.send_header("Location", "http://169.254.169.254/")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[tuple[str, type[Taker]]]:
    with http.server.HTTPServer(("127.0.0.1", 0), Taker) as found:
        thread = threading.Thread(target=found.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{found.server_port}/hook?a=1", Taker
        found.shutdown()
        thread.join()


def test_an_operator_may_allow_a_network(
    server: tuple[str, type[Taker]], settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, taker = server
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    assert post(url, body=b"{}", headers={"webhook-id": "evt_1"}) == 204
    headers, body = taker.taken
    assert (headers["webhook-id"], body) == ("evt_1", b"{}")
    monkeypatch.setattr(taker, "status", 302)
    assert post(url, body=b"{}", headers={}) == 302  # told as it is, and not followed
    with pytest.raises(NotSent, match="private_address"):
        post("http://10.0.0.1/", body=b"{}", headers={})
