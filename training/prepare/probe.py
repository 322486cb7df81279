"""`python -m training.prepare.probe FILE`: says in one JSON line whether a file is a recording.

The web process runs this as a child at upload. It needs PyAV and NumPy only, limits its own
memory and processor time, reads FILE and nothing else, and writes nothing. The contract:

    {"ok": true, "container": "mp3", "codec": "mp3float", "duration_ms": 61200,
     "declared_duration_ms": 61200 | null, "sample_rate_hz": 44100, "channels": 2,
     "has_video": false, "complete": true}          exit status 0
    {"ok": false, "code": "truncated", "reason": "The file ends before …"}   exit status 1

`complete` is false when the time budget ended before the last sample was decoded: the duration is
then the one that the packets (or the header) declare, and ingest decodes the rest under its own
limits. `code` is one of training.prepare.faults.FaultCode; `reason` is one sentence that says what
to do. A child that dies or prints nothing was killed by its limits: treat that as `corrupt`.
Options are the fields of training.prepare.limits.Limits (`--max-duration-ms 600000`).
"""

import argparse
import dataclasses
import json
import sys
import time
from pathlib import Path
from typing import Final

from training.prepare.faults import FaultCode, MediaFault, describe
from training.prepare.limits import GIBIBYTE, Limits, ProcessLimits

PROCESS_LIMITS: Final = ProcessLimits(memory_bytes=GIBIBYTE, cpu_s=4.0, file_bytes=64 * 1024)


def parse_arguments(arguments: list[str]) -> tuple[Path, Limits]:
    """The file to look at and the limits to hold it against."""
    parser = argparse.ArgumentParser(prog="python -m training.prepare.probe", description=__doc__)
    parser.add_argument("file", type=Path)
    Limits.add_options(parser)
    parsed = parser.parse_args(arguments)
    return parsed.file, Limits.from_options(parsed)


def probe(path: Path, limits: Limits, *, started_s: float) -> dict[str, object]:
    """The answer of the contract above, for a process that has limited itself."""
    # Slow import (PyAV): its time counts against the budget, so it comes after the clock started.
    from training.prepare.examine import examine

    try:
        facts = examine(path, limits, started_s=started_s)
    except MediaFault as fault:
        return {"ok": False, "code": fault.code, "reason": fault.reason}
    except (MemoryError, OSError):
        corrupt = FaultCode.CORRUPT
        return {"ok": False, "code": corrupt, "reason": describe(corrupt, limits)}
    return {"ok": True, **dataclasses.asdict(facts)}


def main() -> int:
    """Limit this process, look at the file, print the line."""
    started_s = time.monotonic()
    path, limits = parse_arguments(sys.argv[1:])
    PROCESS_LIMITS.impose_on_this_process()
    answer = probe(path, limits, started_s=started_s)
    print(json.dumps(answer))
    return 0 if answer["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
