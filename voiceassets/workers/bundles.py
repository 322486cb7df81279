"""A voice's bundle on its way to the registry: packed, stored, and what it says of its styles."""

from __future__ import annotations

import tarfile
from pathlib import Path

import soundfile

from synthesis.bundles.bundle import VoiceBundle
from voiceassets.registry.services import StyleFacts
from voiceassets.storage import services as storage
from voiceassets.storage.backends import Written
from voiceassets.storage.models import Purpose, StoredObject
from voiceassets.workers.work import Work


def store(work: Work, folder: Path) -> tuple[StoredObject, Written]:
    """Keep a bundle's folder as a pending object of the job."""
    return storage.store_file(
        work.lease.tenant_id,
        _pack(folder, work.scratch / "bundle.tar"),
        purpose=Purpose.BUNDLE,
        content_type="application/x-tar",
        created_by=work.lease.actor.id,
        job_id=work.lease.job_id,
    )


def styles_of(bundle: VoiceBundle) -> tuple[StyleFacts, ...]:
    """The styles of a bundle, the one that is spoken in by default first."""
    main = bundle.card.main_style
    return tuple(
        StyleFacts(
            name=name,
            clips=len(clips),
            timbre_clips=sum(clip.timbre for clip in clips),
            duration_ms=sum(_duration_ms(bundle.sealed.path(clip.clip)) for clip in clips),
        )
        for name, clips in sorted(bundle.card.styles.items(), key=lambda one: one[0] != main)
    )


def _duration_ms(path: Path) -> int:
    info = soundfile.info(path)
    frames: int = info.frames
    rate_hz: int = info.samplerate
    return frames * 1000 // rate_hz


def _pack(folder: Path, archive: Path) -> Path:
    """The bundle's files, without the owner, the mode or the time of the machine they lay on."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mtime = 0
        member.mode = 0o755 if member.isdir() else 0o644
        return member

    with tarfile.open(archive, "w") as tar:
        for path in sorted(folder.iterdir()):
            tar.add(path, arcname=path.name, filter=plain)
    return archive
