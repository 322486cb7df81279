"""Waiting for speech, and sending it: as a released file, or live while it is being made."""

from __future__ import annotations

import json
import time
from collections.abc import Generator
from contextlib import ExitStack

import numpy as np
from django.conf import settings
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from voiceassets.api.operations import Call
from voiceassets.api.slots import Held, give_back_connection
from voiceassets.api.wave_header import SAMPLE_RATE_HZ, wav_header
from voiceassets.assets import selectors, services
from voiceassets.assets.live_audio import OK, AudioStream, Ended
from voiceassets.assets.models import Asset, AssetState, AudioFormat, SynthesisRequest
from voiceassets.core.errors import Conflict, DomainError, Invalid, NotAllowed
from voiceassets.jobs.models import JobState
from voiceassets.provenance.cue import with_cue
from voiceassets.provenance.label import Label
from voiceassets.storage import services as storage

LONGEST_WAIT_S = 60
STREAM_S = 300.0
ASK_AGAIN_S = 0.5

MEDIA_TYPES = {
    AudioFormat.WAV: "audio/wav",
    AudioFormat.MP3: "audio/mpeg",
    AudioFormat.FLAC: "audio/flac",
    AudioFormat.OGG: "audio/ogg",
}
# What a worker may find wrong with the request itself; everything else is our failure.
CALLERS_FAULT = frozenset({"unspeakable_text", "bad_sampling", "nothing_spoken"})


class SpeechFailed(DomainError):
    """The worker could not make the audio."""

    status = 500


class StillSpeaking(DomainError):
    """The audio is not ready; it will be, and its job says when."""

    code = "still_running"
    status = 504


def wait(call: Call, synthesis_id: str, *, seconds: float) -> SynthesisRequest | None:
    """The request once its job has ended, or None when it has not after `seconds`.

    The end of the audio stream wakes this at once; without Redis the database is asked in turns.
    No database connection is held in between.
    """
    stream = AudioStream(synthesis_id)
    deadline = time.monotonic() + seconds
    while True:
        with call.scope():
            request = selectors.get_request(call.actor, synthesis_id)
        if _ended(request):
            return request
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        give_back_connection()
        stream.wait_for_end(seconds=min(ASK_AGAIN_S, left))


def require_released(request: SynthesisRequest) -> Asset:
    """The asset of an ended request.

    Raises:
        NotAllowed: a gate refused to release it.
        Conflict: somebody cancelled it.
        Invalid, SpeechFailed: it could not be spoken.
    """
    asset, job = request.asset, request.job
    error = (job.error if job else None) or {}
    message = error.get("message", "The audio could not be made.")
    if asset.state == AssetState.REFUSED:
        raise NotAllowed(error.get("message", "A gate refused the audio."), code=asset.reason)
    if job is not None and job.state == JobState.CANCELLED:
        raise Conflict("Somebody cancelled this before it was spoken.", code="cancelled")
    if asset.state == AssetState.FAILED:
        kind = Invalid if error.get("code") in CALLERS_FAULT else SpeechFailed
        raise kind(message, code=error.get("code", "internal_error"))
    return asset


def audio(call: Call, asset_id: str) -> HttpResponseBase:
    """The released, labelled file; taking it is a decision on record."""
    with call.scope():
        asset = selectors.get_asset(call.actor, asset_id)
        stored = services.download(call.actor, asset=asset)
        manifest = asset.manifest
        headers = _headers(
            asset,
            json.dumps(manifest.labels["implicit"], separators=(",", ":")) if manifest else "",
        )
        kind = AudioFormat(asset.request.format)
    give_back_connection()
    headers["Content-Length"] = str(stored.size_bytes)
    return FileResponse(
        storage.open_object(stored),
        content_type=MEDIA_TYPES[kind],
        filename=f"{asset_id}.{kind}",
        headers=headers,
    )


def live(call: Call, request: SynthesisRequest, place: ExitStack) -> HttpResponseBase:
    """WAV of unknown length while the worker speaks; a failure before the first sound is told.

    A stream that breaks later ends the connection, so that nobody takes half for the whole. The
    answer keeps `place`, the slot it was given.
    """
    stream, asset = AudioStream(request.public_id), request.asset
    label = Label.first(producer=settings.LABEL_PROVIDER, produce_id=asset.public_id).as_text()
    headers = _headers(asset, label)
    give_back_connection()
    if not _first_sound(call, stream, request.public_id):
        return audio(call, asset.public_id)
    held = Held(_sound(stream, label), place.pop_all())
    return StreamingHttpResponse(held, content_type=MEDIA_TYPES[AudioFormat.WAV], headers=headers)


def _first_sound(call: Call, stream: AudioStream, synthesis_id: str) -> bool:
    """Wait for the first chunk; False when the audio is finished but was not sent live."""
    deadline = time.monotonic() + LONGEST_WAIT_S
    while time.monotonic() < deadline:
        entry = stream.next(wait_s=ASK_AGAIN_S)
        if isinstance(entry, bytes):
            stream.put_back(entry)
            return True
        with call.scope():
            request = selectors.get_request(call.actor, synthesis_id)
        give_back_connection()
        if _ended(request):
            require_released(request)
            return False
        if isinstance(entry, Ended) and entry.code != OK:
            raise SpeechFailed("The voice stopped before it began.", code=entry.code)
    raise StillSpeaking("The voice has not begun to speak yet; follow the job and fetch the asset.")


def _sound(stream: AudioStream, label: str) -> Generator[bytes, None, None]:
    """What a file of the same speech holds: its labels, implicit and audible, then the speech."""
    yield wav_header(label)
    if settings.LABEL_AUDIBLE:
        nothing = np.zeros(0, np.int16)
        yield with_cue(nothing, sample_rate_hz=SAMPLE_RATE_HZ).astype("<i2").tobytes()
    yield from stream.chunks(seconds=STREAM_S)


def _headers(asset: Asset, label: str) -> dict[str, str]:
    version = asset.request.version.public_id
    return {
        "X-Asset-Id": asset.public_id,
        "X-Model-Version": version,
        "X-AIGC-Label": label,
        "X-Content-Type-Options": "nosniff",
    }


def _ended(request: SynthesisRequest) -> bool:
    return request.job is not None and request.job.is_final
