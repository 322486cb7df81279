"""A client of the Voice Assets API. Written by `manage.py openapi`; do not edit.

    from voice_assets import VoiceAssets

    client = VoiceAssets("https://voices.example", key="va_live_…")
    for voice in client.speakers_list()["data"]:
        print(voice["name"])
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, NotRequired, TypedDict, cast
from urllib.parse import quote, urlencode

import urllib3

Files = Mapping[str, tuple[str, bytes]]


class ApiError(Exception):
    """A refusal: `code` is stable, `problem` is all that was said."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('code')}: {problem.get('detail')}")
        self.status, self.problem = status, problem
        self.code: str = str(problem.get("code", "unknown"))


Alignment = TypedDict("Alignment", {
    "character_end_times_seconds": 'list[float]',
    "character_start_times_seconds": 'list[float]',
    "characters": 'list[str]',
})


Appeal = TypedDict("Appeal", {
    "created_at": 'str',
    "first_signer": 'NotRequired[str | None]',
    "id": 'str',
    "no_go": 'str',
    "opened_by": 'str',
    "reason": 'str',
    "second_signer": 'NotRequired[str | None]',
    "speaker": 'NotRequired[str | None]',
    "state": 'str',
})


AppealPage = TypedDict("AppealPage", {
    "data": 'list[Appeal]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


Asset = TypedDict("Asset", {
    "created_at": 'str',
    "duration_ms": 'int | None',
    "format": 'str',
    "id": 'str',
    "pcm_sha256": 'str',
    "reason": 'str',
    "released_at": 'str | None',
    "sample_rate_hz": 'int | None',
    "seed": 'int | None',
    "sha256": 'NotRequired[str | None]',
    "size_bytes": 'NotRequired[int | None]',
    "speaker": 'str',
    "state": 'str',
    "synthesis": 'str',
    "version": 'str',
})


AssetDetail = TypedDict("AssetDetail", {
    "created_at": 'str',
    "duration_ms": 'int | None',
    "format": 'str',
    "id": 'str',
    "labels": 'NotRequired[dict[str, Any] | None]',
    "pcm_sha256": 'str',
    "reason": 'str',
    "released_at": 'str | None',
    "sample_rate_hz": 'int | None',
    "seed": 'int | None',
    "sha256": 'NotRequired[str | None]',
    "size_bytes": 'NotRequired[int | None]',
    "speaker": 'str',
    "state": 'str',
    "synthesis": 'str',
    "version": 'str',
})


AssetPage = TypedDict("AssetPage", {
    "data": 'list[Asset]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


Audible = TypedDict("Audible", {
    "at_ms": 'int',
    "cue": 'str',
    "language": 'str',
    "score": 'float',
})


Batch = TypedDict("Batch", {
    "created_at": 'str',
    "format": 'str',
    "id": 'str',
    "lines": 'int',
    "name": 'str',
    "refused": 'int',
    "released": 'int',
    "speaker": 'str',
    "state": 'str',
    "waiting": 'int',
})


BatchPage = TypedDict("BatchPage", {
    "data": 'list[Batch]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


Captions = TypedDict("Captions", {
    "duration_ms": 'int',
    "marks": 'list[Mark]',
    "notes": 'list[str]',
    "sentences": 'list[Sentence]',
    "unspoken": 'list[list[Any]]',
})


Consent = TypedDict("Consent", {
    "channels": 'list[str]',
    "created_at": 'str',
    "ends_at": 'str | None',
    "evidence_check": 'EvidenceCheck | None',
    "evidence_sha256": 'str',
    "id": 'str',
    "languages": 'list[str]',
    "notice_days": 'int',
    "person_name": 'str',
    "purposes": 'list[str]',
    "revoke_reason": 'str',
    "revoked_at": 'str | None',
    "speaker": 'str',
    "state": 'str',
    "supersedes": 'NotRequired[str | None]',
    "territories": 'list[str]',
    "valid_from": 'str',
    "valid_until": 'str | None',
    "wording": 'str',
    "wording_version": 'str',
})


ConsentPage = TypedDict("ConsentPage", {
    "data": 'list[Consent]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


Convert = TypedDict("Convert", {
    "apply_language_text_normalization": 'NotRequired[Any]',
    "apply_text_normalization": 'NotRequired[Any]',
    "language_code": 'NotRequired[Literal["auto", "zh", "en", "ja", "ko", "yue", None]]',
    "model_id": 'NotRequired[Any]',
    "next_request_ids": 'NotRequired[Any]',
    "next_text": 'NotRequired[Any]',
    "previous_request_ids": 'NotRequired[Any]',
    "previous_text": 'NotRequired[Any]',
    "pronunciation_dictionary_locators": 'NotRequired[Any]',
    "seed": 'NotRequired[int | None]',
    "text": 'str',
    "use_pvc_as_ivc": 'NotRequired[Any]',
    "voice_settings": 'NotRequired[VoiceSettings | None]',
})


Cost = TypedDict("Cost", {
    "audio_seconds": 'float',
    "characters": 'int',
    "cpu_seconds": 'float',
    "gpu_seconds": 'float',
    "group": 'str | None',
    "requests": 'int',
})


Costs = TypedDict("Costs", {
    "data": 'list[Cost]',
})


Could = TypedDict("Could", {
    "by": 'str',
    "end": 'str | None',
    "start": 'str',
    "who": 'str',
})


Credentials = TypedDict("Credentials", {
    "development": 'bool',
    "generated": 'bool',
    "signed_by": 'str',
    "sources": 'list[Source]',
    "state": 'Literal["Trusted", "Valid", "Invalid"]',
    "title": 'str',
})


Dataset = TypedDict("Dataset", {
    "clip_count": 'int',
    "clips_by_language": 'dict[str, int]',
    "content_hash": 'str',
    "coverage": 'dict[str, Any] | None',
    "created_at": 'str',
    "duration_ms": 'int',
    "failure": 'dict[str, Any] | None',
    "id": 'str',
    "job": 'Job | None',
    "name": 'str',
    "speaker": 'str',
    "state": 'str',
    "target_ms": 'int | None',
})


DatasetDetail = TypedDict("DatasetDetail", {
    "clip_count": 'int',
    "clips_by_language": 'dict[str, int]',
    "content_hash": 'str',
    "coverage": 'dict[str, Any] | None',
    "created_at": 'str',
    "duration_ms": 'int',
    "failure": 'dict[str, Any] | None',
    "id": 'str',
    "job": 'Job | None',
    "name": 'str',
    "selection": 'list[Decision] | None',
    "speaker": 'str',
    "state": 'str',
    "target_ms": 'int | None',
})


DatasetPage = TypedDict("DatasetPage", {
    "data": 'list[Dataset]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


Decision = TypedDict("Decision", {
    "is_chosen": 'bool',
    "reason": 'str',
    "segment": 'str',
})


Delivery = TypedDict("Delivery", {
    "attempts": 'int',
    "created_at": 'str',
    "delivered_at": 'str | None',
    "event": 'str',
    "id": 'str',
    "last_error": 'str',
    "last_status": 'int | None',
    "next_at": 'str',
    "state": 'str',
    "type": 'str',
})


DeliveryPage = TypedDict("DeliveryPage", {
    "data": 'list[Delivery]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


DeliveryShape = TypedDict("DeliveryShape", {
    "noise_scale": 'NotRequired[float]',
    "pause_scale": 'NotRequired[float]',
    "repetition_penalty": 'NotRequired[float]',
    "seed": 'NotRequired[int | None]',
    "speed": 'NotRequired[float]',
    "temperature": 'NotRequired[float]',
    "top_k": 'NotRequired[int]',
    "top_p": 'NotRequired[float]',
    "volume_db": 'NotRequired[float]',
})


Detail = TypedDict("Detail", {
    "message": 'str',
    "status": 'str',
})


Did = TypedDict("Did", {
    "action": 'str',
    "actor": 'str',
    "count": 'int',
    "first_at": 'str',
    "last_at": 'str',
    "who": 'str',
})


Edge = TypedDict("Edge", {
    "depth": 'int',
    "role": 'str',
    "source": 'Node',
    "target": 'Node',
})


ElevenLabsProblem = TypedDict("ElevenLabsProblem", {
    "code": 'str',
    "detail": 'Detail',
    "errors": 'NotRequired[list[ProblemError]]',
    "instance": 'str',
    "request_id": 'str',
    "status": 'int',
    "title": 'str',
    "type": 'str',
})


Error = TypedDict("Error", {
    "code": 'str',
    "message": 'str',
    "param": 'str | None',
    "type": 'str',
})


Evaluation = TypedDict("Evaluation", {
    "against": 'NotRequired[str | None]',
    "created_at": 'str',
    "falls": 'list[Fall]',
    "id": 'str',
    "metrics": 'dict[str, Any]',
    "occasion": 'str',
})


EvaluationPage = TypedDict("EvaluationPage", {
    "data": 'list[Evaluation]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


Event = TypedDict("Event", {
    "action": 'str',
    "actor_id": 'str',
    "actor_kind": 'str',
    "data": 'dict[str, Any]',
    "id": 'str',
    "object_id": 'str',
    "object_type": 'str',
    "occurred_at": 'str',
    "request_id": 'str',
    "retired_at": 'str | None',
    "seq": 'int',
    "trace_id": 'str',
})


EventPage = TypedDict("EventPage", {
    "data": 'list[Event]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


Evidence = TypedDict("Evidence", {
    "consent": 'str',
    "evidence_sha256": 'str',
    "state": 'str',
    "valid_from": 'str',
    "valid_until": 'str | None',
    "wording_version": 'str',
})


EvidenceCheck = TypedDict("EvidenceCheck", {
    "doubted": 'bool',
    "heard": 'str',
    "voice_by": 'str',
    "voice_most_percent": 'int | None',
    "voice_percent": 'int | None',
    "words_by": 'str',
    "words_doubt": 'str',
    "words_percent": 'int | None',
})


Fall = TypedDict("Fall", {
    "before": 'float',
    "measure": 'str',
    "now": 'float',
    "tolerated": 'float',
})


Finding = TypedDict("Finding", {
    "ai_generated": 'bool',
    "asset": 'NotRequired[FoundAsset | None]',
    "audible": 'NotRequired[Audible | None]',
    "basis": 'NotRequired[Literal["file", "samples", "sound", "label", "nothing"]]',
    "credentials": 'NotRequired[Credentials | None]',
    "file_sha256": 'NotRequired[str]',
    "label": 'NotRequired[dict[str, Any] | None]',
    "label_problem": 'NotRequired[str]',
    "laws": 'NotRequired[list[Verdict]]',
    "lineage": 'NotRequired[list[Edge]]',
    "made_by": 'str',
    "rights": 'NotRequired[str]',
    "watermark": 'NotRequired[Watermark | None]',
})


FineTune = TypedDict("FineTune", {
    "consent": 'str',
    "continues": 'NotRequired[str | None]',
    "created_at": 'str',
    "dataset": 'str',
    "id": 'str',
    "job": 'Job',
    "settings": 'dict[str, Any]',
    "speaker": 'str',
    "trial": 'bool',
    "version": 'NotRequired[str | None]',
})


FineTunePage = TypedDict("FineTunePage", {
    "data": 'list[FineTune]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


Forecast = TypedDict("Forecast", {
    "data": 'list[Lapse]',
})


FoundAsset = TypedDict("FoundAsset", {
    "id": 'str',
    "released_at": 'str | None',
    "speaker": 'str',
    "state": 'str',
    "version": 'str',
})


FoundFile = TypedDict("FoundFile", {
    "file": 'str',
})


Grant = TypedDict("Grant", {
    "user": 'str',
    "verbs": 'list[str]',
})


GrantPage = TypedDict("GrantPage", {
    "data": 'list[Grant]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


Growth = TypedDict("Growth", {
    "checkpoint": 'Signed',
    "consistency": 'list[str]',
})


Hold = TypedDict("Hold", {
    "id": 'str',
    "lifted_at": 'str | None',
    "lifted_by": 'str',
    "placed_at": 'str',
    "placed_by": 'str',
    "reason": 'str',
    "speaker": 'str',
})


HoldPage = TypedDict("HoldPage", {
    "data": 'list[Hold]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


Invitation = TypedDict("Invitation", {
    "accepted_at": 'str | None',
    "created_at": 'str',
    "email": 'str',
    "expires_at": 'str',
    "id": 'str',
    "role": 'str',
    "state": 'str',
})


InvitationPage = TypedDict("InvitationPage", {
    "data": 'list[Invitation]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


IssuedKey = TypedDict("IssuedKey", {
    "key": 'Key',
    "secret": 'str',
})


Job = TypedDict("Job", {
    "attempts": 'int',
    "cancel_requested": 'bool',
    "created_at": 'str',
    "error": 'Any',
    "finished_at": 'str | None',
    "id": 'str',
    "kind": 'str',
    "progress": 'Progress',
    "result": 'Any',
    "started_at": 'str | None',
    "state": 'str',
})


JobPage = TypedDict("JobPage", {
    "data": 'list[Job]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


Judgement = TypedDict("Judgement", {
    "override": 'NotRequired[str]',
    "reason": 'NotRequired[str]',
})


Key = TypedDict("Key", {
    "characters_per_month": 'int | None',
    "concurrent_requests": 'int | None',
    "created_at": 'str',
    "expires_at": 'str | None',
    "hint": 'str',
    "id": 'str',
    "last_used_at": 'str | None',
    "name": 'str',
    "networks": 'list[str]',
    "revoked_at": 'str | None',
    "scopes": 'list[str]',
    "user": 'str',
    "voices": 'list[str]',
})


KeyPage = TypedDict("KeyPage", {
    "data": 'list[Key]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


LabelShape = TypedDict("LabelShape", {
    "because": 'NotRequired[str]',
    "cue": 'NotRequired[Literal["rhythm", "speech", "none"]]',
    "place": 'NotRequired[Literal["start", "middle", "end"]]',
})


Lapse = TypedDict("Lapse", {
    "consent": 'str',
    "ends_at": 'str',
    "live_assets": 'int',
    "renewed": 'bool',
    "speaker": 'str',
})


Lexicon = TypedDict("Lexicon", {
    "changed_at": 'str | None',
    "entries": 'list[WordShape]',
})


Likeness = TypedDict("Likeness", {
    "score": 'float',
    "speaker": 'str',
})


Likenesses = TypedDict("Likenesses", {
    "data": 'list[Likeness]',
})


Line = TypedDict("Line", {
    "asset": 'str',
    "duration_ms": 'int | None',
    "id": 'str',
    "job": 'str',
    "line": 'str',
    "reason": 'str',
    "state": 'str',
})


LinePage = TypedDict("LinePage", {
    "data": 'list[Line]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


Lineage = TypedDict("Lineage", {
    "data": 'list[Edge]',
})


Link = TypedDict("Link", {
    "expires_at": 'str',
    "url": 'str',
})


Mark = TypedDict("Mark", {
    "at_ms": 'int',
    "name": 'str',
})


Me = TypedDict("Me", {
    "all_voices": 'bool',
    "key": 'str',
    "member": 'str',
    "permissions": 'list[str]',
    "role": 'str',
    "tenant": 'str',
    "tenant_slug": 'str',
    "user": 'str',
})


Member = TypedDict("Member", {
    "email": 'str',
    "id": 'str',
    "name": 'str',
    "role": 'str',
    "service": 'bool',
    "user": 'str',
})


MemberPage = TypedDict("MemberPage", {
    "data": 'list[Member]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


NewAppeal = TypedDict("NewAppeal", {
    "reason": 'str',
    "speaker": 'NotRequired[str]',
})


NewBatch = TypedDict("NewBatch", {
    "channel": 'NotRequired[str]',
    "commercial": 'NotRequired[bool]',
    "format": 'NotRequired[Literal["wav", "mp3", "flac", "ogg", "aac"]]',
    "language": 'NotRequired[Literal["auto", "zh", "en", "ja", "ko", "yue"]]',
    "lines": 'list[NewLine]',
    "name": 'NotRequired[str]',
    "settings": 'NotRequired[DeliveryShape]',
    "speaker": 'str',
    "style": 'NotRequired[str]',
    "territory": 'NotRequired[str]',
    "version": 'NotRequired[str]',
})


NewConsent = TypedDict("NewConsent", {
    "channels": 'NotRequired[list[str]]',
    "evidence": 'NotRequired[str | None]',
    "languages": 'NotRequired[list[str]]',
    "notice_days": 'NotRequired[int]',
    "person_name": 'str',
    "purposes": 'list[Literal["train", "synthesize", "publish", "commercial", "clone"]]',
    "speaker": 'str',
    "supersedes": 'NotRequired[str]',
    "territories": 'NotRequired[list[str]]',
    "valid_from": 'NotRequired[str]',
    "valid_until": 'NotRequired[str]',
    "wording": 'str',
    "wording_version": 'NotRequired[str]',
})


NewDataset = TypedDict("NewDataset", {
    "name": 'str',
    "recordings": 'list[str]',
    "speaker": 'str',
    "target_ms": 'NotRequired[int]',
})


NewErasure = TypedDict("NewErasure", {
    "ground": 'Literal["consent_withdrawn", "objection", "no_longer_needed", "unlawful", "legal_obligation"]',
})


NewEvidence = TypedDict("NewEvidence", {
    "evidence": 'str',
})


NewFineTune = TypedDict("NewFineTune", {
    "continues": 'NotRequired[str]',
    "dataset": 'str',
    "settings": 'NotRequired[TrainingShape]',
    "speaker": 'str',
})


NewGrant = TypedDict("NewGrant", {
    "user": 'str',
    "verbs": 'list[Literal["see", "use", "manage"]]',
})


NewInvitation = TypedDict("NewInvitation", {
    "email": 'str',
    "role": 'str',
    "valid_for_s": 'NotRequired[int]',
})


NewKey = TypedDict("NewKey", {
    "characters_per_month": 'NotRequired[int | None]',
    "concurrent_requests": 'NotRequired[int | None]',
    "expires_at": 'NotRequired[str | None]',
    "member": 'NotRequired[str]',
    "name": 'str',
    "networks": 'NotRequired[list[str]]',
    "scopes": 'NotRequired[list[Literal["assets:delete", "assets:download", "assets:read", "assets:rederive", "audit:read", "audit:search", "consents:read", "consents:write", "datasets:read", "datasets:write", "finetunes:create", "finetunes:read", "holds:read", "holds:write", "jobs:cancel", "jobs:read", "keys:read", "keys:write", "labels:exempt", "members:read", "members:write", "nogo:read", "nogo:sign", "nogo:write", "recordings:read", "recordings:review", "recordings:write", "speakers:erase", "speakers:grant", "speakers:read", "speakers:write", "synthesis:clone", "synthesis:create", "usage:read", "versions:approve", "versions:read", "versions:retire", "webhooks:read", "webhooks:write"]]]',
    "voices": 'NotRequired[list[str]]',
})


NewLexicon = TypedDict("NewLexicon", {
    "entries": 'NotRequired[list[WordShape]]',
    "pls": 'NotRequired[str]',
})


NewLine = TypedDict("NewLine", {
    "id": 'str',
    "text": 'str',
})


NewLink = TypedDict("NewLink", {
    "valid_for_s": 'NotRequired[int]',
})


NewNoGo = TypedDict("NewNoGo", {
    "file": 'str',
    "name": 'str',
    "reason": 'str',
})


NewRecording = TypedDict("NewRecording", {
    "file": 'NotRequired[str | None]',
    "language": 'Literal["auto", "zh", "en", "ja", "ko", "yue"]',
    "name": 'NotRequired[str]',
    "speaker": 'str',
    "style": 'NotRequired[str]',
    "transcript": 'NotRequired[str | None]',
    "transcript_format": 'NotRequired[Literal["list", "srt", "csv", "text"]]',
    "transcript_text": 'NotRequired[str]',
    "upload": 'NotRequired[str]',
})


NewRole = TypedDict("NewRole", {
    "all_voices": 'NotRequired[bool]',
    "name": 'str',
    "permissions": 'list[Literal["assets:delete", "assets:download", "assets:read", "assets:rederive", "audit:read", "audit:search", "consents:read", "consents:write", "datasets:read", "datasets:write", "finetunes:create", "finetunes:read", "holds:read", "holds:write", "jobs:cancel", "jobs:read", "keys:read", "keys:write", "labels:exempt", "members:read", "members:write", "nogo:read", "nogo:sign", "nogo:write", "recordings:read", "recordings:review", "recordings:write", "speakers:erase", "speakers:grant", "speakers:read", "speakers:write", "synthesis:clone", "synthesis:create", "usage:read", "versions:approve", "versions:read", "versions:retire", "webhooks:read", "webhooks:write"]]',
})


NewSearch = TypedDict("NewSearch", {
    "action": 'NotRequired[Literal["access.denied", "tenant.created", "tenant.limited", "tenant.entered", "member.added", "member.invited", "member.changed", "member.removed", "invitation.revoked", "role.created", "role.updated", "role.deleted", "session.opened", "session.closed", "session.others_ended", "session.refused", "password.changed", "password.reset", "authenticator.added", "authenticator.removed", "authenticator.codes_made", "identity.connected", "identity.disconnected", "account.closed", "key.issued", "key.refused", "key.rotated", "key.revoked", "upload.opened", "upload.expired", "object.uploaded", "object.erased", "speaker.created", "speaker.updated", "speaker.archived", "speaker.erasure_requested", "speaker.erased", "hold.placed", "hold.lifted", "voice.granted", "voice.withdrawn", "consent.recorded", "consent.activated", "consent.revoked", "consent.expired", "consent.superseded", "consent.notice_given", "consent.evidence_checked", "receipt.issued", "recording.uploaded", "recording.preparing", "recording.checked", "recording.failed", "recording.resubmitted", "recording.reviewed", "recording.deleted", "recording.denoise_requested", "recording.derived", "segment.edited", "transcript.supplied", "dataset.created", "dataset.freeze_requested", "dataset.frozen", "dataset.failed", "finetune.requested", "finetune.estimate_requested", "finetune.refused", "style.requested", "style.removal_requested", "style.refused", "evaluation.requested", "version.created", "version.evaluated", "version.fell", "version.approved", "version.rejected", "version.retired", "version.revoked", "no_go.added", "no_go.activated", "no_go.failed", "appeal.opened", "appeal.signed", "appeal.granted", "appeal.denied", "voiceprint.revoked", "lexicon.replaced", "synthesis.requested", "synthesis.refused", "batch.requested", "batch.cancelled", "asset.failed", "asset.released", "asset.downloaded", "asset.download_refused", "label.exempted", "asset.rederive_requested", "asset.rederived", "file.verified", "asset.deleted", "asset.revoked", "webhook.created", "webhook.changed", "webhook.rotated", "webhook.replayed", "job.succeeded", "job.failed", "job.cancelled", "job.cancel_requested", "search.created", "search.changed", "search.deleted", "audit.retired", ""]]',
    "actor_id": 'NotRequired[str]',
    "name": 'str',
    "object_id": 'NotRequired[str]',
    "since": 'NotRequired[str | None]',
    "trace_id": 'NotRequired[str]',
    "until": 'NotRequired[str | None]',
})


NewServiceAccount = TypedDict("NewServiceAccount", {
    "name": 'str',
    "role": 'str',
})


NewSpeaker = TypedDict("NewSpeaker", {
    "description": 'NotRequired[str]',
    "languages": 'NotRequired[list[str]]',
    "name": 'str',
})


NewStyle = TypedDict("NewStyle", {
    "clips": 'list[str]',
    "name": 'str',
    "timbre_clips": 'NotRequired[list[str]]',
})


NewSynthesis = TypedDict("NewSynthesis", {
    "batch": 'NotRequired[bool]',
    "channel": 'NotRequired[str]',
    "commercial": 'NotRequired[bool]',
    "format": 'NotRequired[Literal["wav", "mp3", "flac", "ogg", "aac"]]',
    "label": 'NotRequired[LabelShape]',
    "language": 'NotRequired[Literal["auto", "zh", "en", "ja", "ko", "yue"]]',
    "settings": 'NotRequired[DeliveryShape]',
    "speaker": 'str',
    "style": 'NotRequired[str]',
    "territory": 'NotRequired[str]',
    "text": 'str',
    "version": 'NotRequired[str]',
})


NewTranscript = TypedDict("NewTranscript", {
    "transcript": 'NotRequired[str | None]',
    "transcript_format": 'NotRequired[Literal["list", "srt", "csv", "text"]]',
    "transcript_text": 'NotRequired[str]',
})


NewUpload = TypedDict("NewUpload", {
    "content_type": 'NotRequired[str]',
    "size_bytes": 'int',
})


NewWebhook = TypedDict("NewWebhook", {
    "events": 'list[Literal["asset.failed", "asset.released", "asset.revoked", "batch.requested", "consent.expired", "consent.revoked", "dataset.frozen", "job.cancelled", "job.failed", "job.succeeded", "recording.checked", "synthesis.refused", "version.approved", "version.created", "version.fell", "version.retired", "version.revoked"]]',
    "url": 'str',
})


NoGo = TypedDict("NoGo", {
    "created_at": 'str',
    "failure": 'dict[str, Any] | None',
    "id": 'str',
    "job": 'str',
    "name": 'str',
    "reason": 'str',
    "state": 'str',
})


NoGoPage = TypedDict("NoGoPage", {
    "data": 'list[NoGo]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


Node = TypedDict("Node", {
    "id": 'str',
    "type": 'str',
})


OpenAIProblem = TypedDict("OpenAIProblem", {
    "code": 'str',
    "detail": 'str',
    "error": 'Error',
    "errors": 'NotRequired[list[ProblemError]]',
    "instance": 'str',
    "request_id": 'str',
    "status": 'int',
    "title": 'str',
    "type": 'str',
})


PatchedMemberChange = TypedDict("PatchedMemberChange", {
    "role": 'NotRequired[str]',
})


PatchedRoleChange = TypedDict("PatchedRoleChange", {
    "all_voices": 'NotRequired[bool]',
    "name": 'NotRequired[str]',
    "permissions": 'NotRequired[list[Literal["assets:delete", "assets:download", "assets:read", "assets:rederive", "audit:read", "audit:search", "consents:read", "consents:write", "datasets:read", "datasets:write", "finetunes:create", "finetunes:read", "holds:read", "holds:write", "jobs:cancel", "jobs:read", "keys:read", "keys:write", "labels:exempt", "members:read", "members:write", "nogo:read", "nogo:sign", "nogo:write", "recordings:read", "recordings:review", "recordings:write", "speakers:erase", "speakers:grant", "speakers:read", "speakers:write", "synthesis:clone", "synthesis:create", "usage:read", "versions:approve", "versions:read", "versions:retire", "webhooks:read", "webhooks:write"]]]',
})


PatchedSearchChange = TypedDict("PatchedSearchChange", {
    "action": 'NotRequired[Literal["access.denied", "tenant.created", "tenant.limited", "tenant.entered", "member.added", "member.invited", "member.changed", "member.removed", "invitation.revoked", "role.created", "role.updated", "role.deleted", "session.opened", "session.closed", "session.others_ended", "session.refused", "password.changed", "password.reset", "authenticator.added", "authenticator.removed", "authenticator.codes_made", "identity.connected", "identity.disconnected", "account.closed", "key.issued", "key.refused", "key.rotated", "key.revoked", "upload.opened", "upload.expired", "object.uploaded", "object.erased", "speaker.created", "speaker.updated", "speaker.archived", "speaker.erasure_requested", "speaker.erased", "hold.placed", "hold.lifted", "voice.granted", "voice.withdrawn", "consent.recorded", "consent.activated", "consent.revoked", "consent.expired", "consent.superseded", "consent.notice_given", "consent.evidence_checked", "receipt.issued", "recording.uploaded", "recording.preparing", "recording.checked", "recording.failed", "recording.resubmitted", "recording.reviewed", "recording.deleted", "recording.denoise_requested", "recording.derived", "segment.edited", "transcript.supplied", "dataset.created", "dataset.freeze_requested", "dataset.frozen", "dataset.failed", "finetune.requested", "finetune.estimate_requested", "finetune.refused", "style.requested", "style.removal_requested", "style.refused", "evaluation.requested", "version.created", "version.evaluated", "version.fell", "version.approved", "version.rejected", "version.retired", "version.revoked", "no_go.added", "no_go.activated", "no_go.failed", "appeal.opened", "appeal.signed", "appeal.granted", "appeal.denied", "voiceprint.revoked", "lexicon.replaced", "synthesis.requested", "synthesis.refused", "batch.requested", "batch.cancelled", "asset.failed", "asset.released", "asset.downloaded", "asset.download_refused", "label.exempted", "asset.rederive_requested", "asset.rederived", "file.verified", "asset.deleted", "asset.revoked", "webhook.created", "webhook.changed", "webhook.rotated", "webhook.replayed", "job.succeeded", "job.failed", "job.cancelled", "job.cancel_requested", "search.created", "search.changed", "search.deleted", "audit.retired", ""]]',
    "actor_id": 'NotRequired[str]',
    "name": 'NotRequired[str]',
    "object_id": 'NotRequired[str]',
    "since": 'NotRequired[str | None]',
    "trace_id": 'NotRequired[str]',
    "until": 'NotRequired[str | None]',
})


PatchedSegmentChange = TypedDict("PatchedSegmentChange", {
    "included": 'NotRequired[bool]',
    "language": 'NotRequired[Literal["zh", "en", "ja", "ko", "yue"]]',
    "reason": 'NotRequired[str]',
    "text": 'NotRequired[str]',
})


PatchedSpeakerChange = TypedDict("PatchedSpeakerChange", {
    "description": 'NotRequired[str]',
    "languages": 'NotRequired[list[str]]',
    "name": 'NotRequired[str]',
})


PatchedWebhookChange = TypedDict("PatchedWebhookChange", {
    "enabled": 'NotRequired[bool]',
    "events": 'NotRequired[list[Literal["asset.failed", "asset.released", "asset.revoked", "batch.requested", "consent.expired", "consent.revoked", "dataset.frozen", "job.cancelled", "job.failed", "job.succeeded", "recording.checked", "synthesis.refused", "version.approved", "version.created", "version.fell", "version.retired", "version.revoked"]]]',
    "url": 'NotRequired[str]',
})


Problem = TypedDict("Problem", {
    "code": 'str',
    "detail": 'str',
    "errors": 'NotRequired[list[ProblemError]]',
    "instance": 'str',
    "request_id": 'str',
    "status": 'int',
    "title": 'str',
    "type": 'str',
})


ProblemError = TypedDict("ProblemError", {
    "code": 'str',
    "detail": 'str',
    "pointer": 'str',
})


Progress = TypedDict("Progress", {
    "done": 'int',
    "eta_s": 'int | None',
    "stage": 'str',
    "total": 'int',
})


Proof = TypedDict("Proof", {
    "checkpoint": 'Signed | None',
    "leaf": 'dict[str, Any] | None',
    "leaf_hash": 'str',
    "path": 'list[Step]',
    "position": 'int',
    "seal": 'dict[str, Any]',
    "seal_hash": 'str',
    "seal_path": 'list[str]',
})


ProvenEvent = TypedDict("ProvenEvent", {
    "event": 'Event',
    "proof": 'Proof | None',
})


Reason = TypedDict("Reason", {
    "reason": 'str',
})


Receipt = TypedDict("Receipt", {
    "body": 'dict[str, Any]',
    "id": 'str',
    "key": 'str',
    "kind": 'str',
    "signature": 'str',
})


Recording = TypedDict("Recording", {
    "created_at": 'str',
    "derived_from": 'NotRequired[str | None]',
    "facts": 'dict[str, Any]',
    "failure": 'dict[str, Any] | None',
    "id": 'str',
    "job": 'Job | None',
    "language": 'str',
    "name": 'str',
    "sha256": 'str',
    "size_bytes": 'int',
    "speaker": 'str',
    "state": 'str',
    "style": 'str',
    "transcript_format": 'str',
    "verdict": 'dict[str, Any] | None',
})


RecordingDetail = TypedDict("RecordingDetail", {
    "created_at": 'str',
    "derived_from": 'NotRequired[str | None]',
    "dropped": 'list[dict[str, Any]]',
    "facts": 'dict[str, Any]',
    "failure": 'dict[str, Any] | None',
    "id": 'str',
    "job": 'Job | None',
    "language": 'str',
    "name": 'str',
    "report": 'dict[str, Any] | None',
    "segments": 'list[Segment]',
    "sha256": 'str',
    "size_bytes": 'int',
    "speaker": 'str',
    "state": 'str',
    "style": 'str',
    "transcript_format": 'str',
    "verdict": 'dict[str, Any] | None',
})


RecordingPage = TypedDict("RecordingPage", {
    "data": 'list[Recording]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


Rejection = TypedDict("Rejection", {
    "reason": 'str',
})


RequestAsset = TypedDict("RequestAsset", {
    "duration_ms": 'int | None',
    "id": 'str',
    "reason": 'str',
    "state": 'str',
})


Review = TypedDict("Review", {
    "accept": 'bool',
    "reason": 'str',
})


Revoked = TypedDict("Revoked", {
    "voiceprints": 'int',
})


Rights = TypedDict("Rights", {
    "allowed": 'bool',
    "code": 'str',
    "evidence": 'Evidence | None',
    "message": 'str',
    "on": 'str',
    "purpose": 'str',
    "until": 'str | None',
})


Role = TypedDict("Role", {
    "all_voices": 'bool',
    "id": 'str',
    "name": 'str',
    "permissions": 'list[str]',
})


RolePage = TypedDict("RolePage", {
    "data": 'list[Role]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


Rotation = TypedDict("Rotation", {
    "overlap_s": 'NotRequired[int]',
})


Search = TypedDict("Search", {
    "action": 'str',
    "actor_id": 'str',
    "created_at": 'str',
    "id": 'str',
    "name": 'str',
    "object_id": 'str',
    "since": 'str | None',
    "trace_id": 'str',
    "until": 'str | None',
})


SearchPage = TypedDict("SearchPage", {
    "data": 'list[Search]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


SecretRotation = TypedDict("SecretRotation", {
    "overlap_s": 'NotRequired[int]',
})


Segment = TypedDict("Segment", {
    "end_ms": 'int',
    "id": 'str',
    "included": 'bool',
    "language": 'str',
    "position": 'int',
    "report": 'dict[str, Any]',
    "sha256": 'str',
    "start_ms": 'int',
    "text": 'str',
    "verdict": 'dict[str, Any]',
})


Send = TypedDict("Send", {
    "headers": 'dict[str, str]',
    "method": 'str',
    "url": 'str',
})


Sentence = TypedDict("Sentence", {
    "attempts": 'int',
    "end": 'int',
    "end_ms": 'int',
    "faults": 'list[str]',
    "note": 'str',
    "start": 'int',
    "start_ms": 'int',
    "text": 'str',
    "timing": 'str | None',
    "words": 'list[Word]',
})


Signed = TypedDict("Signed", {
    "body": 'dict[str, Any]',
    "key": 'str',
    "signature": 'str',
})


SignedLineage = TypedDict("SignedLineage", {
    "data": 'list[Edge]',
    "proofs": 'list[Proof]',
    "statement": 'Signed',
})


Source = TypedDict("Source", {
    "id": 'str',
    "kind": 'str',
    "sha256": 'str',
})


Speak = TypedDict("Speak", {
    "input": 'str',
    "instructions": 'NotRequired[str]',
    "language": 'NotRequired[Literal["auto", "zh", "en", "ja", "ko", "yue"]]',
    "model": 'str',
    "response_format": 'NotRequired[Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]]',
    "speed": 'NotRequired[float]',
    "stream_format": 'NotRequired[Literal["audio", "sse"]]',
    "style": 'NotRequired[str]',
    "voice": 'str',
})


Speaker = TypedDict("Speaker", {
    "created_at": 'str',
    "description": 'str',
    "id": 'str',
    "languages": 'list[str]',
    "name": 'str',
    "state": 'str',
})


SpeakerPage = TypedDict("SpeakerPage", {
    "data": 'list[Speaker]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


Statement = TypedDict("Statement", {
    "language": 'str',
    "likeness_percent": 'int | None',
    "near_enough": 'bool | None',
    "text": 'str',
    "version": 'str',
})


Step = TypedDict("Step", {
    "hash": 'str',
    "side": 'str',
})


Style = TypedDict("Style", {
    "clips": 'int',
    "duration_ms": 'int',
    "name": 'str',
    "timbre_clips": 'int',
})


Synthesis = TypedDict("Synthesis", {
    "asset": 'RequestAsset',
    "channel": 'str',
    "commercial": 'bool',
    "consent": 'str',
    "created_at": 'str',
    "cue": 'str',
    "cue_place": 'str',
    "format": 'str',
    "id": 'str',
    "job": 'Job',
    "language": 'str',
    "lexicon": 'list[dict[str, Any]]',
    "preview": 'bool',
    "settings": 'dict[str, Any]',
    "speaker": 'str',
    "style": 'str',
    "territory": 'str',
    "text": 'str',
    "version": 'str',
})


SynthesisPage = TypedDict("SynthesisPage", {
    "data": 'list[Synthesis]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


TextToSpeechForm = TypedDict("TextToSpeechForm", {
    "aux_ref_audio_paths": 'NotRequired[Any]',
    "batch_size": 'NotRequired[Any]',
    "batch_threshold": 'NotRequired[Any]',
    "fragment_interval": 'NotRequired[Any]',
    "media_type": 'NotRequired[Literal["wav", "raw", "pcm", "mp3", "ogg", "aac", "flac"]]',
    "min_chunk_length": 'NotRequired[Any]',
    "noise_scale": 'NotRequired[float]',
    "overlap_length": 'NotRequired[Any]',
    "parallel_infer": 'NotRequired[Any]',
    "pause_scale": 'NotRequired[float]',
    "prompt_lang": 'NotRequired[Literal["auto", "zh", "en", "ja", "ko", "yue", "all_zh", "all_ja", "all_ko", "all_yue", "auto_yue", "jp", "中文", "英文", "日文", "韩文", "粤语", "多语种混合", "中英混合", "日英混合", "韩英混合", "粤英混合", ""]]',
    "prompt_text": 'NotRequired[str]',
    "ref_audio": 'NotRequired[str | None]',
    "ref_audio_path": 'NotRequired[Any]',
    "refer_wav_path": 'NotRequired[Any]',
    "repetition_penalty": 'NotRequired[float]',
    "sample_steps": 'NotRequired[Any]',
    "seed": 'NotRequired[int]',
    "speaker": 'str',
    "speed": 'NotRequired[float]',
    "split_bucket": 'NotRequired[Any]',
    "streaming_mode": 'NotRequired[bool]',
    "super_sampling": 'NotRequired[Any]',
    "temperature": 'NotRequired[float]',
    "text": 'str',
    "text_lang": 'NotRequired[Literal["auto", "zh", "en", "ja", "ko", "yue", "all_zh", "all_ja", "all_ko", "all_yue", "auto_yue", "jp", "中文", "英文", "日文", "韩文", "粤语", "多语种混合", "中英混合", "日英混合", "韩英混合", "粤英混合"]]',
    "text_language": 'NotRequired[Literal["auto", "zh", "en", "ja", "ko", "yue", "all_zh", "all_ja", "all_ko", "all_yue", "auto_yue", "jp", "中文", "英文", "日文", "韩文", "粤语", "多语种混合", "中英混合", "日英混合", "韩英混合", "粤英混合"]]',
    "text_split_method": 'NotRequired[str]',
    "top_k": 'NotRequired[int]',
    "top_p": 'NotRequired[float]',
    "volume_db": 'NotRequired[float]',
})


Ticket = TypedDict("Ticket", {
    "content_type": 'str',
    "declared_bytes": 'int',
    "expires_at": 'str',
    "id": 'str',
    "send": 'Send',
    "state": 'str',
})


Timed = TypedDict("Timed", {
    "alignment": 'Alignment | None',
    "audio_base64": 'str',
    "normalized_alignment": 'Alignment | None',
})


TrainingShape = TypedDict("TrainingShape", {
    "changes": 'NotRequired[dict[str, Any]]',
    "preset": 'NotRequired[Literal["auto", "demo", "minute", "short", "medium", "long"]]',
    "seed": 'NotRequired[int]',
})


Upload = TypedDict("Upload", {
    "content_type": 'str',
    "declared_bytes": 'int',
    "expires_at": 'str',
    "id": 'str',
    "state": 'str',
})


Usage = TypedDict("Usage", {
    "consents": 'list[Evidence]',
    "could": 'list[Could]',
    "did": 'list[Did]',
})


Verdict = TypedDict("Verdict", {
    "articles": 'str',
    "lacks": 'list[Literal["implicit", "audible", "credentials", "watermark"]]',
    "law": 'str',
    "met": 'bool',
    "name": 'str',
    "since": 'str',
})


Version = TypedDict("Version", {
    "base": 'str',
    "base_hash": 'str',
    "bundle_hash": 'str',
    "code_version": 'str',
    "consent": 'str',
    "created_at": 'str',
    "dataset": 'str',
    "dataset_hash": 'str',
    "id": 'str',
    "metrics": 'dict[str, Any]',
    "mlflow_run_id": 'str',
    "number": 'int',
    "speaker": 'str',
    "state": 'str',
    "styles": 'list[Style] | None',
})


VersionPage = TypedDict("VersionPage", {
    "data": 'list[Version]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


Voice = TypedDict("Voice", {
    "created_at": 'int',
    "id": 'str',
    "name": 'str',
    "object": 'NotRequired[str]',
    "styles": 'list[Style] | None',
})


VoicePage = TypedDict("VoicePage", {
    "data": 'list[Voice]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


VoiceSettings = TypedDict("VoiceSettings", {
    "similarity_boost": 'NotRequired[float | None]',
    "speed": 'NotRequired[float | None]',
    "stability": 'NotRequired[float | None]',
    "style": 'NotRequired[float | None]',
    "use_speaker_boost": 'NotRequired[bool | None]',
})


Watermark = TypedDict("Watermark", {
    "found": 'bool',
    "name": 'str',
    "score": 'float',
})


Webhook = TypedDict("Webhook", {
    "created_at": 'str',
    "disabled_reason": 'str',
    "enabled": 'bool',
    "events": 'list[str]',
    "id": 'str',
    "url": 'str',
})


WebhookPage = TypedDict("WebhookPage", {
    "data": 'list[Webhook]',
    "first_id": 'str | None',
    "has_more": 'bool',
    "last_id": 'str | None',
    "next_after": 'str | None',
})


WebhookSecret = TypedDict("WebhookSecret", {
    "secret": 'str',
    "webhook": 'Webhook',
})


Word = TypedDict("Word", {
    "end": 'int',
    "end_ms": 'int',
    "start": 'int',
    "start_ms": 'int',
    "text": 'str',
})


WordShape = TypedDict("WordShape", {
    "alphabet": 'Literal["pinyin", "arpabet", "kana", "phones", "alias"]',
    "case_sensitive": 'NotRequired[bool]',
    "value": 'str',
    "whole_word": 'NotRequired[bool]',
    "word": 'str',
})


class VoiceAssets:
    """Every operation as a method; its answer is the JSON, or the bytes of a file."""

    def __init__(self, base_url: str, *, key: str, timeout_s: float = 90.0) -> None:
        self._base, self._key = base_url.rstrip("/"), key
        self._pool = urllib3.PoolManager(timeout=timeout_s, retries=False)

    def close(self) -> None:
        """Give the connections back."""
        self._pool.clear()

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        files: Files | None = None,
        idempotency_key: str | None = None,
    ) -> Any:
        headers = {"Authorization": f"Bearer {self._key}"}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        options: dict[str, Any] = {}
        if files:
            options["fields"] = [*_form(body or {}), *files.items()]
        elif body is not None:
            headers["Content-Type"] = "application/json"
            options["body"] = json.dumps(body)
        wanted = {name: _word(value) for name, value in (query or {}).items() if value is not None}
        url = self._base + path + ("?" + urlencode(wanted) if wanted else "")
        answer = self._pool.request(method, url, headers=headers, **options)
        is_json = "json" in answer.headers.get("Content-Type", "")
        if answer.status >= 400:
            raise ApiError(answer.status, json.loads(answer.data) if is_json else {})
        if not is_json:
            return answer.data or None
        return json.loads(answer.data)

    def tts_get(self, *, speaker: str, text: str, aux_ref_audio_paths: Any | None = None, batch_size: Any | None = None, batch_threshold: Any | None = None, fragment_interval: Any | None = None, media_type: Literal["wav", "raw", "pcm", "mp3", "ogg", "aac", "flac"] | None = None, min_chunk_length: Any | None = None, noise_scale: float | None = None, overlap_length: Any | None = None, parallel_infer: Any | None = None, pause_scale: float | None = None, prompt_lang: Literal["auto", "zh", "en", "ja", "ko", "yue", "all_zh", "all_ja", "all_ko", "all_yue", "auto_yue", "jp", "中文", "英文", "日文", "韩文", "粤语", "多语种混合", "中英混合", "日英混合", "韩英混合", "粤英混合", ""] | None = None, prompt_text: str | None = None, ref_audio_path: Any | None = None, refer_wav_path: Any | None = None, repetition_penalty: float | None = None, sample_steps: Any | None = None, seed: int | None = None, speed: float | None = None, split_bucket: Any | None = None, streaming_mode: bool | None = None, super_sampling: Any | None = None, temperature: float | None = None, text_lang: Literal["auto", "zh", "en", "ja", "ko", "yue", "all_zh", "all_ja", "all_ko", "all_yue", "auto_yue", "jp", "中文", "英文", "日文", "韩文", "粤语", "多语种混合", "中英混合", "日英混合", "韩英混合", "粤英混合"] | None = None, text_language: Literal["auto", "zh", "en", "ja", "ko", "yue", "all_zh", "all_ja", "all_ko", "all_yue", "auto_yue", "jp", "中文", "英文", "日文", "韩文", "粤语", "多语种混合", "中英混合", "日英混合", "韩英混合", "粤英混合"] | None = None, text_split_method: str | None = None, top_k: int | None = None, top_p: float | None = None, volume_db: float | None = None) -> bytes:
        """Speak, and answer with the labelled audio."""
        return cast("bytes", self._call("GET", "/tts", query={"aux_ref_audio_paths": aux_ref_audio_paths, "batch_size": batch_size, "batch_threshold": batch_threshold, "fragment_interval": fragment_interval, "media_type": media_type, "min_chunk_length": min_chunk_length, "noise_scale": noise_scale, "overlap_length": overlap_length, "parallel_infer": parallel_infer, "pause_scale": pause_scale, "prompt_lang": prompt_lang, "prompt_text": prompt_text, "ref_audio_path": ref_audio_path, "refer_wav_path": refer_wav_path, "repetition_penalty": repetition_penalty, "sample_steps": sample_steps, "seed": seed, "speaker": speaker, "speed": speed, "split_bucket": split_bucket, "streaming_mode": streaming_mode, "super_sampling": super_sampling, "temperature": temperature, "text": text, "text_lang": text_lang, "text_language": text_language, "text_split_method": text_split_method, "top_k": top_k, "top_p": top_p, "volume_db": volume_db}))

    def tts_post(self, body: TextToSpeechForm, *, files: Files | None = None, idempotency_key: str | None = None) -> bytes:
        """Speak, and answer with the labelled audio."""
        return cast("bytes", self._call("POST", "/tts", body=body, files=files, idempotency_key=idempotency_key))

    def appeals_deny(self, appeal_id: str, *, idempotency_key: str | None = None) -> Appeal:
        """Let the entry stand."""
        return cast("Appeal", self._call("POST", f"/v1/appeals/{quote(appeal_id, safe='')}/deny", idempotency_key=idempotency_key))

    def appeals_sign(self, appeal_id: str, *, idempotency_key: str | None = None) -> Appeal:
        """Agree; the second of two people who agree grants the appeal."""
        return cast("Appeal", self._call("POST", f"/v1/appeals/{quote(appeal_id, safe='')}/sign", idempotency_key=idempotency_key))

    def assets_list(self, *, after: str | None = None, limit: int | None = None, since: str | None = None, speaker: str | None = None, state: Literal["generating", "released", "refused", "failed", "revoked", "deleted"] | None = None, until: str | None = None) -> AssetPage:
        """The audio of voices you may know of, newest first."""
        return cast("AssetPage", self._call("GET", "/v1/assets", query={"after": after, "limit": limit, "since": since, "speaker": speaker, "state": state, "until": until}))

    def assets_delete(self, asset_id: str, *, idempotency_key: str | None = None) -> None:
        """Erase the audio; the record of what was said, and by what right, stays."""
        return cast("None", self._call("DELETE", f"/v1/assets/{quote(asset_id, safe='')}", idempotency_key=idempotency_key))

    def assets_get(self, asset_id: str) -> AssetDetail:
        """One asset with the labels its file carries."""
        return cast("AssetDetail", self._call("GET", f"/v1/assets/{quote(asset_id, safe='')}"))

    def assets_download(self, asset_id: str) -> bytes:
        """The released, labelled file; the download goes on record."""
        return cast("bytes", self._call("GET", f"/v1/assets/{quote(asset_id, safe='')}/audio"))

    def assets_lineage(self, asset_id: str) -> SignedLineage:
        """What the asset came from, as a graph and as a statement that the operator signs."""
        return cast("SignedLineage", self._call("GET", f"/v1/assets/{quote(asset_id, safe='')}/lineage"))

    def assets_link(self, asset_id: str, body: NewLink | None = None, *, idempotency_key: str | None = None) -> Link:
        """A link to the released, labelled file that needs no key, such as for a player."""
        return cast("Link", self._call("POST", f"/v1/assets/{quote(asset_id, safe='')}/link", body=body, idempotency_key=idempotency_key))

    def assets_rederive(self, asset_id: str, *, idempotency_key: str | None = None) -> Job:
        """Speak it again from its receipt: the job's `result` says `equal`, or where it differs."""
        return cast("Job", self._call("POST", f"/v1/assets/{quote(asset_id, safe='')}/rederive", idempotency_key=idempotency_key))

    def audio_speech(self, body: Speak, *, idempotency_key: str | None = None) -> bytes:
        """Speak, and send the sound while it is made."""
        return cast("bytes", self._call("POST", "/v1/audio/speech", body=body, idempotency_key=idempotency_key))

    def audio_voices(self, *, after: str | None = None, limit: int | None = None, name: str | None = None, since: str | None = None, until: str | None = None) -> VoicePage:
        """The voices you may know of with an approved version, and its styles; newest first."""
        return cast("VoicePage", self._call("GET", "/v1/audio/voices", query={"after": after, "limit": limit, "name": name, "since": since, "until": until}))

    def audit_list(self, *, action: Literal["access.denied", "tenant.created", "tenant.limited", "tenant.entered", "member.added", "member.invited", "member.changed", "member.removed", "invitation.revoked", "role.created", "role.updated", "role.deleted", "session.opened", "session.closed", "session.others_ended", "session.refused", "password.changed", "password.reset", "authenticator.added", "authenticator.removed", "authenticator.codes_made", "identity.connected", "identity.disconnected", "account.closed", "key.issued", "key.refused", "key.rotated", "key.revoked", "upload.opened", "upload.expired", "object.uploaded", "object.erased", "speaker.created", "speaker.updated", "speaker.archived", "speaker.erasure_requested", "speaker.erased", "hold.placed", "hold.lifted", "voice.granted", "voice.withdrawn", "consent.recorded", "consent.activated", "consent.revoked", "consent.expired", "consent.superseded", "consent.notice_given", "consent.evidence_checked", "receipt.issued", "recording.uploaded", "recording.preparing", "recording.checked", "recording.failed", "recording.resubmitted", "recording.reviewed", "recording.deleted", "recording.denoise_requested", "recording.derived", "segment.edited", "transcript.supplied", "dataset.created", "dataset.freeze_requested", "dataset.frozen", "dataset.failed", "finetune.requested", "finetune.estimate_requested", "finetune.refused", "style.requested", "style.removal_requested", "style.refused", "evaluation.requested", "version.created", "version.evaluated", "version.fell", "version.approved", "version.rejected", "version.retired", "version.revoked", "no_go.added", "no_go.activated", "no_go.failed", "appeal.opened", "appeal.signed", "appeal.granted", "appeal.denied", "voiceprint.revoked", "lexicon.replaced", "synthesis.requested", "synthesis.refused", "batch.requested", "batch.cancelled", "asset.failed", "asset.released", "asset.downloaded", "asset.download_refused", "label.exempted", "asset.rederive_requested", "asset.rederived", "file.verified", "asset.deleted", "asset.revoked", "webhook.created", "webhook.changed", "webhook.rotated", "webhook.replayed", "job.succeeded", "job.failed", "job.cancelled", "job.cancel_requested", "search.created", "search.changed", "search.deleted", "audit.retired"] | None = None, actor_id: str | None = None, after: str | None = None, limit: int | None = None, object_id: str | None = None, since: str | None = None, trace_id: str | None = None, until: str | None = None) -> EventPage:
        """The tenant's events, newest first."""
        return cast("EventPage", self._call("GET", "/v1/audit", query={"action": action, "actor_id": actor_id, "after": after, "limit": limit, "object_id": object_id, "since": since, "trace_id": trace_id, "until": until}))

    def audit_consistency(self, *, since: int) -> Growth:
        """The newest checkpoint, with the proof that the log only grew since an older one."""
        return cast("Growth", self._call("GET", "/v1/audit/consistency", query={"since": since}))

    def audit_searches_list(self, *, after: str | None = None, limit: int | None = None, name: str | None = None, since: str | None = None, until: str | None = None) -> SearchPage:
        """The company's saved searches, newest first."""
        return cast("SearchPage", self._call("GET", "/v1/audit/searches", query={"after": after, "limit": limit, "name": name, "since": since, "until": until}))

    def audit_searches_create(self, body: NewSearch, *, idempotency_key: str | None = None) -> Search:
        """Keep a search under a name that no other has."""
        return cast("Search", self._call("POST", "/v1/audit/searches", body=body, idempotency_key=idempotency_key))

    def audit_searches_delete(self, search_id: str, *, idempotency_key: str | None = None) -> None:
        """Remove it."""
        return cast("None", self._call("DELETE", f"/v1/audit/searches/{quote(search_id, safe='')}", idempotency_key=idempotency_key))

    def audit_searches_get(self, search_id: str) -> Search:
        """One saved search."""
        return cast("Search", self._call("GET", f"/v1/audit/searches/{quote(search_id, safe='')}"))

    def audit_searches_update(self, search_id: str, body: PatchedSearchChange | None = None, *, idempotency_key: str | None = None) -> Search:
        """Change its name, or what it asks for."""
        return cast("Search", self._call("PATCH", f"/v1/audit/searches/{quote(search_id, safe='')}", body=body, idempotency_key=idempotency_key))

    def audit_searches_events(self, search_id: str, *, after: str | None = None, limit: int | None = None, since: str | None = None, until: str | None = None) -> EventPage:
        """The events it finds now, newest first; `since` and `until` here come before its own."""
        return cast("EventPage", self._call("GET", f"/v1/audit/searches/{quote(search_id, safe='')}/events", query={"after": after, "limit": limit, "since": since, "until": until}))

    def audit_get(self, event_id: str) -> ProvenEvent:
        """One event with its proof."""
        return cast("ProvenEvent", self._call("GET", f"/v1/audit/{quote(event_id, safe='')}"))

    def batches_list(self, *, after: str | None = None, limit: int | None = None, since: str | None = None, speaker: str | None = None, until: str | None = None) -> BatchPage:
        """The batches of voices you may know of, newest first."""
        return cast("BatchPage", self._call("GET", "/v1/batches", query={"after": after, "limit": limit, "since": since, "speaker": speaker, "until": until}))

    def batches_create(self, body: NewBatch, *, idempotency_key: str | None = None) -> Batch:
        """Have a voice say many lines. All are accepted or none; each ends by itself."""
        return cast("Batch", self._call("POST", "/v1/batches", body=body, idempotency_key=idempotency_key))

    def batches_get(self, batch_id: str) -> Batch:
        """How many lines are spoken, refused, or wait."""
        return cast("Batch", self._call("GET", f"/v1/batches/{quote(batch_id, safe='')}"))

    def batches_archive(self, batch_id: str) -> bytes:
        """What is released so far in one ZIP, with a manifest; every download goes on record."""
        return cast("bytes", self._call("GET", f"/v1/batches/{quote(batch_id, safe='')}/archive"))

    def batches_cancel(self, batch_id: str, *, idempotency_key: str | None = None) -> Batch:
        """Stop the lines that have not ended; what is spoken stays."""
        return cast("Batch", self._call("POST", f"/v1/batches/{quote(batch_id, safe='')}/cancel", idempotency_key=idempotency_key))

    def batches_lines(self, batch_id: str, *, after: str | None = None, limit: int | None = None, since: str | None = None, state: Literal["generating", "released", "refused", "failed", "revoked", "deleted"] | None = None, until: str | None = None) -> LinePage:
        """Every line with its state; what is released can be fetched at once."""
        return cast("LinePage", self._call("GET", f"/v1/batches/{quote(batch_id, safe='')}/lines", query={"after": after, "limit": limit, "since": since, "state": state, "until": until}))

    def consents_list(self, *, after: str | None = None, limit: int | None = None, since: str | None = None, speaker: str | None = None, state: Literal["pending", "active", "expired", "superseded", "revoked"] | None = None, until: str | None = None) -> ConsentPage:
        """The consents of voices you may know of, newest first."""
        return cast("ConsentPage", self._call("GET", "/v1/consents", query={"after": after, "limit": limit, "since": since, "speaker": speaker, "state": state, "until": until}))

    def consents_create(self, body: NewConsent, *, files: Files | None = None, idempotency_key: str | None = None) -> Consent:
        """Record a consent: JSON, or multipart with its evidence, which makes it active."""
        return cast("Consent", self._call("POST", "/v1/consents", body=body, files=files, idempotency_key=idempotency_key))

    def consents_get(self, consent_id: str) -> Consent:
        """One consent."""
        return cast("Consent", self._call("GET", f"/v1/consents/{quote(consent_id, safe='')}"))

    def consents_attach_evidence(self, consent_id: str, body: NewEvidence, *, files: Files | None = None, idempotency_key: str | None = None) -> Consent:
        """Give a pending consent its evidence: from now on it is active."""
        return cast("Consent", self._call("POST", f"/v1/consents/{quote(consent_id, safe='')}/evidence", body=body, files=files, idempotency_key=idempotency_key))

    def consents_give_notice(self, consent_id: str, body: Reason, *, idempotency_key: str | None = None) -> Consent:
        """Let the consent end when the agreed notice period has passed; it stands until then."""
        return cast("Consent", self._call("POST", f"/v1/consents/{quote(consent_id, safe='')}/notice", body=body, idempotency_key=idempotency_key))

    def consents_receipt(self, consent_id: str) -> Receipt:
        """The signed receipt of a revocation: what was stopped, withdrawn, deleted and kept."""
        return cast("Receipt", self._call("GET", f"/v1/consents/{quote(consent_id, safe='')}/receipt"))

    def consents_receipt_page(self, consent_id: str) -> bytes:
        """The same receipt as one page to print."""
        return cast("bytes", self._call("GET", f"/v1/consents/{quote(consent_id, safe='')}/receipt.html"))

    def consents_receipt_pdf(self, consent_id: str) -> bytes:
        """The same receipt as a PDF."""
        return cast("bytes", self._call("GET", f"/v1/consents/{quote(consent_id, safe='')}/receipt.pdf"))

    def consents_revoke(self, consent_id: str, body: Reason, *, idempotency_key: str | None = None) -> Consent:
        """Take the consent back: from now on nothing is made, released or downloaded under it."""
        return cast("Consent", self._call("POST", f"/v1/consents/{quote(consent_id, safe='')}/revoke", body=body, idempotency_key=idempotency_key))

    def datasets_list(self, *, after: str | None = None, limit: int | None = None, since: str | None = None, speaker: str | None = None, state: Literal["draft", "freezing", "frozen", "failed"] | None = None, until: str | None = None) -> DatasetPage:
        """The datasets of voices you may know of, newest first."""
        return cast("DatasetPage", self._call("GET", "/v1/datasets", query={"after": after, "limit": limit, "since": since, "speaker": speaker, "state": state, "until": until}))

    def datasets_create(self, body: NewDataset, *, idempotency_key: str | None = None) -> Dataset:
        """A draft of all usable segments of some accepted recordings of one voice."""
        return cast("Dataset", self._call("POST", "/v1/datasets", body=body, idempotency_key=idempotency_key))

    def datasets_get(self, dataset_id: str) -> DatasetDetail:
        """One dataset."""
        return cast("DatasetDetail", self._call("GET", f"/v1/datasets/{quote(dataset_id, safe='')}"))

    def datasets_freeze(self, dataset_id: str, *, idempotency_key: str | None = None) -> Dataset:
        """Have the draft written down as a content-hashed manifest; nothing changes it after."""
        return cast("Dataset", self._call("POST", f"/v1/datasets/{quote(dataset_id, safe='')}/freeze", idempotency_key=idempotency_key))

    def finetunes_list(self, *, after: str | None = None, limit: int | None = None, since: str | None = None, speaker: str | None = None, state: Literal["queued", "running", "succeeded", "failed", "cancelled"] | None = None, until: str | None = None) -> FineTunePage:
        """The fine-tunes of voices you may know of, newest first."""
        return cast("FineTunePage", self._call("GET", "/v1/finetunes", query={"after": after, "limit": limit, "since": since, "speaker": speaker, "state": state, "until": until}))

    def finetunes_create(self, body: NewFineTune, *, idempotency_key: str | None = None) -> FineTune:
        """Train the voice; follow the job at `Location`. A refusal for want of consent is kept."""
        return cast("FineTune", self._call("POST", "/v1/finetunes", body=body, idempotency_key=idempotency_key))

    def finetunes_estimate(self, body: NewFineTune, *, idempotency_key: str | None = None) -> FineTune:
        """Say what training the voice would cost on the worker's machine, before it is asked for."""
        return cast("FineTune", self._call("POST", "/v1/finetunes/estimates", body=body, idempotency_key=idempotency_key))

    def finetunes_get(self, finetune_id: str) -> FineTune:
        """One fine-tune with its job, and its version once there is one."""
        return cast("FineTune", self._call("GET", f"/v1/finetunes/{quote(finetune_id, safe='')}"))

    def invitations_list(self, *, after: str | None = None, email: str | None = None, limit: int | None = None, since: str | None = None, until: str | None = None) -> InvitationPage:
        """Who was asked to join, and what came of it."""
        return cast("InvitationPage", self._call("GET", "/v1/invitations", query={"after": after, "email": email, "limit": limit, "since": since, "until": until}))

    def invitations_create(self, body: NewInvitation, *, idempotency_key: str | None = None) -> Invitation:
        """Ask somebody to join: a mail with a link that works once. An earlier one ends."""
        return cast("Invitation", self._call("POST", "/v1/invitations", body=body, idempotency_key=idempotency_key))

    def invitations_revoke(self, invitation_id: str, *, idempotency_key: str | None = None) -> Invitation:
        """From now on the link opens nothing."""
        return cast("Invitation", self._call("POST", f"/v1/invitations/{quote(invitation_id, safe='')}/revoke", idempotency_key=idempotency_key))

    def jobs_list(self, *, after: str | None = None, kind: Literal["prepare", "freeze", "denoise", "finetune", "estimate", "style", "evaluate", "embed", "listen", "synthesize", "synthesize_batch", "rederive"] | None = None, limit: int | None = None, since: str | None = None, state: Literal["queued", "running", "succeeded", "failed", "cancelled"] | None = None, until: str | None = None) -> JobPage:
        """The tenant's jobs, newest first."""
        return cast("JobPage", self._call("GET", "/v1/jobs", query={"after": after, "kind": kind, "limit": limit, "since": since, "state": state, "until": until}))

    def jobs_get(self, job_id: str) -> Job:
        """One job: its state, progress, and result or error."""
        return cast("Job", self._call("GET", f"/v1/jobs/{quote(job_id, safe='')}"))

    def jobs_cancel(self, job_id: str, *, idempotency_key: str | None = None) -> Job:
        """Stop a job: at once while it waits, at its next safe point while it runs."""
        return cast("Job", self._call("POST", f"/v1/jobs/{quote(job_id, safe='')}/cancel", idempotency_key=idempotency_key))

    def jobs_events(self, job_id: str) -> bytes:
        """The job's progress as server-sent events, for a minute; resume with `Last-Event-ID`."""
        return cast("bytes", self._call("GET", f"/v1/jobs/{quote(job_id, safe='')}/events"))

    def keys_list(self, *, after: str | None = None, limit: int | None = None, name: str | None = None, since: str | None = None, state: Literal["live", "expired", "revoked"] | None = None, until: str | None = None, user: str | None = None) -> KeyPage:
        """The tenant's keys, without their secrets."""
        return cast("KeyPage", self._call("GET", "/v1/keys", query={"after": after, "limit": limit, "name": name, "since": since, "state": state, "until": until, "user": user}))

    def keys_issue(self, body: NewKey, *, idempotency_key: str | None = None) -> IssuedKey:
        """A new key; keep its `secret`, nobody can show it again."""
        return cast("IssuedKey", self._call("POST", "/v1/keys", body=body, idempotency_key=idempotency_key))

    def keys_revoke(self, key_id: str, *, idempotency_key: str | None = None) -> Key:
        """From now on this key opens nothing."""
        return cast("Key", self._call("POST", f"/v1/keys/{quote(key_id, safe='')}/revoke", idempotency_key=idempotency_key))

    def keys_rotate(self, key_id: str, body: Rotation | None = None, *, idempotency_key: str | None = None) -> IssuedKey:
        """A successor with the same rights; the old key works on for a while, so none is missed."""
        return cast("IssuedKey", self._call("POST", f"/v1/keys/{quote(key_id, safe='')}/rotate", body=body, idempotency_key=idempotency_key))

    def lexicon_get(self) -> Lexicon:
        """The words that every voice of the tenant reads so."""
        return cast("Lexicon", self._call("GET", "/v1/lexicon"))

    def lexicon_replace(self, body: NewLexicon | None = None, *, idempotency_key: str | None = None) -> Lexicon:
        """Replace them; requests that were made before keep the readings they were made with."""
        return cast("Lexicon", self._call("PUT", "/v1/lexicon", body=body, idempotency_key=idempotency_key))

    def lexicon_pls(self) -> bytes:
        """The tenant's words as a document of the Pronunciation Lexicon Specification 1.0."""
        return cast("bytes", self._call("GET", "/v1/lexicon.pls"))

    def me_get(self) -> Me:
        """What your key stands for."""
        return cast("Me", self._call("GET", "/v1/me"))

    def members_list(self, *, after: str | None = None, limit: int | None = None, name: str | None = None, service: bool | None = None, since: str | None = None, until: str | None = None) -> MemberPage:
        """The tenant's people, service accounts included, and their roles."""
        return cast("MemberPage", self._call("GET", "/v1/members", query={"after": after, "limit": limit, "name": name, "service": service, "since": since, "until": until}))

    def members_remove(self, member_id: str, *, idempotency_key: str | None = None) -> None:
        """End a membership: its keys open nothing, and its voices are withdrawn."""
        return cast("None", self._call("DELETE", f"/v1/members/{quote(member_id, safe='')}", idempotency_key=idempotency_key))

    def members_get(self, member_id: str) -> Member:
        """One member."""
        return cast("Member", self._call("GET", f"/v1/members/{quote(member_id, safe='')}"))

    def members_update(self, member_id: str, body: PatchedMemberChange | None = None, *, idempotency_key: str | None = None) -> Member:
        """Give a member another role; their keys and sessions follow at once."""
        return cast("Member", self._call("PATCH", f"/v1/members/{quote(member_id, safe='')}", body=body, idempotency_key=idempotency_key))

    def no_go_list(self, *, after: str | None = None, limit: int | None = None, since: str | None = None, state: Literal["waiting", "active", "failed", "lifted"] | None = None, until: str | None = None) -> NoGoPage:
        """The voices that are refused here, newest first."""
        return cast("NoGoPage", self._call("GET", "/v1/no-go", query={"after": after, "limit": limit, "since": since, "state": state, "until": until}))

    def no_go_add(self, body: NewNoGo, *, files: Files | None = None, idempotency_key: str | None = None) -> NoGo:
        """Refuse a voice from now on: in recordings, and in training."""
        return cast("NoGo", self._call("POST", "/v1/no-go", body=body, files=files, idempotency_key=idempotency_key))

    def no_go_get(self, no_go_id: str) -> NoGo:
        """One entry."""
        return cast("NoGo", self._call("GET", f"/v1/no-go/{quote(no_go_id, safe='')}"))

    def no_go_appeals_list(self, no_go_id: str, *, after: str | None = None, limit: int | None = None, since: str | None = None, state: Literal["open", "granted", "denied"] | None = None, until: str | None = None) -> AppealPage:
        """The appeals against one entry, newest first."""
        return cast("AppealPage", self._call("GET", f"/v1/no-go/{quote(no_go_id, safe='')}/appeals", query={"after": after, "limit": limit, "since": since, "state": state, "until": until}))

    def no_go_appeals_open(self, no_go_id: str, body: NewAppeal, *, idempotency_key: str | None = None) -> Appeal:
        """Say that an entry should not stand, for one voice or at all."""
        return cast("Appeal", self._call("POST", f"/v1/no-go/{quote(no_go_id, safe='')}/appeals", body=body, idempotency_key=idempotency_key))

    def recordings_list(self, *, after: str | None = None, limit: int | None = None, since: str | None = None, speaker: str | None = None, state: Literal["uploaded", "preparing", "needs_transcript", "needs_review", "accepted", "rejected", "failed", "deleted"] | None = None, until: str | None = None) -> RecordingPage:
        """The recordings of voices you may know of, newest first."""
        return cast("RecordingPage", self._call("GET", "/v1/recordings", query={"after": after, "limit": limit, "since": since, "speaker": speaker, "state": state, "until": until}))

    def recordings_create(self, body: NewRecording, *, files: Files | None = None, idempotency_key: str | None = None) -> Recording:
        """Send a recording, multipart or by a ticket; it is inspected at once, then prepared."""
        return cast("Recording", self._call("POST", "/v1/recordings", body=body, files=files, idempotency_key=idempotency_key))

    def recordings_delete(self, recording_id: str, *, idempotency_key: str | None = None) -> None:
        """Erase the recording, its segments and transcript; what happened stays on record."""
        return cast("None", self._call("DELETE", f"/v1/recordings/{quote(recording_id, safe='')}", idempotency_key=idempotency_key))

    def recordings_get(self, recording_id: str) -> RecordingDetail:
        """One recording with its report, verdict, segments, and what was dropped and why."""
        return cast("RecordingDetail", self._call("GET", f"/v1/recordings/{quote(recording_id, safe='')}"))

    def recordings_denoise(self, recording_id: str, *, idempotency_key: str | None = None) -> Job:
        """Have a copy with less noise made and prepared; the original stays as it is."""
        return cast("Job", self._call("POST", f"/v1/recordings/{quote(recording_id, safe='')}/denoise", idempotency_key=idempotency_key))

    def recordings_prepare(self, recording_id: str, *, idempotency_key: str | None = None) -> Recording:
        """Try a recording whose preparation failed once more."""
        return cast("Recording", self._call("POST", f"/v1/recordings/{quote(recording_id, safe='')}/prepare", idempotency_key=idempotency_key))

    def recordings_review(self, recording_id: str, body: Review, *, idempotency_key: str | None = None) -> Recording:
        """Decide, having listened, on a recording that measurements leave open."""
        return cast("Recording", self._call("POST", f"/v1/recordings/{quote(recording_id, safe='')}/review", body=body, idempotency_key=idempotency_key))

    def segments_update(self, recording_id: str, segment_id: str, body: PatchedSegmentChange | None = None, *, idempotency_key: str | None = None) -> Segment:
        """Correct a segment's text, or decide, having listened, whether it counts."""
        return cast("Segment", self._call("PATCH", f"/v1/recordings/{quote(recording_id, safe='')}/segments/{quote(segment_id, safe='')}", body=body, idempotency_key=idempotency_key))

    def recordings_transcript(self, recording_id: str, body: NewTranscript | None = None, *, files: Files | None = None, idempotency_key: str | None = None) -> Recording:
        """Give the recording its text, or a better one; it is prepared again."""
        return cast("Recording", self._call("POST", f"/v1/recordings/{quote(recording_id, safe='')}/transcript", body=body, files=files, idempotency_key=idempotency_key))

    def rights_forecast(self, *, days: int | None = None) -> Forecast:
        """The consents that end within so many days, and how much audio depends on each."""
        return cast("Forecast", self._call("GET", "/v1/rights/forecast", query={"days": days}))

    def roles_list(self, *, after: str | None = None, limit: int | None = None, name: str | None = None, since: str | None = None, until: str | None = None) -> RolePage:
        """The company's own roles; the built-in ones are always there."""
        return cast("RolePage", self._call("GET", "/v1/roles", query={"after": after, "limit": limit, "name": name, "since": since, "until": until}))

    def roles_create(self, body: NewRole, *, idempotency_key: str | None = None) -> Role:
        """A new role; it grants nothing that you do not have."""
        return cast("Role", self._call("POST", "/v1/roles", body=body, idempotency_key=idempotency_key))

    def roles_delete(self, role_id: str, *, idempotency_key: str | None = None) -> None:
        """Remove a role that nobody holds."""
        return cast("None", self._call("DELETE", f"/v1/roles/{quote(role_id, safe='')}", idempotency_key=idempotency_key))

    def roles_get(self, role_id: str) -> Role:
        """One of the company's own roles."""
        return cast("Role", self._call("GET", f"/v1/roles/{quote(role_id, safe='')}"))

    def roles_update(self, role_id: str, body: PatchedRoleChange | None = None, *, idempotency_key: str | None = None) -> Role:
        """Change it, at once for every member who holds it."""
        return cast("Role", self._call("PATCH", f"/v1/roles/{quote(role_id, safe='')}", body=body, idempotency_key=idempotency_key))

    def service_accounts_create(self, body: NewServiceAccount, *, idempotency_key: str | None = None) -> Member:
        """A member that is a program: it never signs in; issue a key for it."""
        return cast("Member", self._call("POST", "/v1/service-accounts", body=body, idempotency_key=idempotency_key))

    def speakers_list(self, *, after: str | None = None, limit: int | None = None, name: str | None = None, since: str | None = None, state: Literal["active", "archived", "erasing", "erased"] | None = None, until: str | None = None) -> SpeakerPage:
        """The voices you may know of, newest first."""
        return cast("SpeakerPage", self._call("GET", "/v1/speakers", query={"after": after, "limit": limit, "name": name, "since": since, "state": state, "until": until}))

    def speakers_create(self, body: NewSpeaker, *, idempotency_key: str | None = None) -> Speaker:
        """A new voice."""
        return cast("Speaker", self._call("POST", "/v1/speakers", body=body, idempotency_key=idempotency_key))

    def speakers_get(self, speaker_id: str) -> Speaker:
        """One voice."""
        return cast("Speaker", self._call("GET", f"/v1/speakers/{quote(speaker_id, safe='')}"))

    def speakers_update(self, speaker_id: str, body: PatchedSpeakerChange | None = None, *, idempotency_key: str | None = None) -> Speaker:
        """Change a voice's name, description or languages."""
        return cast("Speaker", self._call("PATCH", f"/v1/speakers/{quote(speaker_id, safe='')}", body=body, idempotency_key=idempotency_key))

    def speakers_archive(self, speaker_id: str, *, idempotency_key: str | None = None) -> Speaker:
        """Keep the voice on record, and let it take nothing new."""
        return cast("Speaker", self._call("POST", f"/v1/speakers/{quote(speaker_id, safe='')}/archive", idempotency_key=idempotency_key))

    def speakers_erase(self, speaker_id: str, body: NewErasure, *, idempotency_key: str | None = None) -> Speaker:
        """Destroy everything of this person, for good; ask for the receipt in a few seconds."""
        return cast("Speaker", self._call("POST", f"/v1/speakers/{quote(speaker_id, safe='')}/erase", body=body, idempotency_key=idempotency_key))

    def speakers_erasure(self, speaker_id: str) -> Receipt:
        """The signed receipt of an erasure: what was deleted, what is kept, and why."""
        return cast("Receipt", self._call("GET", f"/v1/speakers/{quote(speaker_id, safe='')}/erasure"))

    def speakers_erasure_page(self, speaker_id: str) -> bytes:
        """The same receipt as one page to print."""
        return cast("bytes", self._call("GET", f"/v1/speakers/{quote(speaker_id, safe='')}/erasure.html"))

    def speakers_erasure_pdf(self, speaker_id: str) -> bytes:
        """The same receipt as a PDF."""
        return cast("bytes", self._call("GET", f"/v1/speakers/{quote(speaker_id, safe='')}/erasure.pdf"))

    def speakers_grants_list(self, speaker_id: str, *, after: str | None = None, limit: int | None = None, since: str | None = None, until: str | None = None, user: str | None = None) -> GrantPage:
        """Who was granted what on this voice, member by member, the newest member first."""
        return cast("GrantPage", self._call("GET", f"/v1/speakers/{quote(speaker_id, safe='')}/grants", query={"after": after, "limit": limit, "since": since, "until": until, "user": user}))

    def speakers_grants_add(self, speaker_id: str, body: NewGrant, *, idempotency_key: str | None = None) -> Grant:
        """Let a member see, use or manage this voice, with what that implies; all that it may."""
        return cast("Grant", self._call("POST", f"/v1/speakers/{quote(speaker_id, safe='')}/grants", body=body, idempotency_key=idempotency_key))

    def speakers_grants_withdraw(self, speaker_id: str, user_id: str, *, idempotency_key: str | None = None) -> None:
        """Take back everything a person was granted on this voice."""
        return cast("None", self._call("DELETE", f"/v1/speakers/{quote(speaker_id, safe='')}/grants/{quote(user_id, safe='')}", idempotency_key=idempotency_key))

    def holds_list(self, speaker_id: str, *, after: str | None = None, limit: int | None = None, since: str | None = None, standing: bool | None = None, until: str | None = None) -> HoldPage:
        """The legal holds on a voice, lifted ones too, newest first."""
        return cast("HoldPage", self._call("GET", f"/v1/speakers/{quote(speaker_id, safe='')}/holds", query={"after": after, "limit": limit, "since": since, "standing": standing, "until": until}))

    def holds_place(self, speaker_id: str, body: Reason, *, idempotency_key: str | None = None) -> Hold:
        """Forbid that anything of this voice is erased, until the hold is lifted."""
        return cast("Hold", self._call("POST", f"/v1/speakers/{quote(speaker_id, safe='')}/holds", body=body, idempotency_key=idempotency_key))

    def holds_lift(self, hold_id: str, speaker_id: str, *, idempotency_key: str | None = None) -> Hold:
        """Take a hold back."""
        return cast("Hold", self._call("POST", f"/v1/speakers/{quote(speaker_id, safe='')}/holds/{quote(hold_id, safe='')}/lift", idempotency_key=idempotency_key))

    def speakers_lexicon_get(self, speaker_id: str) -> Lexicon:
        """The words that one voice reads so, whatever the tenant's lexicon says."""
        return cast("Lexicon", self._call("GET", f"/v1/speakers/{quote(speaker_id, safe='')}/lexicon"))

    def speakers_lexicon_replace(self, speaker_id: str, body: NewLexicon | None = None, *, idempotency_key: str | None = None) -> Lexicon:
        """Replace them; requests that were made before keep the readings they were made with."""
        return cast("Lexicon", self._call("PUT", f"/v1/speakers/{quote(speaker_id, safe='')}/lexicon", body=body, idempotency_key=idempotency_key))

    def speakers_lexicon_pls(self, speaker_id: str) -> bytes:
        """A voice's words as a document of the Pronunciation Lexicon Specification 1.0."""
        return cast("bytes", self._call("GET", f"/v1/speakers/{quote(speaker_id, safe='')}/lexicon.pls"))

    def speakers_likenesses(self, speaker_id: str) -> Likenesses:
        """Other voices that you may know of and that sound like this one: the same person twice?"""
        return cast("Likenesses", self._call("GET", f"/v1/speakers/{quote(speaker_id, safe='')}/likenesses"))

    def speakers_rights(self, speaker_id: str, *, channel: str | None = None, language: str | None = None, on: str | None = None, purpose: Literal["train", "synthesize", "publish", "commercial", "clone"] | None = None, territory: str | None = None) -> Rights:
        """May this voice be used for this, on that day, past or future? With the evidence."""
        return cast("Rights", self._call("GET", f"/v1/speakers/{quote(speaker_id, safe='')}/rights", query={"channel": channel, "language": language, "on": on, "purpose": purpose, "territory": territory}))

    def speakers_usage(self, speaker_id: str, *, from_: str, until: str) -> Usage:
        """Who could use this voice between two dates, and who did."""
        return cast("Usage", self._call("GET", f"/v1/speakers/{quote(speaker_id, safe='')}/usage", query={"from": from_, "until": until}))

    def speakers_usage_table(self, speaker_id: str, *, from_: str, until: str) -> bytes:
        """The same as a table: a row for each right that somebody held, and for each use."""
        return cast("bytes", self._call("GET", f"/v1/speakers/{quote(speaker_id, safe='')}/usage.csv", query={"from": from_, "until": until}))

    def speakers_voiceprint_revoke(self, speaker_id: str, *, idempotency_key: str | None = None) -> Revoked:
        """Forget what this voice is like; new recordings bring it back."""
        return cast("Revoked", self._call("DELETE", f"/v1/speakers/{quote(speaker_id, safe='')}/voiceprint", idempotency_key=idempotency_key))

    def consents_statement(self, *, language: Literal["zh", "en", "ja", "ko", "yue"], person: str, heard: str | None = None) -> Statement:
        """The statement in a language, naming your company; with `heard`, how near that comes."""
        return cast("Statement", self._call("GET", "/v1/statements", query={"heard": heard, "language": language, "person": person}))

    def synthesis_list(self, *, after: str | None = None, limit: int | None = None, since: str | None = None, speaker: str | None = None, until: str | None = None) -> SynthesisPage:
        """What voices you may know of were asked to say, newest first."""
        return cast("SynthesisPage", self._call("GET", "/v1/synthesis", query={"after": after, "limit": limit, "since": since, "speaker": speaker, "until": until}))

    def synthesis_create(self, body: NewSynthesis, *, stream: bool | None = None, wait: int | None = None, idempotency_key: str | None = None) -> bytes | Synthesis:
        """Have a voice speak: 202 and a job, or 200 when `wait` sufficed, or the sound itself."""
        return cast("bytes | Synthesis", self._call("POST", "/v1/synthesis", query={"stream": stream, "wait": wait}, body=body, idempotency_key=idempotency_key))

    def synthesis_get(self, synthesis_id: str) -> Synthesis:
        """One request with its job and asset."""
        return cast("Synthesis", self._call("GET", f"/v1/synthesis/{quote(synthesis_id, safe='')}"))

    def synthesis_captions(self, synthesis_id: str, *, format: Literal["srt", "vtt", "json"] | None = None) -> Captions | bytes:
        """As SubRip or WebVTT, or every word and mark, by the clock of the released file."""
        return cast("Captions | bytes", self._call("GET", f"/v1/synthesis/{quote(synthesis_id, safe='')}/captions", query={"format": format}))

    def text_to_speech_convert(self, voice_id: str, body: Convert, *, enable_logging: str | None = None, optimize_streaming_latency: str | None = None, output_format: Literal["mp3_22050_32", "mp3_24000_48", "mp3_44100_32", "mp3_44100_64", "mp3_44100_96", "mp3_44100_128", "mp3_44100_192", "pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000", "pcm_32000", "pcm_44100", "pcm_48000", "opus_48000_32", "opus_48000_64", "opus_48000_96", "opus_48000_128", "opus_48000_192", "ulaw_8000", "alaw_8000"] | None = None, idempotency_key: str | None = None) -> bytes:
        """Speak, and answer with the finished audio."""
        return cast("bytes", self._call("POST", f"/v1/text-to-speech/{quote(voice_id, safe='')}", query={"enable_logging": enable_logging, "optimize_streaming_latency": optimize_streaming_latency, "output_format": output_format}, body=body, idempotency_key=idempotency_key))

    def text_to_speech_stream(self, voice_id: str, body: Convert, *, enable_logging: str | None = None, optimize_streaming_latency: str | None = None, output_format: Literal["mp3_22050_32", "mp3_24000_48", "mp3_44100_32", "mp3_44100_64", "mp3_44100_96", "mp3_44100_128", "mp3_44100_192", "pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000", "pcm_32000", "pcm_44100", "pcm_48000", "opus_48000_32", "opus_48000_64", "opus_48000_96", "opus_48000_128", "opus_48000_192", "ulaw_8000", "alaw_8000"] | None = None, idempotency_key: str | None = None) -> bytes:
        """Speak, and send the sound while it is made."""
        return cast("bytes", self._call("POST", f"/v1/text-to-speech/{quote(voice_id, safe='')}/stream", query={"enable_logging": enable_logging, "optimize_streaming_latency": optimize_streaming_latency, "output_format": output_format}, body=body, idempotency_key=idempotency_key))

    def text_to_speech_with_timestamps(self, voice_id: str, body: Convert, *, enable_logging: str | None = None, optimize_streaming_latency: str | None = None, output_format: Literal["mp3_22050_32", "mp3_24000_48", "mp3_44100_32", "mp3_44100_64", "mp3_44100_96", "mp3_44100_128", "mp3_44100_192", "pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000", "pcm_32000", "pcm_44100", "pcm_48000", "opus_48000_32", "opus_48000_64", "opus_48000_96", "opus_48000_128", "opus_48000_192", "ulaw_8000", "alaw_8000"] | None = None, idempotency_key: str | None = None) -> Timed:
        """Speak, and answer with the finished audio and when each character is heard."""
        return cast("Timed", self._call("POST", f"/v1/text-to-speech/{quote(voice_id, safe='')}/with-timestamps", query={"enable_logging": enable_logging, "optimize_streaming_latency": optimize_streaming_latency, "output_format": output_format}, body=body, idempotency_key=idempotency_key))

    def uploads_open(self, body: NewUpload, *, idempotency_key: str | None = None) -> Ticket:
        """A ticket: PUT the file to its URL with its headers, then name it in your request."""
        return cast("Ticket", self._call("POST", "/v1/uploads", body=body, idempotency_key=idempotency_key))

    def uploads_get(self, upload_id: str) -> Upload:
        """Whether the file has arrived."""
        return cast("Upload", self._call("GET", f"/v1/uploads/{quote(upload_id, safe='')}"))

    def usage_get(self, *, group: Literal["key", "user", "speaker", "day"] | None = None, since: str | None = None, until: str | None = None) -> Costs:
        """What released audio cost in a time, by key, person, voice or day, the largest first."""
        return cast("Costs", self._call("GET", "/v1/usage", query={"group": group, "since": since, "until": until}))

    def verify_file(self, body: FoundFile, *, files: Files | None = None, idempotency_key: str | None = None) -> Finding:
        """Which labels a file carries, which asset it is, and whether its rights still stand."""
        return cast("Finding", self._call("POST", "/v1/verify", body=body, files=files, idempotency_key=idempotency_key))

    def versions_list(self, *, after: str | None = None, limit: int | None = None, since: str | None = None, speaker: str | None = None, state: Literal["candidate", "approved", "retired", "rejected", "revoked"] | None = None, until: str | None = None) -> VersionPage:
        """The versions of voices you may know of, newest first."""
        return cast("VersionPage", self._call("GET", "/v1/versions", query={"after": after, "limit": limit, "since": since, "speaker": speaker, "state": state, "until": until}))

    def versions_get(self, version_id: str) -> Version:
        """One version: what it was trained from, and whether it may speak."""
        return cast("Version", self._call("GET", f"/v1/versions/{quote(version_id, safe='')}"))

    def versions_approve(self, version_id: str, body: Judgement | None = None, *, idempotency_key: str | None = None) -> Version:
        """Let the version speak for its voice; somebody other than the requester decides."""
        return cast("Version", self._call("POST", f"/v1/versions/{quote(version_id, safe='')}/approve", body=body, idempotency_key=idempotency_key))

    def evaluations_list(self, version_id: str, *, after: str | None = None, limit: int | None = None, occasion: Literal["trained", "asked", "nightly"] | None = None, since: str | None = None, until: str | None = None) -> EvaluationPage:
        """How the version spoke the fixed sentences, newest first; what fell raised an alert."""
        return cast("EvaluationPage", self._call("GET", f"/v1/versions/{quote(version_id, safe='')}/evaluations", query={"after": after, "limit": limit, "occasion": occasion, "since": since, "until": until}))

    def evaluations_create(self, version_id: str, *, idempotency_key: str | None = None) -> Job:
        """Have it speak them now, beside the version in use if that is another."""
        return cast("Job", self._call("POST", f"/v1/versions/{quote(version_id, safe='')}/evaluations", idempotency_key=idempotency_key))

    def versions_lineage(self, version_id: str, *, direction: Literal["up", "down"] | None = None) -> Lineage:
        """What the version was made from (`up`), or what was made from it (`down`)."""
        return cast("Lineage", self._call("GET", f"/v1/versions/{quote(version_id, safe='')}/lineage", query={"direction": direction}))

    def versions_reject(self, version_id: str, body: Rejection, *, idempotency_key: str | None = None) -> Version:
        """Refuse a candidate for good."""
        return cast("Version", self._call("POST", f"/v1/versions/{quote(version_id, safe='')}/reject", body=body, idempotency_key=idempotency_key))

    def evaluations_report(self, version_id: str) -> bytes:
        """The page of the newest evaluation: curves, scores, spectrograms and sounds."""
        return cast("bytes", self._call("GET", f"/v1/versions/{quote(version_id, safe='')}/report.html"))

    def versions_retire(self, version_id: str, *, idempotency_key: str | None = None) -> Version:
        """Stop the approved version from speaking; it may be approved again."""
        return cast("Version", self._call("POST", f"/v1/versions/{quote(version_id, safe='')}/retire", idempotency_key=idempotency_key))

    def styles_add(self, version_id: str, body: NewStyle, *, idempotency_key: str | None = None) -> Job:
        """Make a version that also speaks like these clips; the job's result names the candidate."""
        return cast("Job", self._call("POST", f"/v1/versions/{quote(version_id, safe='')}/styles", body=body, idempotency_key=idempotency_key))

    def styles_remove(self, style: str, version_id: str, *, idempotency_key: str | None = None) -> Job:
        """Make a version without this style; the job's result names the candidate."""
        return cast("Job", self._call("DELETE", f"/v1/versions/{quote(version_id, safe='')}/styles/{quote(style, safe='')}", idempotency_key=idempotency_key))

    def webhooks_list(self, *, after: str | None = None, enabled: bool | None = None, limit: int | None = None, since: str | None = None, until: str | None = None) -> WebhookPage:
        """Where the company is told of events, newest first."""
        return cast("WebhookPage", self._call("GET", "/v1/webhooks", query={"after": after, "enabled": enabled, "limit": limit, "since": since, "until": until}))

    def webhooks_create(self, body: NewWebhook, *, idempotency_key: str | None = None) -> WebhookSecret:
        """Be told of events, as Standard Webhooks spells it; keep the secret to verify them."""
        return cast("WebhookSecret", self._call("POST", "/v1/webhooks", body=body, idempotency_key=idempotency_key))

    def webhooks_get(self, webhook_id: str) -> Webhook:
        """One webhook, and why it is off if it is."""
        return cast("Webhook", self._call("GET", f"/v1/webhooks/{quote(webhook_id, safe='')}"))

    def webhooks_update(self, webhook_id: str, body: PatchedWebhookChange | None = None, *, idempotency_key: str | None = None) -> Webhook:
        """Another URL, other events, on or off."""
        return cast("Webhook", self._call("PATCH", f"/v1/webhooks/{quote(webhook_id, safe='')}", body=body, idempotency_key=idempotency_key))

    def webhooks_deliveries(self, webhook_id: str, *, after: str | None = None, limit: int | None = None, since: str | None = None, state: Literal["pending", "delivered", "failed"] | None = None, until: str | None = None) -> DeliveryPage:
        """What was sent there, newest first, and how the last try of each went."""
        return cast("DeliveryPage", self._call("GET", f"/v1/webhooks/{quote(webhook_id, safe='')}/deliveries", query={"after": after, "limit": limit, "since": since, "state": state, "until": until}))

    def webhooks_replay(self, delivery_id: str, webhook_id: str, *, idempotency_key: str | None = None) -> Delivery:
        """Send a message again, under the same `webhook-id`."""
        return cast("Delivery", self._call("POST", f"/v1/webhooks/{quote(webhook_id, safe='')}/deliveries/{quote(delivery_id, safe='')}/replay", idempotency_key=idempotency_key))

    def webhooks_rotate(self, webhook_id: str, body: SecretRotation | None = None, *, idempotency_key: str | None = None) -> WebhookSecret:
        """A new secret; for a while messages carry a signature of both."""
        return cast("WebhookSecret", self._call("POST", f"/v1/webhooks/{quote(webhook_id, safe='')}/rotate", body=body, idempotency_key=idempotency_key))


def _form(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, _word(value))
        for name, values in body.items()
        for value in (values if isinstance(values, list) else [values])
    ]


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
