"""/v1/recordings: audio and video of a voice, what was measured of it, and what was decided."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.http.response import HttpResponseBase
from rest_framework import serializers

from voiceassets.api.declaration import Reply
from voiceassets.api.intake import kept
from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, page
from voiceassets.api.parsers import LimitedJSONParser, UploadParser
from voiceassets.api.shapes import Id, Shape
from voiceassets.api.v1.jobs import JobOut, job_headers
from voiceassets.api.v1.recording_files import arrived, transcript_kept
from voiceassets.api.v1.speakers import SpeakerFilter, wanted_speaker
from voiceassets.corpus import selectors, services
from voiceassets.corpus.inspection import inspect
from voiceassets.corpus.models import (
    DEFAULT_STYLE,
    STYLE_NAME,
    Recording,
    RecordingState,
    Segment,
)
from voiceassets.corpus.services import LANGUAGES
from voiceassets.corpus.transcripts import TranscriptFormat
from voiceassets.speakers import access
from voiceassets.speakers import selectors as speakers
from voiceassets.storage import uploads
from voiceassets.storage.models import Purpose
from voiceassets.tenants.permissions import Permission


class RecordingList(SpeakerFilter):
    state = serializers.ChoiceField(choices=RecordingState.values, required=False)


class TranscriptShape(Shape):
    """What is said: a file, or its text together with its format."""

    transcript = serializers.FileField(use_url=False, required=False)
    transcript_text = serializers.CharField(max_length=1_000_000, required=False)
    transcript_format = serializers.ChoiceField(
        choices=[f.value for f in TranscriptFormat],
        required=False,
        help_text="Of the text; a file shows it by its name (.list, .srt, .csv, .txt).",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "transcript" in attrs and "transcript_text" in attrs:
            raise serializers.ValidationError("Send the transcript once: as a file or as text.")
        if "transcript_text" in attrs and "transcript_format" not in attrs:
            raise serializers.ValidationError("Say the transcript_format of transcript_text.")
        return attrs


class NewTranscript(TranscriptShape):
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not {"transcript", "transcript_text"} & set(attrs):
            raise serializers.ValidationError("Send a transcript.", code="required")
        return super().validate(attrs)


class NewRecording(TranscriptShape):
    speaker = Id("spk")
    language = serializers.ChoiceField(choices=LANGUAGES)
    style = serializers.RegexField(  # type: ignore[assignment]
        STYLE_NAME,
        default=DEFAULT_STYLE,
        help_text="How it is spoken; voices get a reference clip of each style.",
    )
    file = serializers.FileField(use_url=False, required=False, allow_empty_file=True)
    upload = Id("upl", required=False, help_text="A ticket whose file was sent, instead of `file`.")
    name = serializers.CharField(
        max_length=255, required=False, trim_whitespace=False, help_text="Of the sent `upload`."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("file" in attrs) == ("upload" in attrs) or ("upload" in attrs) != ("name" in attrs):
            raise serializers.ValidationError(
                "Send either `file` (multipart), or `upload` and `name`.", code="required"
            )
        return super().validate(attrs)


class Review(Shape):
    accept = serializers.BooleanField()
    reason = serializers.CharField(max_length=2000)


class SegmentChange(Shape):
    text = serializers.CharField(max_length=2000, required=False)
    language = serializers.ChoiceField(choices=LANGUAGES[1:], required=False)
    included = serializers.BooleanField(
        required=False, help_text="True clears what was doubted; false leaves the segment out."
    )
    reason = serializers.CharField(max_length=2000)


class RecordingOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    speaker = serializers.CharField(source="speaker.public_id")
    name = serializers.CharField(source="original_name")
    language = serializers.CharField()
    style = serializers.CharField()  # type: ignore[assignment]
    derived_from = serializers.CharField(
        source="derived_from.public_id", allow_null=True, default=None
    )
    state = serializers.CharField()
    sha256 = serializers.CharField(source="object.sha256")
    size_bytes = serializers.IntegerField(source="object.size_bytes")
    facts = serializers.DictField()
    verdict = serializers.DictField(allow_null=True)
    failure = serializers.DictField(allow_null=True)
    transcript_format = serializers.CharField()
    job = JobOut(allow_null=True)
    created_at = serializers.DateTimeField()


class SegmentOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    position = serializers.IntegerField()
    start_ms = serializers.IntegerField()
    end_ms = serializers.IntegerField()
    text = serializers.CharField()
    language = serializers.CharField()
    sha256 = serializers.CharField()
    report = serializers.DictField(
        help_text="What was measured; `speaker_similarity` is the cosine to the recording's voice."
    )
    verdict = serializers.DictField()
    included = serializers.BooleanField()


class RecordingDetailOut(RecordingOut):
    report = serializers.DictField(allow_null=True)
    dropped = serializers.ListField(child=serializers.DictField())
    segments = SegmentOut(many=True)


class Recordings(Endpoint):
    parser_classes = (UploadParser, LimitedJSONParser)

    @operation(
        "recordings.list",
        Permission.RECORDINGS_READ,
        query=RecordingList,
        answer=RecordingOut,
        paged=True,
    )
    def get(self, call: Call) -> Page:
        """The recordings of voices you may know of, newest first."""
        speaker, state = wanted_speaker(call), call.query.get("state", "")
        return page(selectors.recordings(call.actor, speaker=speaker, state=state), call.query)

    @operation(
        "recordings.create",
        Permission.RECORDINGS_WRITE,
        body=NewRecording,
        answer=RecordingOut,
        status=201,
        location="/v1/recordings/{id}",
        scoped=False,
    )
    def post(self, call: Call) -> HttpResponseBase:
        """Send a recording, multipart or by a ticket; it is inspected at once, then prepared."""
        with call.scope():
            speaker = speakers.get_speaker(call.actor, call.body["speaker"])
            access.require(call.actor, speaker, "manage")
        with arrived(call) as sent:
            facts = inspect(sent.path, name=sent.name)
            file = kept(call, sent.path, purpose=Purpose.RECORDING, content_type=sent.content_type)
            with transcript_kept(call) as transcript, file as (stored, written), call.effect():
                if sent.upload is not None:
                    uploads.use_upload(call.actor, upload=sent.upload)
                recording = services.upload_recording(
                    call.actor,
                    speaker=speaker,
                    object=stored,
                    written=written,
                    facts=facts,
                    original_name=sent.name,
                    language=call.body["language"],
                    style=call.body["style"],
                    transcript=transcript,
                )
                return call.answer(recording)


class RecordingDetail(Endpoint):
    @operation("recordings.get", Permission.RECORDINGS_READ, answer=RecordingDetailOut)
    def get(self, call: Call, recording_id: str) -> Recording:
        """One recording with its report, verdict, segments, and what was dropped and why."""
        recording = selectors.get_recording(call.actor, recording_id)
        segments = selectors.segments(call.actor, recording=recording)
        prefetch_related_objects([recording], Prefetch("segments", queryset=segments))
        return recording

    @operation("recordings.delete", Permission.RECORDINGS_WRITE, status=204)
    def delete(self, call: Call, recording_id: str) -> None:
        """Erase the recording, its segments and transcript; what happened stays on record."""
        recording = selectors.get_recording(call.actor, recording_id)
        services.delete_recording(call.actor, recording=recording)


class RecordingTranscript(Endpoint):
    parser_classes = (UploadParser, LimitedJSONParser)

    @operation(
        "recordings.transcript",
        Permission.RECORDINGS_WRITE,
        body=NewTranscript,
        answer=RecordingOut,
        status=202,
        scoped=False,
    )
    def post(self, call: Call, recording_id: str) -> HttpResponseBase:
        """Give the recording its text, or a better one; it is prepared again."""
        with call.scope():
            selectors.get_recording(call.actor, recording_id)
        with transcript_kept(call) as transcript, call.effect():
            assert transcript is not None, "the shape requires one"
            recording = selectors.get_recording(call.actor, recording_id)
            return call.answer(
                services.supply_transcript(call.actor, recording=recording, transcript=transcript)
            )


class RecordingReview(Endpoint):
    @operation("recordings.review", Permission.RECORDINGS_REVIEW, body=Review, answer=RecordingOut)
    def post(self, call: Call, recording_id: str) -> Recording:
        """Decide, having listened, on a recording that measurements leave open."""
        recording = selectors.get_recording(call.actor, recording_id)
        return services.review(call.actor, recording=recording, **call.body)


class RecordingPrepare(Endpoint):
    @operation("recordings.prepare", Permission.RECORDINGS_WRITE, answer=RecordingOut, status=202)
    def post(self, call: Call, recording_id: str) -> Recording:
        """Try a recording whose preparation failed once more."""
        recording = selectors.get_recording(call.actor, recording_id)
        return services.prepare_again(call.actor, recording=recording)


class RecordingDenoise(Endpoint):
    @operation("recordings.denoise", Permission.RECORDINGS_WRITE, answer=JobOut, status=202)
    def post(self, call: Call, recording_id: str) -> Reply:
        """Have a copy with less noise made and prepared; the original stays as it is."""
        recording = selectors.get_recording(call.actor, recording_id)
        job = services.request_denoising(call.actor, recording=recording)
        return Reply(row=job, headers=job_headers(job))


class SegmentDetail(Endpoint):
    @operation(
        "segments.update", Permission.RECORDINGS_REVIEW, body=SegmentChange, answer=SegmentOut
    )
    def patch(self, call: Call, recording_id: str, segment_id: str) -> Segment:
        """Correct a segment's text, or decide, having listened, whether it counts."""
        recording = selectors.get_recording(call.actor, recording_id)
        segment = selectors.get_segment(call.actor, recording, segment_id)
        changes = {name: value for name, value in call.body.items() if name != "reason"}
        return services.edit_segment(
            call.actor,
            segment=segment,
            edit=services.SegmentEdit(**changes),
            reason=call.body["reason"],
        )
