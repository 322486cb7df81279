"""/v1/synthesis: having a voice speak."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from django.http.response import HttpResponseBase
from rest_framework import serializers

from voiceassets.api import live, refusals, speech
from voiceassets.api.declaration import Reply
from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, page
from voiceassets.api.shapes import Id, Shape
from voiceassets.api.slots import slot
from voiceassets.api.v1.jobs import JobOut, job_headers
from voiceassets.api.v1.speakers import SpeakerFilter, wanted_speaker
from voiceassets.assets import selectors, services
from voiceassets.assets.delivery import MAX_CHARACTERS, RANGES, Delivery
from voiceassets.assets.labelling import Wish
from voiceassets.assets.models import AudioFormat, SynthesisRequest
from voiceassets.corpus.services import LANGUAGES
from voiceassets.jobs.kinds import QUEUE_OF, JobKind
from voiceassets.jobs.waiting import in_queue
from voiceassets.provenance.cue import Cue, Place
from voiceassets.registry import selectors as registry
from voiceassets.speakers import selectors as speakers
from voiceassets.speakers.models import Speaker
from voiceassets.tenants.permissions import Permission

AUTO = "auto"


def setting(name: str, **options: Any) -> serializers.FloatField:
    """A field for one of the engine's settings, within its range."""
    low, high = RANGES[name]
    return serializers.FloatField(min_value=low, max_value=high, required=False, **options)


class DeliveryShape(Shape):
    """How to speak; what is left out is the voice's own, and a seed is drawn and kept."""

    speed = setting("speed")
    top_k = serializers.IntegerField(
        min_value=int(RANGES["top_k"][0]), max_value=int(RANGES["top_k"][1]), required=False
    )
    top_p = setting("top_p")
    temperature = setting("temperature")
    repetition_penalty = setting("repetition_penalty")
    noise_scale = setting("noise_scale")
    volume_db = setting("volume_db", help_text="Louder or softer than the usual -18 LUFS.")
    pause_scale = setting("pause_scale", help_text="Lengthens the pauses between sentences.")
    seed = serializers.IntegerField(
        min_value=0, max_value=int(RANGES["seed"][1]), required=False, allow_null=True
    )


class Manner(Shape):
    """Who speaks, how, and where it is meant to be heard."""

    speaker = Id("spk")
    language = serializers.ChoiceField(choices=LANGUAGES, default=AUTO)
    style = serializers.CharField(max_length=64, default="default")  # type: ignore[assignment]
    version = Id("ver", required=False, help_text="A candidate to listen to before approving.")
    settings = DeliveryShape(default=dict)
    format = serializers.ChoiceField(choices=AudioFormat.values, default=AudioFormat.WAV.value)
    territory = serializers.CharField(
        max_length=8,
        default="",
        allow_blank=True,
        help_text="Where it is meant to be heard (CN, CN-SH); a limited consent asks for it.",
    )
    channel = serializers.CharField(
        max_length=32,
        default="",
        allow_blank=True,
        help_text="In which channel it is meant to be heard (web, ivr); likewise.",
    )
    commercial = serializers.BooleanField(default=False)


class LabelShape(Shape):
    """How people are to hear that this is AI-made."""

    cue = serializers.ChoiceField(
        choices=[cue.value for cue in Cue],
        required=False,
        help_text="`rhythm`: short long short short; `speech`: words in the text's language; "
        "`none` needs the permission `labels:exempt` and goes on record.",
    )
    place = serializers.ChoiceField(
        choices=[place.value for place in Place],
        required=False,
        help_text="A stream always has it at the start.",
    )
    because = serializers.CharField(
        max_length=2000, required=False, help_text="Why there is to be none."
    )


class NewSynthesis(Manner):
    label = LabelShape(required=False)  # type: ignore[assignment]
    text = serializers.CharField(
        max_length=MAX_CHARACTERS, help_text="Plain, with inline markup, or SSML."
    )
    batch = serializers.BooleanField(default=False, help_text="Wait behind interactive requests.")


class HowToAnswer(Shape):
    wait = serializers.IntegerField(
        min_value=0,
        max_value=speech.LONGEST_WAIT_S,
        default=0,
        help_text="Wait so many seconds for the audio to be released.",
    )
    stream = serializers.BooleanField(
        default=False, help_text="Answer with the sound itself while it is made (WAV)."
    )


class RequestAssetOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    state = serializers.CharField()
    reason = serializers.CharField()
    duration_ms = serializers.IntegerField(allow_null=True)


class SynthesisOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    speaker = serializers.CharField(source="speaker.public_id")
    version = serializers.CharField(source="version.public_id")
    consent = serializers.CharField(source="consent.public_id")
    text = serializers.CharField()
    language = serializers.CharField()
    style = serializers.CharField()  # type: ignore[assignment]
    settings = serializers.DictField()
    lexicon = serializers.ListField(child=serializers.DictField())
    format = serializers.CharField()
    preview = serializers.BooleanField()
    territory = serializers.CharField()
    channel = serializers.CharField()
    commercial = serializers.BooleanField()
    cue = serializers.CharField()
    cue_place = serializers.CharField()
    asset = RequestAssetOut()
    job = JobOut()
    created_at = serializers.DateTimeField()


class Synthesis(Endpoint):
    @operation(
        "synthesis.list",
        Permission.ASSETS_READ,
        query=SpeakerFilter,
        answer=SynthesisOut,
        paged=True,
    )
    def get(self, call: Call) -> Page:
        """What voices you may know of were asked to say, newest first."""
        return page(selectors.requests(call.actor, speaker=wanted_speaker(call)), call.query)

    @operation(
        "synthesis.create",
        Permission.SYNTHESIS_CREATE,
        body=NewSynthesis,
        query=HowToAnswer,
        answer=SynthesisOut,
        status=202,
        scoped=False,
        media=("audio/wav",),
    )
    def post(self, call: Call) -> HttpResponseBase:
        """Have a voice speak: 202 and a job, or 200 when `wait` sufficed, or the sound itself."""
        wait_s, stream = call.query["wait"], call.query["stream"]
        with ExitStack() as place:
            if wait_s or stream:
                place.enter_context(slot())
            request, told = ask(call, answer=not (wait_s or stream), streamed=stream, **call.body)
            if told is not None:
                return told
            if stream:
                return live.answer(call, request, place)
            ended = speech.wait(call, request.public_id, seconds=wait_s)
        if ended is None:
            return call.present(accepted(request))
        speech.require_released(ended)
        return call.present(Reply(row=ended, status=200))


class SynthesisDetail(Endpoint):
    @operation("synthesis.get", Permission.ASSETS_READ, answer=SynthesisOut)
    def get(self, call: Call, synthesis_id: str) -> SynthesisRequest:
        """One request with its job and asset."""
        return selectors.get_request(call.actor, synthesis_id)


def ask(
    call: Call,
    *,
    speaker: str,
    text: str,
    settings: dict[str, Any],
    version: str | None = None,
    **how: Any,
) -> tuple[SynthesisRequest, HttpResponseBase | None]:
    """`request_of` for a voice by its id."""
    return request_of(
        call,
        lambda: speakers.get_speaker(call.actor, speaker),
        text=text,
        version=version or "",
        settings=settings,
        **how,
    )


def accepted(request: SynthesisRequest) -> Reply:
    return Reply(row=request, headers=job_headers(request.job))


def request_of(
    call: Call,
    voice_of: Callable[[], Speaker],
    *,
    text: str,
    settings: dict[str, Any],
    version: str = "",
    label: dict[str, Any] | None = None,
    answer: bool = False,
    **how: Any,
) -> tuple[SynthesisRequest, HttpResponseBase | None]:
    """The request; with an Idempotency-Key that was sent before, the one it made then.

    A gate's refusal is put on record before it is raised. With `answer` that the request was
    accepted is all there is to say: it comes with it, and whoever sends the key again is told so.
    """
    voice: Speaker | None = None

    def refused(code: str) -> None:
        assert voice is not None, "a gate is asked about a voice"
        services.record_refusal(call.actor, speaker=voice, code=code)

    queue = QUEUE_OF[JobKind.SYNTHESIZE_BATCH if how.get("batch") else JobKind.SYNTHESIZE]
    waiting = in_queue(queue)
    with refusals.effect_on_record(call, refused) as made:
        if made:
            return selectors.get_request(call.actor, made), None
        voice = voice_of()
        waiting.require_room(call.tenant_id)
        request = services.request_synthesis(
            call.actor,
            speaker=voice,
            text=text,
            version=registry.get_version(call.actor, version) if version else None,
            delivery=Delivery(**settings),
            label=Wish(**(label or {})),
            **how,
        )
        if answer:
            return request, call.answer(accepted(request))
        call.remember(request.public_id)
        return request, None
