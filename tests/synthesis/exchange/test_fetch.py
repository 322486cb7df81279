"""Published weights are fetched from a hub that this file serves over real HTTP."""

import hashlib
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote

import pytest
from huggingface_hub import file_download

from synthesis import __main__
from synthesis.exchange import fetch
from synthesis.exchange.fetch import FetchFailed, NotPinned, Pins
from synthesis.exchange.import_base import VOCABULARIES, published_files

COMMIT = "0123456789abcdef0123456789abcdef01234567"
GENERATOR = "gsv-v2final-pretrained/s2G2333k.pth"
BIG = 3 << 20


class Hub(ThreadingHTTPServer):
    """Serves files of one repository at one commit, and can fail in the middle of one."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.files = files
        self.requests: list[tuple[str, str, str | None]] = []
        self.cut_after: int | None = None
        self.broken = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    """HEAD and GET of /REPOSITORY/resolve/REVISION/NAME, with ranges."""

    server: Hub

    def do_HEAD(self) -> None:
        self._begin()

    def do_GET(self) -> None:
        body = self._begin()
        if body is None:
            return
        if self.server.cut_after is not None:
            body, self.server.cut_after, self.server.broken = (
                body[: self.server.cut_after],
                None,
                True,
            )
        self.wfile.write(body)

    def _begin(self) -> bytes | None:
        asked = self.headers.get("Range")
        _, _, _, _, revision, name = unquote(self.path).split("/", 5)
        self.server.requests.append((self.command, name, asked))
        if self.server.broken or name not in self.server.files:
            self.send_response(500 if self.server.broken else 404)
            self.send_header("X-Error-Code", "" if self.server.broken else "EntryNotFound")
            self.end_headers()
            return None
        body = self.server.files[name]
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        self.send_response(206 if asked else 200)
        self.send_header("X-Repo-Commit", COMMIT if revision == "main" else revision)
        # Large files are known to the hub by their SHA-256, small ones by something else.
        sha256 = hashlib.sha256(body).hexdigest()
        self.send_header("ETag", f'"{sha256 if name.endswith((".pth", ".ckpt")) else sha256[:40]}"')
        self.send_header("Content-Length", str(len(body) - start))
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.end_headers()
        return body[start:]

    def log_message(self, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    files = {name: name.encode() for name in (*published_files("v2"), VOCABULARIES[1])}
    files[GENERATOR] = bytes(range(256)) * (BIG // 256)
    head = hashlib.md5(files[GENERATOR][: fetch.HEAD_BYTES]).hexdigest()
    monkeypatch.setitem(fetch.KNOWN_HEADS, GENERATOR, head)
    monkeypatch.setattr(file_download.time, "sleep", lambda _: None)
    # What has come is written by chunks; ten megabytes are too many for a test.
    monkeypatch.setattr(file_download.constants, "DOWNLOAD_CHUNK_SIZE", 1 << 16)
    with Hub(files) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def pins_of(hub: Hub) -> Pins:
    digests = {name: hashlib.sha256(body).hexdigest() for name, body in hub.files.items()}
    return Pins(repository=fetch.REPOSITORY, revision=COMMIT, sha256=digests)


def test_every_file_of_a_version_is_fetched_once(hub: Hub, tmp_path: Path) -> None:
    paths = fetch.fetch("v2", tmp_path, pins=pins_of(hub), mirror=hub.url)
    assert {p.relative_to(tmp_path).as_posix(): p.read_bytes() for p in paths} == hub.files
    asked = len(hub.requests)
    fetch.fetch("v2", tmp_path, pins=pins_of(hub), mirror=hub.url)
    assert len(hub.requests) == asked


def test_a_stopped_download_goes_on_where_it_ended(hub: Hub, tmp_path: Path) -> None:
    first, half = published_files("v2")[0], BIG // 2
    hub.files[first], hub.cut_after = hub.files[GENERATOR], half
    pins = pins_of(hub)
    with pytest.raises(FetchFailed, match="what has come is kept"):
        fetch.fetch("v2", tmp_path, pins=pins, mirror=hub.url)
    assert not (tmp_path / first).exists()
    hub.broken = False
    hub.requests.clear()
    fetch.fetch("v2", tmp_path, pins=pins, mirror=hub.url)
    assert ("GET", first, f"bytes={half}-") in hub.requests
    assert (tmp_path / first).read_bytes() == hub.files[GENERATOR]
    assert not list(tmp_path.rglob("*.part"))


def test_a_file_with_another_digest_is_refused_and_not_kept(hub: Hub, tmp_path: Path) -> None:
    pins = pins_of(hub)
    hub.files[GENERATOR] = hub.files[GENERATOR][:-1] + b"!"
    with pytest.raises(FetchFailed, match=r"s2G2333k\.pth has SHA-256 .* not the pinned"):
        fetch.fetch("v2", tmp_path, pins=pins, mirror=hub.url)
    assert not list((tmp_path / GENERATOR).parent.glob("s2G*"))


def test_a_generator_that_does_not_begin_as_published_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.files[GENERATOR] = b"!" + hub.files[GENERATOR][1:]
    with pytest.raises(FetchFailed, match="does not begin as the published file"):
        fetch.fetch("v2", tmp_path, pins=pins_of(hub), mirror=hub.url)


def test_it_pins_what_the_hub_says_and_reads_it_back(hub: Hub, tmp_path: Path) -> None:
    pinned = fetch.pin("v2", tmp_path, mirror=hub.url)
    pinned.write(tmp_path / "pins.toml")
    assert Pins.read(tmp_path / "pins.toml") == pinned == pins_of(hub)
    assert ("GET", GENERATOR, None) not in hub.requests


def test_an_unreachable_hub_and_a_missing_file_are_named(hub: Hub, tmp_path: Path) -> None:
    pins = pins_of(hub)
    del hub.files[GENERATOR]
    with pytest.raises(FetchFailed, match=f"has no file {GENERATOR}"):
        fetch.fetch("v2", tmp_path, pins=pins, mirror=hub.url)
    with pytest.raises(FetchFailed, match="Check the network, or name a mirror"):
        fetch.fetch("v2", tmp_path, pins=pins, mirror="http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("revision = 'main'\n[sha256]\n", "whole commit"),
        (f"revision = '{COMMIT}'\n", r"no table \[sha256\]"),
        (f"revision = '{COMMIT}'\n[sha256]\nx = 'abc'\n", "SHA-256 of x"),
        ("revision = \n", "cannot be read as TOML"),
        (f"revision = '{COMMIT}'\n[sha256]\n", "No SHA-256 is pinned for gsv-v2final"),
    ],
)
def test_pins_that_do_not_pin_are_refused(content: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "pins.toml"
    path.write_text(content)
    with pytest.raises(NotPinned, match=reason):
        fetch.fetch("v2", tmp_path, pins=Pins.read(path))


def test_the_command_pins_then_fetches_and_imports(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: object) -> int:
        words = [
            "synthesis",
            "fetch",
            "v2",
            "--downloads",
            tmp_path,
            "--mirror",
            hub.url,
            *arguments,
        ]
        monkeypatch.setattr(sys, "argv", [str(word) for word in words])
        return __main__.main()

    assert run() == 1
    assert "This project does not know the hub's revision or digests" in capsys.readouterr().err
    assert run("--pin") == 0
    assert run("--pin") == 1
    assert "pins are not replaced" in capsys.readouterr().err
    # What was fetched is no checkpoint: the import is reached, and refuses it.
    assert run("--out", tmp_path / "base") == 1
    assert "369668.ckpt cannot be used" in capsys.readouterr().err
    assert not (tmp_path / "base").exists()
