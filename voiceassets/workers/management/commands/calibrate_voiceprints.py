"""`manage.py calibrate_voiceprints`: finds an encoder's limits and prints its error-rate curve."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from voiceassets.voiceprints import thresholds


class Command(BaseCommand):
    help = (
        "Compare clips of many voices with the encoder of the installed base, keep the limits in "
        "VOICEPRINT_THRESHOLDS and print how often it errs at each limit."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--encoder", type=Path, help="a base's `speaker` folder by itself")
        parser.add_argument(
            "--clips", type=Path, help="a folder for each voice; without it eSpeak NG speaks"
        )
        parser.add_argument("--voices", type=int, default=20)
        parser.add_argument("--per-voice", type=int, default=20)
        parser.add_argument("--dry-run", action="store_true", help="print and keep nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        from voiceassets.workers import calibration, listening, synthetic_voices  # slow: torch

        folder = options["encoder"]
        listener = listening.of_folder(folder) if folder else listening.listener()
        if listener is None:
            raise CommandError(f"The base in {settings.BASE_MODEL_DIR} has no speaker encoder.")
        clips = (
            _read(options["clips"])
            if options["clips"]
            else synthetic_voices.clips(voices=options["voices"], per_voice=options["per_voice"])
        )
        found = calibration.calibrate(listener, clips)
        limits = found.thresholds
        self.stdout.write(
            f"{limits.voices} voices, {limits.clips} clips, encoder {listener.encoder[:12]}"
        )
        self.stdout.write("  limit   strangers let in   own turned away")
        for point in found.curve:
            self.stdout.write(
                f"  {point.limit:5.3f}   {point.false_accepts:16.2%}   {point.false_rejects:15.2%}"
            )
        self.stdout.write(
            f"equal error rate {limits.equal_error_rate:.2%} at {limits.same:.3f}; the no-go list "
            f"stops one stranger in twenty at {limits.no_go:.3f}; half of all strangers stay below "
            f"{limits.stranger:.3f}; of re-pitched copies it does so at {limits.repitched:.3f}"
        )
        for name, share in found.still_known.items():
            self.stdout.write(f"a no-go voice, {name}: blocked in {share:.0%}")
        if not options["dry_run"]:
            self.stdout.write(f"kept in {thresholds.keep(listener.encoder, limits)}")


def _read(folder: Path) -> dict[str, list[Any]]:
    from voiceassets.provenance.decode import decode
    from voiceassets.workers.listening import RATE_HZ  # slow: torch

    return {
        voice.name: [decode(clip, sample_rate_hz=RATE_HZ) for clip in sorted(voice.iterdir())]
        for voice in sorted(folder.iterdir())
        if voice.is_dir()
    }
