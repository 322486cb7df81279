"""Listens to a clip that was sent with a request: whose voice it is, and what to speak like."""

from __future__ import annotations

from synthesis.bundles.bundle import VoiceBundle
from synthesis.bundles.styles import Clip, heard
from synthesis.features.reference import ReferenceFeatures
from training.prepare.ingest import IngestError, ingest
from voiceassets.assets.models import SynthesisRequest
from voiceassets.core.context import tenant_scope
from voiceassets.storage import services as storage
from voiceassets.voiceprints import services as voiceprints
from voiceassets.workers import engine_host, listening
from voiceassets.workers.work import Failed, Work


def reference_of(
    work: Work, request: SynthesisRequest, bundle: VoiceBundle
) -> ReferenceFeatures | None:
    """What the engine needs to speak like the request's clip; None when there is none.

    Raises:
        NoGo, ClipRefused: it is not surely the speaker's own voice; nothing is spoken.
        Failed: it cannot be read.
    """
    if request.clip is None:
        return None
    base, listener = engine_host.installed_base(), listening.listener()
    if base is None or listener is None:
        raise voiceprints.ClipRefused(
            "This installation has no base that tells voices apart; install one with a speaker "
            "encoder.",
            code="clip_not_comparable",
        )
    source = storage.fetch_to(request.clip, work.scratch / "clip")
    wave = work.scratch / "clip.wav"
    try:
        ingest(source, wave)
    except IngestError as error:
        raise Failed("unreadable_clip", "The clip could not be read; send a WAV.") from error
    voice = listener.voice_of_file(wave)
    if voice is None:
        raise voiceprints.ClipRefused(
            "The clip has too little speech to tell whose it is.", code="clip_not_comparable"
        )
    with tenant_scope(work.lease.tenant_id):
        voiceprints.require_own_voice(voice, encoder=listener.encoder, speaker=request.speaker)
    clip = Clip(path=wave, transcript=request.clip_text, language=request.clip_language)
    return heard(clip, bundle=bundle, base=base)
