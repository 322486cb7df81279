"""A tenant in which every operation can succeed, and the request that makes it succeed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.architecture.material import evidence_file, make_recording, make_revoked, wav_file
from tests.factories import (
    Person,
    let,
    make_approved,
    make_asset,
    make_candidate,
    make_consent,
    make_dataset,
    make_evaluation,
    make_file,
    make_finetune,
    make_person,
    make_request,
    make_speaker,
    make_tenant,
)
from voiceassets.assets.batches import Line, request_batch
from voiceassets.assets.models import SynthesisRequest
from voiceassets.audit import checkpoint, sealer, searches
from voiceassets.audit import selectors as audit
from voiceassets.consent import holds, receipts
from voiceassets.consent import services as consents
from voiceassets.consent.models import ReceiptKind
from voiceassets.consent.terms import Terms, Use
from voiceassets.core.models import Identified
from voiceassets.corpus.models import Recording, Segment
from voiceassets.corpus.services import create_dataset
from voiceassets.storage import uploads
from voiceassets.storage.models import Purpose
from voiceassets.tenants import keys
from voiceassets.tenants.invitations import invite
from voiceassets.tenants.permissions import Permission, Role
from voiceassets.tenants.roles import create_role
from voiceassets.voiceprints import services as voiceprints
from voiceassets.webhooks.models import Delivery
from voiceassets.webhooks.services import create_endpoint

WORD = {"word": "青禾", "alphabet": "pinyin", "value": "qing1 he2"}


@dataclass(frozen=True, kw_only=True)
class World:
    """A tenant's people, and one public id of everything, by name."""

    owner: Person
    second: Person
    id: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Example:
    """A request that succeeds in its own world. With files the body is sent as a form."""

    by: str = "owner"
    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Callable[[], SimpleUploadedFile]] = field(default_factory=dict)


