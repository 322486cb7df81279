"""Sending speech while it is being made."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial

from django.conf import settings
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase

from voiceassets.api import speech
from voiceassets.api.departures import ClientLeft, has_left
from voiceassets.api.operations import Call
from voiceassets.api.slots import Held, give_back_connection
from voiceassets.api.wave_header import SAMPLE_RATE_HZ
from voiceassets.api.wires import WAV, Wire, encoded
from voiceassets.assets import gates, selectors
from voiceassets.assets.live_audio import OK, AudioStream, Ended, StreamBroken
from voiceassets.assets.models import SynthesisRequest
from voiceassets.core.errors import Refused
from voiceassets.provenance.cue import Place
from voiceassets.provenance.label import Label

STREAM_S = 300.0
# A listener hears nothing of a voice that was withdrawn so long ago. The worker asks for the rights
# of every chunk before it sends it: of those that come while somebody waits nothing is asked again.
RIGHTS_EVERY_S = 1.0

Framed = Callable[[Generator[bytes, None, None]], Generator[bytes, None, None]]


def answer(
    call: Call,
    request: SynthesisRequest,
    place: ExitStack,
    *,
    wire: Wire = WAV,
    frame: Framed | None = None,
    media_type: str = "",
) -> HttpResponseBase:
    """The sound in `wire`'s encoding while the worker speaks; a failure before it begins is told.

    A stream that breaks later ends the connection, so that nobody takes half for the whole; a
    client that leaves cancels the work. The answer keeps `place`, the slot it was given. With
    `frame` the encoded chunks are put into another form, of `media_type`.
    """
    stream, asset = AudioStream(request.public_id), request.asset
    label = Label.first(producer=settings.LABEL_PROVIDER, produce_id=asset.public_id).as_text()
    give_back_connection()
    left: Callable[[], None] | None = None
    if _first_sound(call, stream, request.public_id):
        live = _while_allowed(call, request, _sound(call, stream, request), stream)
        sound = encoded(live, wire, label=label)
        left = partial(speech.cancel, call, request)
    else:
        taken = speech.take(call, asset.public_id)
        if frame is None:
            return speech.audio(taken, wire=wire)
        sound = _while_allowed(call, request, taken.sound(wire))
    held = Held(sound if frame is None else frame(sound), place.pop_all(), left=left)
    return StreamingHttpResponse(
        held,
        content_type=media_type or wire.media_type,
        headers=speech.audio_headers(asset, label, wire) | {"X-Accel-Buffering": "no"},
    )


def _first_sound(call: Call, stream: AudioStream, synthesis_id: str) -> bool:
    """Wait for the first chunk; False when the audio is finished but was not sent live."""
    deadline = time.monotonic() + speech.LONGEST_WAIT_S
    while time.monotonic() < deadline:
        entry = stream.next(wait_s=speech.ASK_AGAIN_S)
        if isinstance(entry, bytes):
            stream.put_back(entry)
            return True
        with call.scope():
            request = selectors.get_request(call.actor, synthesis_id)
        give_back_connection()
        if speech.has_ended(request):
            speech.require_released(request)
            return False
        if isinstance(entry, Ended) and entry.code != OK:
            raise speech.SpeechFailed("The voice stopped before it began.", code=entry.code)
        speech.require_place(call, request)
        speech.require_presence(call, request)
    raise speech.StillSpeaking(
        "The voice has not begun to speak yet; follow the job and fetch the asset."
    )


def _while_allowed(
    call: Call,
    request: SynthesisRequest,
    sound: Generator[bytes, None, None],
    stream: AudioStream | None = None,
) -> Generator[bytes, None, None]:
    """Forward the sound as long as its rights stand: what lies in Redis is not sent after that.

    Raises:
        StreamBroken: they do not stand any more.
    """
    asked_at = float("-inf")
    with closing(sound):
        for chunk in sound:
            asked_at = max(asked_at, stream.live_at_s) if stream else asked_at
            if time.monotonic() - asked_at >= RIGHTS_EVERY_S:
                _require_rights(call, request)
                asked_at = time.monotonic()
            yield chunk


def _require_rights(call: Call, request: SynthesisRequest) -> None:
    try:
        with call.scope():
            gates.require(
                request.version,
                speaker=request.speaker,
                use=request.use,
                preview=request.preview,
            )
    except Refused as refusal:
        raise StreamBroken(refusal.code) from refusal
    finally:
        give_back_connection()


def _sound(
    call: Call, stream: AudioStream, request: SynthesisRequest
) -> Generator[bytes, None, None]:
    """The audible label, then the speech: a listener may leave before a later one is heard."""
    label = replace(request.audible_label(), place=Place.START)
    yield label.sound(SAMPLE_RATE_HZ).astype("<i2").tobytes()
    for chunk in stream.chunks(seconds=STREAM_S):
        if has_left(call.request):
            raise ClientLeft("The client closed the connection.")
        if chunk:
            yield chunk
