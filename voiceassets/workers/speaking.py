"""Speaks one request: engine, labels, and the release that asks every gate again."""

from __future__ import annotations

import time
from dataclasses import replace

from django.conf import settings

from synthesis import audio
from synthesis.serving.orders import Priority
from synthesis.speaking.captions import as_content, delayed, to_srt, to_vtt
from synthesis.text import Entry, Lexicon
from synthesis.types import Finish, Pauses, Pcm, Sampling, Speech, Utterance
from voiceassets.assets import gates
from voiceassets.assets import services as assets
from voiceassets.assets.live_audio import AudioFeed
from voiceassets.assets.making import Making
from voiceassets.assets.models import SynthesisRequest
from voiceassets.core.context import tenant_scope
from voiceassets.jobs import leases
from voiceassets.jobs.kinds import JobKind
from voiceassets.provenance import services as provenance
from voiceassets.provenance.produce import Produced
from voiceassets.storage import services as storage
from voiceassets.storage.models import Purpose
from voiceassets.workers import cloning, engine_host, faults, makings, watermarking
from voiceassets.workers.voice_guard import VoiceGuard
from voiceassets.workers.work import Work

BUNDLE_KIND = "application/vnd.voice-assets.bundle"
CONSENT_KIND = "application/vnd.voice-assets.consent"


def perform(work: Work) -> None:
    request = _admit(work)
    feed = AudioFeed(request.public_id, attempt=work.lease.attempt)
    feed.restart()
    began_s = time.perf_counter()
    speech, making, voice_score = _speak(work, request, feed)
    compute_ms = round((time.perf_counter() - began_s) * 1000)
    faults.reach("before_write", work.lease.job_id)
    path = work.scratch / f"speech.{request.format}"
    produced = provenance.produce(
        path,
        pcm=speech.pcm,
        sample_rate_hz=speech.sample_rate_hz,
        produce_id=request.asset.public_id,
        audible=request.audible_label(),
        sources=_sources(request),
        watermark=watermarking.watermark(),
    )
    stored, written = storage.store_file(
        work.lease.tenant_id,
        path,
        purpose=Purpose.AUDIO,
        content_type=produced.content_type,
        created_by=work.lease.actor.id,
        job_id=work.lease.job_id,
    )
    faults.reach("written", work.lease.job_id)
    spoken = assets.Spoken(
        duration_ms=len(speech.pcm) * 1000 // speech.sample_rate_hz,
        sample_rate_hz=speech.sample_rate_hz,
        pcm_sha256=speech.pcm_sha256,
        seed=speech.seed,
        captions=_captions(speech, produced),
        compute_ms=compute_ms,
        device=settings.ENGINE_DEVICE,
        making=making,
    )
    with tenant_scope(work.lease.tenant_id):
        leases.lock(work.lease)
        manifest = provenance.keep(
            produced, stored=stored, written=written, pcm_sha256=speech.pcm_sha256
        )
        assets.release(
            work.lease.actor,
            asset=request.asset,
            stored=stored,
            written=written,
            manifest=manifest,
            spoken=spoken,
        )
        leases.succeed(work.lease, result=_result(request, voice_score))
        faults.reach("before_commit", work.lease.job_id)
    feed.end()


def _admit(work: Work) -> SynthesisRequest:
    with tenant_scope(work.lease.tenant_id):
        request = load(work)
        _require_rights(request)
    return request


def load(work: Work) -> SynthesisRequest:
    return SynthesisRequest.objects.select_related(
        "asset__object", "speaker", "clip", "consent", "version__bundle", "version__consent"
    ).get(pk=work.lease.subject_id)


def _require_rights(request: SynthesisRequest) -> None:
    gates.require(
        request.version,
        speaker=request.speaker,
        use=request.use,
        preview=request.preview,
    )


def _speak(
    work: Work, request: SynthesisRequest, feed: AudioFeed
) -> tuple[Speech, Making, float | None]:
    """The speech, what it follows from, and how alike its voice is to the one asked for."""
    bundle = engine_host.open_bundle(request.version, aside=work.scratch / "bundle")
    faults.reach("fetched", work.lease.job_id)
    reference = cloning.reference_of(work, request, bundle)
    utterance = utterance_of(request, bundle.card.defaults)
    guard = VoiceGuard(bundle, request.speaker, sample_rate_hz=audio.SAMPLE_RATE_HZ)

    def send(pcm: Pcm) -> None:
        """A chunk leaves only while its rights stand; the file is released under a lock later."""
        with tenant_scope(work.lease.tenant_id):
            _require_rights(request)
        feed.send(audio.to_int16(pcm).tobytes())

    def hear(pcm: Pcm) -> None:
        """What the guard holds back is sent empty at first: the listener hears the label then."""
        send(guard.hear(pcm))
        faults.reach("mid_work", work.lease.job_id)

    work.report("speaking")
    faults.reach("before_work", work.lease.job_id)
    batch = work.lease.kind == JobKind.SYNTHESIZE_BATCH
    speech = engine_host.engine().speak(
        bundle,
        utterance,
        should_stop=work.should_stop,
        on_audio=hear,
        stream=request.streamed,
        client=str(work.lease.tenant_id),
        priority=Priority.BATCH if batch else None,
        reference=reference,
    )
    made = makings.making(bundle, utterance, speech, streamed=request.streamed)
    voice_score = guard.require_wanted_voice(speech.pcm)
    if len(rest := guard.rest()):
        send(rest)
    return speech, made, voice_score


def _result(request: SynthesisRequest, voice_score: float | None) -> dict[str, object]:
    alike = {} if voice_score is None else {"voice_score": round(voice_score, 3)}
    return {"asset": request.asset.public_id, **alike}


def _sources(request: SynthesisRequest) -> list[provenance.Source]:
    """What the content credentials name: the version that spoke, and what permits it."""
    version = request.version
    consents = dict.fromkeys((version.consent, request.consent))
    return [
        provenance.Source(id=version.public_id, kind=BUNDLE_KIND, sha256=version.bundle_hash),
        *(
            provenance.Source(
                id=consent.public_id, kind=CONSENT_KIND, sha256=consent.evidence_sha256
            )
            for consent in consents
        ),
    ]


def _captions(speech: Speech, produced: Produced) -> dict[str, object]:
    """By the clock of the file, in which the audible label takes its time."""
    rate_hz, label = speech.sample_rate_hz, produced.inserted
    timed = delayed(speech, label.samples * 1000 // rate_hz, from_ms=label.at * 1000 // rate_hz)
    return {"srt": to_srt(timed), "vtt": to_vtt(timed), "json": as_content(timed)}


def utterance_of(request: SynthesisRequest, defaults: Sampling) -> Utterance:
    """What the request asks of the engine, with the lexicon that it was frozen with."""
    how = dict(request.settings)
    return Utterance(
        text=request.text,
        language=request.language,
        style=request.style,
        finish=Finish(volume_db=how.pop("volume_db", 0.0)),
        pauses=Pauses(scale=how.pop("pause_scale", 1.0)),
        sampling=replace(defaults, **how),
        lexicon=Lexicon(tuple(Entry(**entry) for entry in request.lexicon)),
        timestamps=True,
    )