def make_world(slug: str) -> World:
    tenant = make_tenant(slug)
    owner = make_person(tenant, f"Owner of {slug}".replace(" ", "-"), Role.OWNER)
    second = make_person(tenant, f"Second of {slug}".replace(" ", "-"), Role.BRAND_MANAGER)
    speaker = make_speaker(owner, name="Xiaoyan")
    let(owner, speaker, second, "see")
    spare = make_speaker(owner, name="Spare")
    leaving = make_speaker(owner, name="Leaving")
    consent = make_consent(owner, speaker)
    approved = make_approved(owner, second, speaker)
    asset = make_asset(owner, speaker)
    request = make_request(owner, speaker)
    rows: dict[str, Identified] = {
        "speaker": speaker,
        "spare": spare,
        "leaving": leaving,
        "consent": consent,
        "approved": approved,
        "candidate": make_candidate(owner, speaker),
        "asset": asset,
        "synthesis": request,
        "frozen": make_dataset(owner, speaker),
        "finetune": make_finetune(owner, speaker),
        "noticed": make_consent(owner, leaving, notice_days=30),
        "revoked": make_revoked(owner),
        "held": make_speaker(owner, name="Held"),
        "erased": make_speaker(owner, name="Erased"),
        "accepted": make_recording(owner, speaker, state="accepted"),
        "doubtful": make_recording(owner, speaker, state="needs_review"),
        "textless": make_recording(owner, speaker, state="needs_transcript"),
        "failed": make_recording(owner, speaker, state="failed"),
        "evaluation": make_evaluation(owner, approved),
        "member": second.membership,
        "third": make_person(tenant, f"Third-of-{slug}", Role.WRITER).membership,
    }
    no_go_clip = make_file(tenant, b"clip", purpose=Purpose.OTHER)
    with owner.scope() as actor:
        rows["role"] = create_role(
            actor, name="Reader", permissions=[Permission.SPEAKERS_READ], all_voices=False
        )
        rows["search"] = searches.save(actor, name="New voices", action="speaker.created")
        rows["invitation"], _ = invite(actor, email="asked@company.example", role=Role.WRITER)
        rows["spoken"] = asset.request
        rows["segment"] = Segment.objects.get(recording=rows["doubtful"].pk)
        rows["clip"] = Segment.objects.get(recording=rows["accepted"].pk)
        rows["hold"] = holds.place(actor, speaker=rows["held"], reason="A dispute.")
        receipts.issue(actor, kind=ReceiptKind.ERASURE, speaker=rows["erased"], about={}, items=[])
        clip, measured = no_go_clip
        rows["no_go"] = voiceprints.add(
            actor, name="A singer", reason="Asked us not to.", clip=clip, written=measured
        )
        rows["appeal"] = voiceprints.appeal(actor, entry=rows["no_go"], reason="Another person.")
        rows["pending"] = consents.record_consent(
            actor,
            speaker=spare,
            person_name="Li",
            terms=Terms(purposes=["train"]),
            wording="I agree.",
        )
        accepted = Recording.objects.get(pk=rows["accepted"].pk)
        rows["draft"] = create_dataset(actor, speaker=speaker, name="Draft", recordings=[accepted])
        rows["upload"] = uploads.open_upload(
            actor, purpose=Purpose.RECORDING, size_bytes=4, content_type="audio/wav"
        )
        rows["webhook"], _ = create_endpoint(
            actor, url="https://shop.example/hook", events=["asset.released"]
        )
        rows["delivery"] = Delivery.objects.create(
            tenant=tenant,
            endpoint=rows["webhook"],
            event_id="evt_1",
            type="asset.released",
            body="{}",
            next_at=timezone.now(),
        )
        rows["batch"] = request_batch(
            actor,
            name="Menu",
            speaker=speaker,
            lines=[Line(id="1", text="你好。")],
            use=Use(language="zh"),
        )
        rows["line"] = SynthesisRequest.objects.get(batch=rows["batch"].pk)
        rows["own_key"], _ = keys.issue(actor, member=owner.membership, name="own key")
        rows["key"], _ = keys.issue(actor, member=second.membership, name="spare key")
        assert request.job is not None
        rows["job"] = request.job
        event = audit.events().first()
        assert event is not None
        rows["event"] = event
    sealer.seal_pending()
    checkpoint.write_checkpoint()
    named = {name: row.public_id for name, row in rows.items()}
    return World(owner=owner, second=second, id=named | {"user": second.user.public_id})


