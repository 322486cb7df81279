"""Whatever somebody sends as a recording: a reason at once, and nothing of it stays."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from django.conf import settings
from django.test import Client

from tests.api.conftest import As
from tests.factories import Cast, Person, make_speaker
from tests.training.prepare.sounds import tone, write_wav
from voiceassets.audit.models import Event
from voiceassets.corpus.models import Recording
from voiceassets.speakers.models import Speaker
from voiceassets.storage.models import StoredObject

BOUNDARY = "----a-boundary"


def empty(folder: Path) -> bytes:
    return b""


def truncated(folder: Path) -> bytes:
    sound = (tone() * 20_000).astype("<i2")
    return write_wav(folder / "w", sound).read_bytes()[:-40_000]


def ten_silent_hours(folder: Path) -> bytes:
    """A minute of the smallest MP3 there is, six hundred times."""
    path = folder / "minute.mp3"
    with av.open(str(path), "w", options={"write_xing": "0", "id3v2_version": "0"}) as file:
        stream = file.add_stream("mp3", rate=8_000, layout="mono")
        assert isinstance(stream, AudioStream)
        stream.bit_rate = 8_000
        silence = np.zeros((1, 8_000 * 60), np.float32)
        frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = 8_000, Fraction(1, 8_000), 0
        size = stream.frame_size
        pieces = av.AudioResampler(format="fltp", layout="mono", rate=8_000, frame_size=size)
        for piece in [*pieces.resample(frame), None]:
            file.mux(stream.encode(piece))
    return path.read_bytes() * 600


def not_a_number(folder: Path) -> bytes:
    return write_wav(folder / "w", np.full(64_000, np.nan, "<f4")).read_bytes()


def one_sample(folder: Path) -> bytes:
    return write_wav(folder / "w", np.ones(1, "<i2")).read_bytes()


def eight_channels_at_192_khz(folder: Path) -> bytes:
    sound = np.ones(192_000 * 8, "<i2")
    return write_wav(folder / "w", sound, rate_hz=192_000, channels=8).read_bytes()


def renamed_zip(folder: Path) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("take.wav", write_wav(folder / "w", np.ones(64_000, "<i2")).read_bytes())
    return archive.getvalue()


def lying_header(folder: Path) -> bytes:
    sound = (tone() * 20_000).astype("<i2")
    return write_wav(folder / "w", sound, claimed_bytes=10**9).read_bytes()


BAD_FILES = (
    empty,
    truncated,
    ten_silent_hours,
    not_a_number,
    one_sample,
    eight_channels_at_192_khz,
    renamed_zip,
    lying_header,
)
BAD_NAMES = {
    "a path": b'filename="../../etc/passwd.wav"',
    "an absolute path": b'filename="/tmp/take.wav"',
    "a Windows path": b'filename="..\\\\take.wav"',
    "an encoded path": b"filename*=UTF-8''..%2F..%2Ftake.wav",
    "an escaped path": b'filename="..&sol;take.wav"',
    "NUL": b'filename="take\x00.wav"',
    "an encoded NUL": b"filename*=UTF-8''take%00.wav",
    "a parent": b'filename=".."',
    "a reversed direction": 'filename="take\u202egpj.wav"'.encode(),
}


@pytest.fixture
def speaker(cast: Cast) -> Speaker:
    return make_speaker(cast.alice)


def form(speaker: Speaker, content: bytes, name: bytes) -> tuple[bytes, str]:
    """A form written by hand, with the file name as it is, and its content type."""
    fields = {"speaker": speaker.public_id, "language": "zh"}
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    start = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; '.encode()
    parts += [start, name, b"\r\nContent-Type: audio/wav\r\n\r\n", content]
    body = b"".join(parts) + f"\r\n--{BOUNDARY}--\r\n".encode()
    return body, f"multipart/form-data; boundary={BOUNDARY}"


def send(client: Client, speaker: Speaker, content: bytes, name: bytes) -> dict[str, object]:
    """The refusal of such a form."""
    body, content_type = form(speaker, content, name)
    response = client.post("/v1/recordings", body, content_type=content_type)
    assert 400 <= response.status_code < 500
    refusal: dict[str, object] = response.json()
    return refusal


def unfinished() -> list[Path]:
    return list(settings.WORK_DIR.glob("upload-*"))


def assert_nothing_stays(person: Person, *, events: int) -> None:
    with person.scope():
        assert not Recording.objects.exists()
        assert not StoredObject.objects.exists()
        assert Event.objects.count() == events
    assert unfinished() == []


@pytest.mark.parametrize("make", BAD_FILES, ids=lambda make: str(make.__name__))
def test_a_bad_file_is_refused_with_its_reason_and_leaves_nothing(
    cast: Cast,
    speaker: Speaker,
    client_of: As,
    tmp_path: Path,
    make: Callable[[Path], bytes],
) -> None:
    with cast.alice.scope():
        events = Event.objects.count()
    refusal = send(client_of(cast.alice), speaker, make(tmp_path), b'filename="take.wav"')
    assert refusal["code"] not in {"malformed", "invalid", "bad_request"}
    assert str(refusal["detail"]).endswith(".")
    assert_nothing_stays(cast.alice, events=events)


@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES)
def test_a_hostile_file_name_is_refused_as_it_was_sent(
    cast: Cast, speaker: Speaker, client_of: As, name: bytes
) -> None:
    with cast.alice.scope():
        events = Event.objects.count()
    refusal = send(client_of(cast.alice), speaker, b"RIFF", name)
    assert refusal["code"] == "bad_file_name"
    assert_nothing_stays(cast.alice, events=events)


def test_a_body_that_says_it_is_too_long_is_refused_unread(
    cast: Cast, speaker: Speaker, client_of: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "UPLOAD_MAX_BYTES", 1000)
    refusal = send(client_of(cast.alice), speaker, b"x" * 2 * 1024**2, b'filename="take.wav"')
    assert refusal["code"] == "too_large"


def test_a_file_over_the_limit_is_cut_off(
    cast: Cast, speaker: Speaker, client_of: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "UPLOAD_MAX_BYTES", 100_000)
    refusal = send(client_of(cast.alice), speaker, b"x" * 200_000, b'filename="take.wav"')
    assert refusal["code"] == "too_large"
    assert unfinished() == []


def test_a_form_that_is_no_form_is_refused(cast: Cast, speaker: Speaker, client_of: As) -> None:
    response = client_of(cast.alice).post(
        "/v1/recordings", b"nothing", content_type="multipart/form-data"
    )
    assert (response.status_code, response.json()["code"]) == (400, "malformed")


def test_a_voice_one_may_not_manage_is_refused_before_the_file_is_looked_at(
    cast: Cast, speaker: Speaker, client_of: As
) -> None:
    refusal = send(client_of(cast.mallory), speaker, b"not sound", b'filename="take.wav"')
    assert refusal["code"] == "not_found"
