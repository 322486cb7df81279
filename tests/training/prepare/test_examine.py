"""What the probe accepts and refuses, asked inside this process."""

import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.training.prepare.sounds import DATA, encode, tone, write_wav
from training.prepare.examine import MediaFacts, examine
from training.prepare.faults import FaultCode, MediaFault
from training.prepare.limits import Limits

LIMITS = Limits(probe_budget_s=30.0)


def look_at(path: Path, limits: Limits = LIMITS) -> MediaFacts:
    return examine(path, limits, started_s=time.monotonic())


def fault_of(path: Path, limits: Limits = LIMITS) -> FaultCode:
    with pytest.raises(MediaFault) as refusal:
        look_at(path, limits)
    assert refusal.value.reason.endswith(".")
    return refusal.value.code


def noise_wav(path: Path, **header: int) -> Path:
    samples = (np.random.default_rng(1).standard_normal(96_000) * 3_000).astype("<i2")
    return write_wav(path, samples, **header)


@pytest.mark.parametrize(
    ("name", "codec", "container", "video"),
    [
        ("a.wav", "pcm_s16le", None, None),
        ("a.flac", "flac", None, None),
        ("a.mp3", "libmp3lame", None, None),
        ("a.m4a", "aac", "ipod", None),
        ("a.ogg", "libopus", None, None),
        ("a.opus", "libopus", None, None),
        ("a.wma", "wmav2", "asf", None),
        ("a.aac", "aac", "adts", None),
        ("a.aiff", "pcm_s16be", None, None),
        ("a.mp4", "aac", None, "libx264"),
        ("a.mkv", "libopus", None, "libx264"),
        ("a.webm", "libopus", None, "libvpx"),
        ("a.mov", "pcm_s16le", None, "mpeg4"),
    ],
)
def test_it_accepts_every_container_people_upload(
    tmp_path: Path, name: str, codec: str, container: str | None, video: str | None
) -> None:
    samples = tone(rate_hz=48_000)
    path = encode(tmp_path / name, codec, samples, container=container, video_codec=video)

    facts = look_at(path)

    assert facts.complete
    assert abs(facts.duration_ms - 3_000) < 60
    assert (facts.sample_rate_hz, facts.channels) == (48_000, 1)
    assert facts.has_video is (video is not None)


def test_it_goes_by_content_and_not_by_the_name(tmp_path: Path) -> None:
    path = encode(tmp_path / "sound.txt", "flac", tone(rate_hz=48_000), container="flac")

    assert look_at(path).container == "flac"


def test_it_refuses_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()

    assert fault_of(tmp_path / "a.wav") is FaultCode.EMPTY_FILE


def test_it_refuses_a_file_above_the_size_limit(tmp_path: Path) -> None:
    path = noise_wav(tmp_path / "a.wav")

    assert fault_of(path, Limits(max_bytes=1_000)) is FaultCode.TOO_LARGE


def test_it_refuses_an_archive_even_when_sound_is_stored_in_it(tmp_path: Path) -> None:
    inner = encode(tmp_path / "inner.mp3", "libmp3lame", tone(rate_hz=48_000))
    with zipfile.ZipFile(tmp_path / "a.mp3", "w") as archive:
        archive.write(inner)

    assert fault_of(tmp_path / "a.mp3") is FaultCode.NOT_AUDIO


def test_it_refuses_random_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(np.random.default_rng(2).bytes(200_000))

    assert fault_of(tmp_path / "a.mp3") is FaultCode.NOT_AUDIO


def test_it_runs_no_decoder_that_is_not_on_the_list(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.flv", "adpcm_swf", tone(rate_hz=44_100), rate_hz=44_100)

    assert fault_of(path) is FaultCode.NOT_AUDIO


def test_it_follows_no_playlist(tmp_path: Path) -> None:
    sound = encode(tmp_path / "a.aac", "aac", tone(rate_hz=48_000), container="adts")
    playlist = tmp_path / "a.m3u8"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{sound.as_uri()}\n")
    listing = tmp_path / "a.ffconcat"
    listing.write_text(f"ffconcat version 1.0\nfile {sound.name}\n")

    assert fault_of(playlist) is FaultCode.NOT_AUDIO
    assert fault_of(listing) is FaultCode.NOT_AUDIO


def test_it_refuses_a_video_without_sound(tmp_path: Path) -> None:
    import av  # only this test writes a file by hand

    with av.open(str(tmp_path / "a.mp4"), "w") as output:
        picture = output.add_stream("libx264", rate=5)
        picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
        output.mux(picture.encode(frame))
        output.mux(picture.encode(None))

    assert fault_of(tmp_path / "a.mp4") is FaultCode.NO_AUDIO_STREAM


@pytest.mark.parametrize(
    ("name", "codec", "video"),
    [
        ("a.flac", "flac", None),
        ("a.mp3", "libmp3lame", None),
        ("a.mkv", "libopus", "libx264"),
        ("a.mp4", "aac", "libx264"),
    ],
)
def test_it_refuses_a_file_that_was_cut_off(
    tmp_path: Path, name: str, codec: str, video: str | None
) -> None:
    whole = encode(tmp_path / name, codec, tone(rate_hz=48_000), video_codec=video)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])

    assert fault_of(whole) is FaultCode.TRUNCATED


