"""Takes the voiceprint of a clip that was put on the no-go list."""

from __future__ import annotations

import av

from voiceassets.core.context import tenant_scope
from voiceassets.jobs import leases
from voiceassets.storage import services as storage
from voiceassets.voiceprints import services as voiceprints
from voiceassets.voiceprints import thresholds
from voiceassets.voiceprints.models import NoGoVoice
from voiceassets.workers import listening
from voiceassets.workers.work import Failed, Work


def perform(work: Work) -> None:
    with tenant_scope(work.lease.tenant_id):
        entry = NoGoVoice.objects.select_related("clip").get(pk=work.lease.subject_id)
    listener = listening.listener()
    if listener is None or thresholds.of(listener.encoder) is None:
        raise Failed(
            "no_encoder",
            "This installation cannot tell voices apart: install a base with a speaker encoder and "
            "run `manage.py calibrate_voiceprints`.",
        )
    clip = storage.fetch_to(entry.clip, work.scratch / "clip")
    try:
        vector = listener.voice_of_file(clip)
    except av.FFmpegError as error:
        raise Failed("unreadable", "The clip could not be read; send a WAV or MP3.") from error
    if vector is None:
        raise Failed("too_short", "The clip has too little speech; send at least two seconds.")
    with tenant_scope(work.lease.tenant_id):
        leases.lock(work.lease)
        active = voiceprints.activate(
            work.lease.actor, entry=entry, encoder=listener.encoder, vector=vector
        )
        leases.succeed(work.lease, result={"no_go": active.public_id})
