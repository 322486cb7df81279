"""Sound on its way to a listener: in order, not for ever, and never at the asset's cost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from voiceassets.assets import live_audio
from voiceassets.assets.live_audio import LIFETIME_S, RESTARTED, AudioFeed, AudioStream, Ended


@pytest.fixture(autouse=True)
def fresh_client() -> Iterator[None]:
    live_audio._client.cache_clear()
    yield
    live_audio._client.cache_clear()


def heard(name: str) -> list[bytes | Ended]:
    """What a listener gets who comes now."""
    stream = AudioStream(name)
    entries = []
    while (entry := stream.next(wait_s=0.01)) is not None:
        entries.append(entry)
    return entries


@pytest.mark.usefixtures("broker")
def test_a_listener_hears_the_chunks_in_order_and_the_end() -> None:
    feed = AudioFeed("syn_order")
    feed.send(b"\x01\x00")
    feed.send(b"\x02\x00")
    feed.end()
    assert heard("syn_order") == [b"\x01\x00", b"\x02\x00", Ended(code="ok")]
    key = live_audio.KEY.format(synthesis_id="syn_order")
    assert 0 < live_audio._client().ttl(key) <= LIFETIME_S


@pytest.mark.usefixtures("broker")
def test_a_new_attempt_does_not_repeat_what_a_killed_one_sent() -> None:
    AudioFeed("syn_again").send(b"\x01\x00")
    again = AudioFeed("syn_again")
    again.restart()
    again.send(b"\x02\x00")
    again.end("consent_revoked")
    assert heard("syn_again") == [b"\x02\x00", Ended(code="consent_revoked")]


@pytest.mark.usefixtures("broker")
def test_who_heard_a_killed_attempt_is_told_and_not_given_the_beginning_again() -> None:
    AudioFeed("syn_cut", attempt=1).send(b"\x01\x00")
    stream = AudioStream("syn_cut")
    assert stream.next(wait_s=0.01) == b"\x01\x00"
    again = AudioFeed("syn_cut", attempt=2)
    again.restart()
    again.send(b"\x01\x00")
    assert stream.next(wait_s=0.01) == Ended(code=RESTARTED)


@pytest.mark.usefixtures("broker")
def test_it_tells_what_comes_while_one_waits_from_what_lay_there() -> None:
    feed, stream = AudioFeed("syn_live"), AudioStream("syn_live")
    feed.send(b"\x01\x00")
    assert stream.next(wait_s=5) == b"\x01\x00"
    assert stream.live_at_s < 0, "it lay there"
    later = threading.Timer(0.02, feed.send, [b"\x02\x00"])
    later.start()
    began_s = time.monotonic()
    assert stream.next(wait_s=5) == b"\x02\x00"
    assert began_s < stream.live_at_s <= time.monotonic()
    later.join()


def test_without_a_broker_the_work_goes_on(
    settings: LazySettings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = f"unix://{tmp_path / 'nobody.sock'}"
    feed = AudioFeed("syn_deaf")
    feed.restart()
    feed.send(b"\x01\x00")
    feed.end()
    assert [record.message for record in caplog.records] == [
        "audio feed not cleared",
        "audio chunk not sent",
        "audio chunk not sent",
    ]