def examples(id: dict[str, str]) -> dict[str, Example]:  # noqa: A002  (the world's own word)
    """One request for every operation, by its name."""
    spoken = {"speaker": id["speaker"], "text": "你好。"}
    return {
        "me.get": Example(),
        "members.list": Example(query={"after": id["member"]}),
        "members.get": Example(path={"member_id": id["member"]}),
        "members.update": Example(path={"member_id": id["third"]}, body={"role": id["role"]}),
        "members.remove": Example(path={"member_id": id["third"]}),
        "service_accounts.create": Example(body={"name": "Shop", "role": id["role"]}),
        "roles.list": Example(query={"after": id["role"]}),
        "roles.get": Example(path={"role_id": id["role"]}),
        "roles.create": Example(body={"name": "Caster", "permissions": ["speakers:read"]}),
        "roles.update": Example(path={"role_id": id["role"]}, body={"all_voices": True}),
        "roles.delete": Example(path={"role_id": id["role"]}),
        "invitations.list": Example(query={"after": id["invitation"]}),
        "invitations.create": Example(body={"email": "new@company.example", "role": id["role"]}),
        "invitations.revoke": Example(path={"invitation_id": id["invitation"]}),
        "keys.list": Example(query={"after": id["key"], "user": id["user"]}),
        "keys.issue": Example(
            body={"name": "ci", "member": id["member"], "voices": [id["speaker"]]}
        ),
        "keys.rotate": Example(path={"key_id": id["own_key"]}),
        "keys.revoke": Example(path={"key_id": id["key"]}),
        "speakers.list": Example(query={"after": id["speaker"]}),
        "speakers.create": Example(body={"name": "New", "languages": ["zh"]}),
        "speakers.get": Example(path={"speaker_id": id["speaker"]}),
        "speakers.update": Example(path={"speaker_id": id["speaker"]}, body={"name": "Other"}),
        "speakers.archive": Example(path={"speaker_id": id["speaker"]}),
        "speakers.erase": Example(
            path={"speaker_id": id["spare"]}, body={"ground": "consent_withdrawn"}
        ),
        "speakers.erasure": Example(path={"speaker_id": id["erased"]}),
        "speakers.erasure_page": Example(path={"speaker_id": id["erased"]}),
        "speakers.erasure_pdf": Example(path={"speaker_id": id["erased"]}),
        "holds.list": Example(path={"speaker_id": id["held"]}, query={"after": id["hold"]}),
        "holds.place": Example(path={"speaker_id": id["speaker"]}, body={"reason": "A dispute."}),
        "holds.lift": Example(path={"speaker_id": id["held"], "hold_id": id["hold"]}),
        "speakers.grants.list": Example(
            path={"speaker_id": id["speaker"]},
            query={"user": id["user"], "after": id["third"]},
        ),
        "speakers.grants.add": Example(
            path={"speaker_id": id["speaker"]}, body={"user": id["user"], "verbs": ["use"]}
        ),
        "speakers.grants.withdraw": Example(
            path={"speaker_id": id["speaker"], "user_id": id["user"]}
        ),
        "speakers.likenesses": Example(path={"speaker_id": id["speaker"]}),
        "speakers.voiceprint.revoke": Example(path={"speaker_id": id["speaker"]}),
        "no_go.list": Example(query={"after": id["no_go"]}),
        "no_go.add": Example(
            body={"name": "A singer", "reason": "Asked us not to."}, files={"file": wav_file}
        ),
        "no_go.get": Example(path={"no_go_id": id["no_go"]}),
        "no_go.appeals.list": Example(
            path={"no_go_id": id["no_go"]}, query={"after": id["appeal"]}
        ),
        "no_go.appeals.open": Example(
            path={"no_go_id": id["no_go"]}, body={"reason": "Her twin.", "speaker": id["speaker"]}
        ),
        "appeals.sign": Example(by="second", path={"appeal_id": id["appeal"]}),
        "appeals.deny": Example(by="second", path={"appeal_id": id["appeal"]}),
        "lexicon.get": Example(),
        "lexicon.replace": Example(body={"entries": [WORD]}),
        "lexicon.pls": Example(),
        "speakers.lexicon.pls": Example(path={"speaker_id": id["speaker"]}),
        "speakers.lexicon.get": Example(path={"speaker_id": id["speaker"]}),
        "speakers.lexicon.replace": Example(
            path={"speaker_id": id["speaker"]}, body={"entries": [WORD]}
        ),
        "speakers.rights": Example(
            path={"speaker_id": id["speaker"]}, query={"on": "2026-12-24", "territory": "CN"}
        ),
        "speakers.usage": Example(
            path={"speaker_id": id["speaker"]}, query={"from": "2026-01-01", "until": "2099-01-01"}
        ),
        "speakers.usage_table": Example(
            path={"speaker_id": id["speaker"]}, query={"from": "2026-01-01", "until": "2099-01-01"}
        ),
        "rights.forecast": Example(query={"days": 90}),
        "consents.list": Example(query={"after": id["consent"], "speaker": id["speaker"]}),
        "consents.create": Example(
            body={
                "speaker": id["leaving"],
                "person_name": "Li",
                "purposes": ["train", "synthesize"],
                "wording": "I agree.",
                "supersedes": id["noticed"],
            },
            files={"evidence": evidence_file},
        ),
        "consents.get": Example(path={"consent_id": id["consent"]}),
        "consents.attach_evidence": Example(
            path={"consent_id": id["pending"]}, files={"evidence": evidence_file}
        ),
        "consents.give_notice": Example(
            path={"consent_id": id["noticed"]}, body={"reason": "leaving"}
        ),
        "consents.statement": Example(
            query={"language": "zh", "person": "Li", "heard": "我是Li。"}
        ),
        "consents.receipt": Example(path={"consent_id": id["revoked"]}),
        "consents.receipt_page": Example(path={"consent_id": id["revoked"]}),
        "consents.receipt_pdf": Example(path={"consent_id": id["revoked"]}),
        "consents.revoke": Example(path={"consent_id": id["consent"]}, body={"reason": "asked"}),
        "uploads.open": Example(body={"size_bytes": 10, "content_type": "audio/wav"}),
        "uploads.get": Example(path={"upload_id": id["upload"]}),
        "recordings.list": Example(query={"after": id["accepted"], "speaker": id["speaker"]}),
        "recordings.create": Example(
            body={"speaker": id["speaker"], "language": "zh"}, files={"file": wav_file}
        ),
        "recordings.get": Example(path={"recording_id": id["accepted"]}),
        "recordings.delete": Example(path={"recording_id": id["doubtful"]}),
        "recordings.transcript": Example(
            path={"recording_id": id["textless"]},
            body={"transcript_text": "你好。", "transcript_format": "text"},
        ),
        "recordings.review": Example(
            path={"recording_id": id["doubtful"]}, body={"accept": True, "reason": "clear"}
        ),
        "recordings.prepare": Example(path={"recording_id": id["failed"]}),
        "recordings.denoise": Example(path={"recording_id": id["textless"]}),
        "segments.update": Example(
            path={"recording_id": id["doubtful"], "segment_id": id["segment"]},
            body={"text": "您好。", "reason": "heard"},
        ),
        "datasets.list": Example(query={"after": id["frozen"], "speaker": id["speaker"]}),
        "datasets.create": Example(
            body={"speaker": id["speaker"], "name": "One", "recordings": [id["accepted"]]}
        ),
        "datasets.get": Example(path={"dataset_id": id["frozen"]}),
        "datasets.freeze": Example(path={"dataset_id": id["draft"]}),
        "finetunes.list": Example(query={"after": id["finetune"], "speaker": id["speaker"]}),
        "finetunes.create": Example(
            body={
                "speaker": id["speaker"],
                "dataset": id["frozen"],
                "continues": id["approved"],
            }
        ),
        "finetunes.estimate": Example(
            body={
                "speaker": id["speaker"],
                "dataset": id["frozen"],
                "continues": id["approved"],
            }
        ),
        "finetunes.get": Example(path={"finetune_id": id["finetune"]}),
        "versions.list": Example(query={"after": id["approved"], "speaker": id["speaker"]}),
        "versions.get": Example(path={"version_id": id["approved"]}),
        "versions.approve": Example(
            by="second", path={"version_id": id["candidate"]}, body={"override": "It is better."}
        ),
        "styles.add": Example(
            path={"version_id": id["approved"]},
            body={"name": "calm", "clips": [id["clip"]], "timbre_clips": [id["clip"]]},
        ),
        "styles.remove": Example(path={"version_id": id["approved"], "style": "warm"}),
        "evaluations.list": Example(
            path={"version_id": id["approved"]}, query={"after": id["evaluation"]}
        ),
        "evaluations.create": Example(path={"version_id": id["candidate"]}),
        "evaluations.report": Example(path={"version_id": id["approved"]}),
        "versions.reject": Example(
            by="second", path={"version_id": id["candidate"]}, body={"reason": "hoarse"}
        ),
        "versions.retire": Example(path={"version_id": id["approved"]}),
        "versions.lineage": Example(path={"version_id": id["approved"]}),
        "synthesis.list": Example(query={"after": id["synthesis"], "speaker": id["speaker"]}),
        "synthesis.create": Example(body=spoken | {"version": id["approved"]}),
        "synthesis.get": Example(path={"synthesis_id": id["synthesis"]}),
        "synthesis.captions": Example(path={"synthesis_id": id["spoken"]}),
        "assets.list": Example(query={"after": id["asset"], "speaker": id["speaker"]}),
        "assets.get": Example(path={"asset_id": id["asset"]}),
        "assets.delete": Example(path={"asset_id": id["asset"]}),
        "assets.lineage": Example(path={"asset_id": id["asset"]}),
        "assets.rederive": Example(path={"asset_id": id["asset"]}),
        "assets.download": Example(path={"asset_id": id["asset"]}),
        "assets.link": Example(path={"asset_id": id["asset"]}),
        "jobs.list": Example(query={"after": id["job"]}),
        "jobs.get": Example(path={"job_id": id["job"]}),
        "jobs.cancel": Example(path={"job_id": id["job"]}),
        "jobs.events": Example(path={"job_id": id["job"]}),
        "verify.file": Example(files={"file": wav_file}),
        "batches.list": Example(query={"after": id["batch"], "speaker": id["speaker"]}),
        "batches.create": Example(
            body={
                "speaker": id["speaker"],
                "version": id["approved"],
                "lines": [{"id": "1", "text": "你好。"}],
            }
        ),
        "batches.get": Example(path={"batch_id": id["batch"]}),
        "batches.lines": Example(path={"batch_id": id["batch"]}, query={"after": id["line"]}),
        "batches.cancel": Example(path={"batch_id": id["batch"]}),
        "batches.archive": Example(path={"batch_id": id["batch"]}),
        "webhooks.list": Example(query={"after": id["webhook"]}),
        "webhooks.create": Example(
            body={"url": "https://shop.example/hook", "events": ["asset.released"]}
        ),
        "webhooks.get": Example(path={"webhook_id": id["webhook"]}),
        "webhooks.update": Example(path={"webhook_id": id["webhook"]}, body={"enabled": False}),
        "webhooks.rotate": Example(path={"webhook_id": id["webhook"]}),
        "webhooks.deliveries": Example(
            path={"webhook_id": id["webhook"]}, query={"after": id["delivery"]}
        ),
        "webhooks.replay": Example(
            path={"webhook_id": id["webhook"], "delivery_id": id["delivery"]}
        ),
        "usage.get": Example(query={"group": "speaker"}),
        "audit.list": Example(query={"after": id["event"]}),
        "audit.consistency": Example(query={"since": 1}),
        "audit.searches.list": Example(query={"after": id["search"]}),
        "audit.searches.create": Example(
            body={
                "name": "Their consents",
                "action": "consent.revoked",
                "until": "2030-01-01T00:00Z",
            }
        ),
        "audit.searches.get": Example(path={"search_id": id["search"]}),
        "audit.searches.update": Example(
            path={"search_id": id["search"]}, body={"object_id": id["asset"]}
        ),
        "audit.searches.delete": Example(path={"search_id": id["search"]}),
        "audit.searches.events": Example(
            path={"search_id": id["search"]}, query={"after": id["event"]}
        ),
        "audit.get": Example(path={"event_id": id["event"]}),
        "audio.speech": Example(
            body={
                "model": id["approved"],
                "voice": id["speaker"],
                "input": "你好。",
                "response_format": "wav",
            }
        ),
        "audio.voices": Example(query={"after": id["speaker"]}),
        "text_to_speech.convert": Example(
            path={"voice_id": id["speaker"]},
            query={"output_format": "pcm_32000"},
            body={"text": "你好。"},
        ),
        "text_to_speech.stream": Example(
            path={"voice_id": id["speaker"]},
            query={"output_format": "pcm_32000"},
            body={"text": "你好。"},
        ),
        "text_to_speech.with_timestamps": Example(
            path={"voice_id": id["speaker"]}, body={"text": "你好。"}
        ),
        "tts.get": Example(query=spoken),
        "tts.post": Example(body=spoken),
    }


# What the same operations take instead: an `upload` excludes the `file` of the example above.
ALSO: dict[str, Callable[[dict[str, str]], Example]] = {
    "recordings.create": lambda id: Example(  # noqa: A006
        body={
            "speaker": id["speaker"],
            "language": "zh",
            "upload": id["upload"],
            "name": "take.wav",
        }
    ),
}
