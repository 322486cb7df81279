"""The probe as the web process runs it: a child, one JSON line, two seconds."""

import json
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.training.prepare.sounds import DATA, encode, tone, write_wav
from training.prepare.faults import FaultCode
from training.prepare.limits import Limits, ProcessLimits
from training.prepare.probe_process import probe_file


def write_ten_silent_hours(path: Path) -> None:
    with soundfile.SoundFile(path, "w", 8_000, 1, format="FLAC", compression_level=0) as file:
        for _ in range(60):
            file.write(np.zeros(8_000 * 600, np.int16))


def write_bad_file(path: Path, kind: str) -> None:
    noise = (np.random.default_rng(1).standard_normal(96_000) * 3_000).astype("<i2")
    with_nan = tone()
    with_nan[1_000] = np.nan
    if kind == "empty":
        path.touch()
    elif kind == "truncated":
        write_wav(path, noise, claimed_bytes=400_000)
    elif kind == "ten silent hours":
        write_ten_silent_hours(path)
    elif kind == "not a number":
        write_wav(path, with_nan)
    elif kind == "one sample":
        write_wav(path, noise[:1])
    elif kind == "192 kHz, 8 channels":
        write_wav(path, np.full(192_000 * 16, 0.1, "<f4"), rate_hz=192_000, channels=8)
    elif kind == "renamed archive":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.wav", noise.tobytes())
    elif kind == "lying header":
        write_wav(path, noise, claimed_bytes=2**30)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("empty", FaultCode.EMPTY_FILE),
        ("truncated", FaultCode.TRUNCATED),
        ("ten silent hours", FaultCode.TOO_LONG),
        ("not a number", FaultCode.NOT_FINITE),
        ("one sample", FaultCode.TOO_SHORT),
        ("192 kHz, 8 channels", FaultCode.TOO_MANY_CHANNELS),
        ("renamed archive", FaultCode.NOT_AUDIO),
        ("lying header", FaultCode.LYING_HEADER),
    ],
)
def test_it_refuses_bad_input_within_two_seconds(
    tmp_path: Path, kind: str, code: FaultCode
) -> None:
    path = tmp_path / "upload"
    write_bad_file(path, kind)
    fastest_s = float("inf")
    for _ in range(3):  # another process may have had the processor
        started_s = time.monotonic()
        result = probe_file(path)
        fastest_s = min(fastest_s, time.monotonic() - started_s)
        if fastest_s < 2.0:
            break

    assert not result.ok
    assert result.code is code
    assert result.reason
    assert fastest_s < 2.0


def test_it_prints_one_json_line_of_the_documented_form() -> None:
    child = subprocess.run(
        [sys.executable, "-m", "training.prepare.probe", str(DATA / "short_video.mp4")],
        capture_output=True,
        check=True,
        text=True,
    )

    assert child.stdout.count("\n") == 1
    assert json.loads(child.stdout) == {
        "ok": True,
        "container": "mov,mp4,m4a,3gp,3g2,mj2",
        "codec": "aac",
        "duration_ms": 15_418,
        "declared_duration_ms": 15_380,
        "sample_rate_hz": 22_050,
        "channels": 1,
        "has_video": True,
        "complete": True,
    }


def test_it_takes_limits_from_the_command_line() -> None:
    result = probe_file(DATA / "short_video.mp4", limits=Limits(max_duration_ms=10_000))

    assert result.code is FaultCode.TOO_LONG


def test_a_file_that_is_not_there_is_an_answer_and_not_an_exception(tmp_path: Path) -> None:
    assert probe_file(tmp_path / "nothing").code is FaultCode.CORRUPT


def test_it_loads_neither_torch_nor_scipy_nor_soundfile() -> None:
    program = (
        "import sys; import training.prepare.probe, training.prepare.examine; "
        "sys.exit(len({'torch', 'scipy', 'soundfile', 'onnxruntime'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_limited_process_cannot_take_more_memory() -> None:
    limits = ProcessLimits(memory_bytes=2**28, cpu_s=5, file_bytes=0)
    program = (
        f"from training.prepare.limits import ProcessLimits\n{limits!r}"
        ".impose_on_this_process()\nbytearray(2**29)"
    )

    child = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)

    assert b"MemoryError" in child.stderr


def test_no_mutilated_file_crashes_or_hangs_the_reader(tmp_path: Path) -> None:
    chance = np.random.default_rng(5)
    originals = [
        encode(tmp_path / "a.flac", "flac", tone(rate_hz=48_000)),
        encode(tmp_path / "a.mp3", "libmp3lame", tone(rate_hz=48_000)),
        encode(tmp_path / "a.ogg", "libopus", tone(rate_hz=48_000)),
        encode(tmp_path / "a.mp4", "aac", tone(rate_hz=48_000), video_codec="libx264"),
        encode(tmp_path / "a.mkv", "libopus", tone(rate_hz=48_000), video_codec="libx264"),
        encode(tmp_path / "a.wma", "wmav2", tone(rate_hz=48_000), container="asf"),
        write_wav(tmp_path / "a.wav", tone()),
    ]
    mutants = tmp_path / "mutants"
    mutants.mkdir()
    for original in originals:
        content = np.frombuffer(original.read_bytes(), np.uint8)
        for number in range(30):
            mutant = content.copy()
            reach = len(mutant) if number % 2 else min(len(mutant), 512)
            places = chance.integers(0, reach, 1 + number)
            mutant[places] = chance.integers(0, 256, len(places))
            (mutants / f"{original.name}.{number}").write_bytes(mutant.tobytes())
    program = (
        "import sys, time, pathlib\n"
        "from training.prepare.examine import examine\n"
        "from training.prepare.faults import MediaFault\n"
        "from training.prepare.limits import Limits\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
        "    try: examine(path, Limits(), started_s=time.monotonic()); print('accepted')\n"
        "    except MediaFault as fault: print(fault.code)\n"
    )

    child = subprocess.run(
        [sys.executable, "-c", program, str(mutants)],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )

    outcomes = child.stdout.split()
    assert len(outcomes) == 7 * 30
    assert len(set(outcomes)) > 3
