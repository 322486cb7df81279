"""What every face for other systems' clients comes down to: a voice, a text, an encoding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.http.response import HttpResponseBase

from voiceassets.api import live, speech
from voiceassets.api.intake import kept
from voiceassets.api.live import Framed
from voiceassets.api.operations import Call
from voiceassets.api.parsers import WorkFile
from voiceassets.api.slots import slot
from voiceassets.api.v1.synthesis import AUTO, request_of
from voiceassets.api.wires import Wire
from voiceassets.assets.cloning import SentClip
from voiceassets.assets.models import Asset, SynthesisRequest
from voiceassets.core.errors import Invalid, NotFound
from voiceassets.corpus.inspection import inspect
from voiceassets.corpus.models import DEFAULT_STYLE
from voiceassets.registry.styles import LONGEST_MS, SHORTEST_MS
from voiceassets.speakers import selectors as speakers
from voiceassets.speakers.models import Speaker, SpeakerState
from voiceassets.speakers.personal import name_index
from voiceassets.storage import services as storage
from voiceassets.storage.models import Purpose
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize


@dataclass(frozen=True, kw_only=True)
class UploadedClip:
    """A clip to speak like: the file as it came, what is said in it, and in which language."""

    file: WorkFile
    transcript: str
    language: str


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One request for speech; `voice` is a speaker's id or name, `version` an id or nothing."""

    voice: str
    text: str
    wire: Wire
    language: str = AUTO
    style: str = DEFAULT_STYLE
    version: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    clip: UploadedClip | None = None


def stream(
    call: Call, wanted: Wanted, *, frame: Framed | None = None, media_type: str = ""
) -> HttpResponseBase:
    """The sound as it is made."""
    with ExitStack() as place:
        place.enter_context(slot())
        request = ask(call, wanted, streamed=True)
        return live.answer(
            call, request, place, wire=wanted.wire, frame=frame, media_type=media_type
        )


def file(call: Call, wanted: Wanted) -> HttpResponseBase:
    """The released file, once there is one."""
    return speech.audio(speech.take(call, finished(call, wanted).public_id), wire=wanted.wire)


def finished(call: Call, wanted: Wanted) -> Asset:
    """The asset, once it is released.

    Raises:
        StillSpeaking: it takes longer than a request may wait.
    """
    with slot():
        request = ask(call, wanted)
        ended = speech.wait(call, request.public_id, seconds=speech.LONGEST_WAIT_S)
    if ended is None:
        raise speech.StillSpeaking(
            "The audio is not ready yet; fetch the asset when its job has ended.",
            asset=request.asset.public_id,
        )
    return speech.require_released(ended)


def ask(call: Call, wanted: Wanted, *, streamed: bool = False) -> SynthesisRequest:
    with _kept(call, wanted.clip) as clip:
        request, _ = request_of(
            call,
            lambda: voice_of(call, wanted.voice),
            text=wanted.text,
            version=wanted.version,
            language=wanted.language,
            style=wanted.style,
            format=wanted.wire.stored,
            settings=wanted.settings,
            streamed=streamed,
            clip=clip,
        )
    if clip is not None and request.clip_id != clip.stored.pk:
        storage.discard(clip.stored)  # the request was carried out before, with the first one
    return request


@contextmanager
def _kept(call: Call, uploaded: UploadedClip | None) -> Iterator[SentClip | None]:
    """The clip, inspected and stored; gone again when the block fails."""
    if uploaded is None:
        yield None
        return
    authorize(call.actor, Permission.SYNTHESIS_CLONE)
    file = uploaded.file
    duration_ms = inspect(file.path, name=file.name or "clip").duration_ms
    if not SHORTEST_MS <= duration_ms <= LONGEST_MS:
        raise Invalid(
            f"The clip lasts {duration_ms / 1000:.1f} s; send {SHORTEST_MS // 1000} to "
            f"{LONGEST_MS // 1000} s.",
            field="ref_audio",
        )
    content_type = file.content_type or ""
    with kept(call, file.path, purpose=Purpose.OTHER, content_type=content_type) as stored:
        yield SentClip(
            stored=stored[0],
            written=stored[1],
            transcript=uploaded.transcript,
            language=uploaded.language,
        )


def voice_of(call: Call, wanted: str) -> Speaker:
    """The speaker with this id, or the active one of this name."""
    if wanted.startswith(f"{Speaker.PREFIX}_"):
        return speakers.get_speaker(call.actor, wanted)
    rows = speakers.speakers(call.actor, state=SpeakerState.ACTIVE)
    voice = rows.filter(name_index=name_index(call.tenant_id, wanted)).first()
    if voice is None:
        raise NotFound("There is no such speaker.")
    return voice


def without_effect(names: Iterable[str]) -> Callable[[HttpResponseBase], HttpResponseBase]:
    """Says in the answer which fields of the request were taken and not followed."""
    told = ", ".join(sorted(names))

    def tell(response: HttpResponseBase) -> HttpResponseBase:
        if told:
            response["Warning"] = f'299 - "without effect here: {told}"'
        return response

    return tell