def test_it_refuses_a_wav_that_was_cut_off(tmp_path: Path) -> None:
    path = noise_wav(tmp_path / "a.wav", claimed_bytes=96_000 * 2 * 2)

    assert fault_of(path) is FaultCode.TRUNCATED


@pytest.mark.parametrize(
    "header",
    [{"claimed_bytes": 2**30}, {"claimed_bytes": 1_000}, {"bytes_per_s": 16_000}],
    ids=["far more data", "less data", "another byte rate"],
)
def test_it_refuses_a_header_that_lies(tmp_path: Path, header: dict[str, int]) -> None:
    assert fault_of(noise_wav(tmp_path / "a.wav", **header)) is FaultCode.LYING_HEADER


def test_it_does_not_walk_a_wav_made_of_empty_chunks(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF\xff\xff\xff\x00WAVE" + b"junk\0\0\0\0" * 200_000)

    assert fault_of(path) is FaultCode.LYING_HEADER


def test_it_reads_behind_a_tag_that_claims_more_than_the_file(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp3", "libmp3lame", tone(rate_hz=48_000))
    sound = path.read_bytes()
    start = sound.index(b"\xff\xfb")
    path.write_bytes(b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + sound[start:])

    assert fault_of(path) in {FaultCode.NOT_AUDIO, FaultCode.CORRUPT, FaultCode.TRUNCATED}


def test_it_accepts_a_wav_written_to_a_pipe_which_cannot_know_its_size(tmp_path: Path) -> None:
    path = noise_wav(tmp_path / "a.wav", claimed_bytes=2**32 - 1)

    assert look_at(path).duration_ms == 3_000


@pytest.mark.parametrize("rate_hz", [1, 4_000, 768_000])
def test_it_refuses_a_sample_rate_nobody_records_at(tmp_path: Path, rate_hz: int) -> None:
    path = noise_wav(tmp_path / "a.wav", rate_hz=rate_hz)

    assert fault_of(path) is FaultCode.UNSUPPORTED_RATE


def test_it_refuses_eight_channels_at_192_khz(tmp_path: Path) -> None:
    samples = np.full(192_000 * 8, 0.1, "<f4")
    path = write_wav(tmp_path / "a.wav", samples, rate_hz=192_000, channels=8)

    assert fault_of(path) is FaultCode.TOO_MANY_CHANNELS


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf, 1e30])
def test_it_refuses_samples_that_are_no_sound(tmp_path: Path, poison: float) -> None:
    samples = tone()
    samples[50_000] = poison

    assert fault_of(write_wav(tmp_path / "a.wav", samples)) is FaultCode.NOT_FINITE


@pytest.mark.parametrize("length", [0, 1, 31_000])
def test_it_refuses_less_than_a_second(tmp_path: Path, length: int) -> None:
    assert fault_of(write_wav(tmp_path / "a.wav", tone()[:length])) is FaultCode.TOO_SHORT


def test_it_refuses_a_silent_recording(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", np.zeros(96_000, "<i2"))

    assert fault_of(path) is FaultCode.SILENT


def test_it_refuses_a_recording_above_the_duration_limit(tmp_path: Path) -> None:
    limits = Limits(max_duration_ms=2_000)
    path = encode(tmp_path / "a.aac", "aac", tone(rate_hz=48_000), container="adts")

    assert fault_of(noise_wav(tmp_path / "a.wav"), limits) is FaultCode.TOO_LONG
    assert fault_of(path, limits) is FaultCode.TOO_LONG


def test_it_says_so_when_the_budget_ends_before_the_recording(tmp_path: Path) -> None:
    path = noise_wav(tmp_path / "a.wav")

    facts = examine(path, LIMITS, started_s=time.monotonic() - 0.9 * LIMITS.probe_budget_s)

    assert not facts.complete
    assert abs(facts.duration_ms - 3_000) < 10


def test_it_accepts_the_sample_recordings() -> None:
    assert look_at(DATA / "speaker_60s.flac").duration_ms >= 60_000
    assert look_at(DATA / "short_video.mp4").has_video
    assert look_at(DATA / "noisy.mp3").complete
