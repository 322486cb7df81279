"""Waiting for speech, and sending the file that was released."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from voiceassets.api import refusals
from voiceassets.api.departures import ClientLeft, has_left
from voiceassets.api.operations import Call
from voiceassets.api.slots import give_back_connection
from voiceassets.api.wires import Wire, decoded, encoded
from voiceassets.assets import selectors, services
from voiceassets.assets.live_audio import AudioStream
from voiceassets.assets.models import Asset, AssetState, AudioFormat, SynthesisRequest
from voiceassets.core import ids
from voiceassets.core.errors import (
    Conflict,
    DomainError,
    Invalid,
    Refused,
    StorageFull,
    Unavailable,
)
from voiceassets.jobs import services as jobs
from voiceassets.jobs.models import Job, JobState
from voiceassets.storage import services as storage
from voiceassets.storage.models import StoredObject

LONGEST_WAIT_S = 60
ASK_AGAIN_S = 0.5

MEDIA_TYPES = {
    AudioFormat.WAV: "audio/wav",
    AudioFormat.MP3: "audio/mpeg",
    AudioFormat.FLAC: "audio/flac",
    AudioFormat.OGG: "audio/ogg",
    AudioFormat.AAC: "audio/aac",
}
# What a worker may find wrong with the request itself; everything else is our failure.
CALLERS_FAULT = frozenset(
    {
        "unspeakable_text",
        "text_too_long",
        "bad_markup",
        "unknown_language",
        "unknown_style",
        "bad_sampling",
        "nothing_spoken",
        "bad_reference",
        "unreadable_clip",
    }
)


class SpeechFailed(DomainError):
    """The worker could not make the audio."""

    status = 500


class EngineFull(Unavailable):
    """As many requests are under way as the engine takes; `retry_after_s` is its own estimate."""

    code = "engine_full"


class StillSpeaking(DomainError):
    """The audio is not ready; it will be, and its job says when."""

    code = "still_running"
    status = 504


def wait(call: Call, synthesis_id: str, *, seconds: float) -> SynthesisRequest | None:
    """The request once its job has ended, or None when it has not after `seconds`.

    The end of the audio stream wakes this at once; without Redis the database is asked in turns.
    No database connection is held in between.

    Raises:
        ClientLeft: nobody waits any more; the work was cancelled.
    """
    stream = AudioStream(synthesis_id)
    deadline = time.monotonic() + seconds
    while True:
        with call.scope():
            request = selectors.get_request(call.actor, synthesis_id)
        if has_ended(request):
            return request
        require_presence(call, request)
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        give_back_connection()
        stream.wait_for_end(seconds=min(ASK_AGAIN_S, left))


def require_released(request: SynthesisRequest) -> Asset:
    """The asset of an ended request.

    Raises:
        Refused: a gate refused to release it.
        Conflict: somebody cancelled it.
        Invalid, SpeechFailed: it could not be spoken.
    """
    asset, job = request.asset, request.job
    error = (job.error if job else None) or {}
    message = error.get("message", "The audio could not be made.")
    if asset.state == AssetState.REFUSED:
        raise Refused(error.get("message", "A gate refused the audio."), code=asset.reason)
    if job is not None and job.state == JobState.CANCELLED:
        raise Conflict("Somebody cancelled this before it was spoken.", code="cancelled")
    if asset.state == AssetState.FAILED:
        code = error.get("code", "internal_error")
        kind = Invalid if code in CALLERS_FAULT else SpeechFailed
        raise (StorageFull if code == StorageFull.code else kind)(message, code=code)
    return asset


def require_place(call: Call, request: SynthesisRequest) -> None:
    """Cancel work that the engine had no place for, and raise EngineFull: a listener cannot wait.

    Such a job was claimed, and is back in its queue for some time without an attempt lost.
    """
    job = request.job
    if job is None or job.state != JobState.QUEUED or job.attempts or not job.epoch:
        return
    wait_s = math.ceil((job.wake_after - timezone.now()).total_seconds())
    if wait_s > 0:
        cancel(call, request)
        raise EngineFull(
            f"The engine has as many requests as it takes; try again in {wait_s} s.",
            retry_after_s=wait_s,
        )


def require_presence(call: Call, request: SynthesisRequest) -> None:
    """Cancel the work, and raise ClientLeft, when whoever asked for it has gone."""
    if has_left(call.request):
        cancel(call, request)
        raise ClientLeft("The client closed the connection.")


def cancel(call: Call, request: SynthesisRequest) -> None:
    """Stop work that nobody waits for, between two steps of the engine; harmless when it ended."""
    if request.job is not None:
        with call.scope(), suppress(Conflict):
            jobs.stop(call.actor, job=request.job)
        give_back_connection()


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A released file that somebody may have now."""

    asset: Asset
    stored: StoredObject
    label: str

    @property
    def format(self) -> AudioFormat:
        return AudioFormat(self.asset.request.format)

    def sound(self, wire: Wire) -> Generator[bytes, None, None]:
        """Its sound in `wire`'s encoding."""
        return encoded(decoded(storage.open_object(self.stored)), wire, label=self.label)


def take(call: Call, asset_id: str) -> Taken:
    """The released, labelled file; taking it is a decision on record, and so is a refusal."""
    with call.scope():
        asset = selectors.get_asset(call.actor, asset_id)

    def refused(code: str) -> None:
        services.record_download_refusal(call.actor, asset=asset, code=code)

    with refusals.on_record(call, refused):
        stored = services.download(call.actor, asset=asset)
        labels = asset.manifest.labels["implicit"] if asset.manifest else {}
        taken = Taken(asset=asset, stored=stored, label=json.dumps(labels, separators=(",", ":")))
    give_back_connection()
    return taken


def audio(taken: Taken, *, wire: Wire | None = None) -> HttpResponseBase:
    """The file as it is, or its sound in another encoding."""
    headers = audio_headers(taken.asset, taken.label, wire)
    if wire is not None and not _is_stored(taken, wire):
        return StreamingHttpResponse(
            taken.sound(wire), content_type=wire.media_type, headers=headers
        )
    return FileResponse(
        storage.open_object(taken.stored),
        content_type=MEDIA_TYPES[taken.format],
        filename=f"{taken.asset.public_id}.{taken.format}",
        headers=headers | {"Content-Length": str(taken.stored.size_bytes)},
    )


def audio_bytes(taken: Taken, *, wire: Wire) -> bytes:
    """The same as one value, for an answer that holds more than the sound."""
    if not _is_stored(taken, wire):
        return b"".join(taken.sound(wire))
    with storage.open_object(taken.stored) as file:
        content: bytes = file.read()
    return content


def _is_stored(taken: Taken, wire: Wire) -> bool:
    return wire.as_stored and wire.stored == taken.format


def audio_headers(asset: Asset, label: str, wire: Wire | None = None) -> dict[str, str]:
    """What every answer with audio says of it: which asset, whose model, its labels and its cost.

    `X-AIGC-Carrier` is `none` for samples without a container: their label is in the header only.
    """
    request = asset.request
    return {
        "X-Asset-Id": asset.public_id,
        "X-Job-Id": ids.encode(Job.PREFIX, request.job_id) if request.job_id else "",
        "X-Model-Version": request.version.public_id,
        "X-AIGC-Label": label,
        "X-AIGC-Carrier": "metadata" if wire is None or wire.carries_label else "none",
        "X-AIGC-Cue": request.cue,
        "X-Character-Cost": str(len(request.text)),
        "X-Content-Type-Options": "nosniff",
    }


def has_ended(request: SynthesisRequest) -> bool:
    return request.job is not None and request.job.is_final
