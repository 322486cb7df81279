"""The cast of the tests, and the things they own, made by the same services people use.

Call these outside any scope: each opens the scope it needs. They give rows back, to be used
inside `person.scope()` or, like the API does, by their public ids.
"""

from __future__ import annotations

import hashlib
import io
import uuid
import wave
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from voiceassets.accounts.models import User
from voiceassets.assets import services as assets
from voiceassets.assets.making import Making
from voiceassets.assets.models import Asset, SynthesisRequest
from voiceassets.consent import services as consents
from voiceassets.consent.models import ConsentRecord
from voiceassets.consent.terms import Terms
from voiceassets.core.context import Actor, ActorKind, tenant_scope
from voiceassets.corpus.models import Dataset
from voiceassets.provenance.models import Manifest
from voiceassets.registry import services as registry
from voiceassets.registry.models import Evaluation, FineTune, ModelVersion, Occasion
from voiceassets.speakers import services as speakers
from voiceassets.speakers.access import Verb
from voiceassets.speakers.models import Speaker
from voiceassets.storage import services as storage
from voiceassets.storage.backends import Written
from voiceassets.storage.models import Purpose, StoredObject
from voiceassets.tenants import keys
from voiceassets.tenants.models import Membership, Tenant
from voiceassets.tenants.permissions import Role
from voiceassets.tenants.services import add_member, create_tenant, system_actor

# What a worker says of a voice that speaks in two ways.
STYLES = (
    registry.StyleFacts(name="default", clips=1, timbre_clips=1, duration_ms=4_000),
    registry.StyleFacts(name="warm", clips=2, timbre_clips=2, duration_ms=9_000),
)
OPERATOR = system_actor("tests")
EVERYTHING = ("train", "synthesize", "publish", "commercial", "clone")


@dataclass(frozen=True, kw_only=True)
class Person:
    """A member of a tenant with a key: `actor` is whom that key stands for."""

    tenant: Tenant
    user: User
    membership: Membership
    token: str
    actor: Actor

    @contextmanager
    def scope(self) -> Iterator[Actor]:
        with tenant_scope(self.tenant.pk):
            yield self.actor

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Acme: Alice owns, Bob writes, Carol audits, Dora approves. Rival: Mallory."""

    alice: Person
    bob: Person
    carol: Person
    dora: Person
    mallory: Person


CAPTIONS = {
    "srt": "1\n00:00:00,000 --> 00:00:01,200\n你好。\n",
    "vtt": "WEBVTT\n\n00:00:00.000 --> 00:00:01.200\n你好。\n",
    "json": {"duration_ms": 1200, "sentences": [], "marks": [], "unspoken": [], "notes": []},
}


def make_cast() -> Cast:
    acme, rival = make_tenant("acme"), make_tenant("rival")
    return Cast(
        alice=make_person(acme, "Alice", Role.OWNER),
        bob=make_person(acme, "Bob", Role.WRITER),
        carol=make_person(acme, "Carol", Role.AUDITOR),
        dora=make_person(acme, "Dora", Role.BRAND_MANAGER),
        mallory=make_person(rival, "Mallory", Role.OWNER),
    )


def make_tenant(slug: str) -> Tenant:
    return create_tenant(OPERATOR, slug=slug, name=slug.capitalize())


def make_person(tenant: Tenant, name: str, role: Role) -> Person:
    user = User.objects.create_user(f"{name}@{tenant.slug}.example".lower(), name=name)
    with tenant_scope(tenant.pk):
        membership = add_member(OPERATOR, tenant=tenant, user=user, role=role)
        _, token = keys.issue(OPERATOR, member=membership, name=f"{name}'s key")
    return Person(
        tenant=tenant,
        user=user,
        membership=membership,
        token=token,
        actor=keys.authenticate(token),
    )


def worker_of(tenant: Tenant) -> Actor:
    """Whom a lease acts as."""
    return Actor(kind=ActorKind.WORKER, id="tests", tenant_id=tenant.pk, all_voices=True)


def make_file(
    tenant: Tenant, content: bytes = b"evidence", *, purpose: Purpose = Purpose.EVIDENCE
) -> tuple[StoredObject, Written]:
    """A pending object whose bytes are written, as a door has it when it calls a service."""
    stored = storage.begin(tenant.pk, purpose=purpose, created_by="tests")
    return stored, storage.write(
        stored, io.BytesIO(content), content_type="application/octet-stream"
    )


def make_live_file(tenant: Tenant, content: bytes, *, purpose: Purpose) -> StoredObject:
    stored, written = make_file(tenant, content, purpose=purpose)
    with tenant_scope(tenant.pk):
        return storage.make_live(stored, written)


def make_speaker(owner: Person, *, name: str = "Xiaoyan") -> Speaker:
    with owner.scope() as actor:
        return speakers.create_speaker(actor, name=name, languages=["zh", "en"])


def let(owner: Person, speaker: Speaker, person: Person, *verbs: Verb) -> None:
    """Grant `person` this voice."""
    with owner.scope() as actor:
        speakers.grant(actor, speaker=speaker, to=person.user, verbs=verbs)


def make_consent(
    owner: Person,
    speaker: Speaker,
    *,
    supersedes: ConsentRecord | None = None,
    **terms: Any,
) -> ConsentRecord:
    """An active consent with evidence; `terms` are fields of `Terms`, its purposes all of them."""
    evidence, written = make_file(owner.tenant)
    with owner.scope() as actor:
        return consents.record_consent(
            actor,
            speaker=speaker,
            person_name="Xiaoyan Li",
            terms=Terms(**{"purposes": EVERYTHING} | terms),
            supersedes=supersedes,
            wording="I agree that my voice is recorded, learned and used as stated.",
            evidence=evidence,
            written=written,
        )


def make_dataset(owner: Person, speaker: Speaker) -> Dataset:
    """A frozen dataset without clips: what training needs to know of one."""
    manifest = make_live_file(owner.tenant, uuid.uuid4().bytes, purpose=Purpose.DATASET)
    with owner.scope():
        return Dataset.objects.create(
            tenant=owner.tenant,
            speaker=speaker,
            name="Minute one",
            state="frozen",
            content_hash=hashlib.sha256(manifest.pk.bytes).hexdigest(),
            manifest=manifest,
            clip_count=12,
            duration_ms=60_000,
            created_by="tests",
        )


def make_finetune(owner: Person, speaker: Speaker, dataset: Dataset | None = None) -> FineTune:
    dataset = dataset or make_dataset(owner, speaker)
    with owner.scope() as actor:
        return registry.request_finetune(actor, speaker=speaker, dataset=dataset)


def make_candidate(owner: Person, speaker: Speaker) -> ModelVersion:
    """A candidate that `owner` asked for and a worker trained."""
    finetune = make_finetune(owner, speaker)
    bundle, written = make_file(owner.tenant, b"bundle", purpose=Purpose.BUNDLE)
    with owner.scope():
        return registry.complete_finetune(
            worker_of(owner.tenant),
            finetune=finetune,
            bundle=bundle,
            written=written,
            trained=registry.Trained(
                bundle_hash=written.sha256,
                base_name="tiny",
                base_hash="0" * 64,
                code_version="test",
                metrics={"mel_loss": 1.5},
                styles=STYLES,
            ),
        )


def make_evaluation(
    owner: Person,
    version: ModelVersion,
    *,
    occasion: str = "trained",
    against: ModelVersion | None = None,
    falls: tuple[str, ...] = (),
    metrics: Mapping[str, Any] | None = None,
) -> Evaluation:
    """What a worker keeps after a version has spoken; `falls` names measures that got worse."""
    page, written = make_file(owner.tenant, b"<!doctype html>", purpose=Purpose.OTHER)
    with owner.scope():
        return registry.keep_evaluation(
            worker_of(owner.tenant),
            version=version,
            evaluated=registry.Evaluated(
                occasion=Occasion(occasion),
                metrics=metrics or {"faulty": 0.0, "sentences_each": 1},
                falls=[
                    {"measure": name, "before": 0.1, "now": 0.3, "tolerated": 0.05}
                    for name in falls
                ],
                against=against,
                report=page,
                written=written,
            ),
        )


def make_approved(asker: Person, approver: Person, speaker: Speaker) -> ModelVersion:
    version = make_candidate(asker, speaker)
    with approver.scope() as actor:
        return registry.approve(
            actor, version=version, reason="Sounds like her.", override="Nothing was compared."
        )


def make_voice(cast: Cast, *, name: str = "Xiaoyan") -> tuple[Speaker, ConsentRecord]:
    """A voice of acme that may speak: Alice has its consent, Dora approved it, Bob may use it."""
    speaker = make_speaker(cast.alice, name=name)
    consent = make_consent(cast.alice, speaker)
    make_approved(cast.alice, cast.dora, speaker)
    let(cast.alice, speaker, cast.bob, "use")
    return speaker, consent


def make_request(
    person: Person, speaker: Speaker, *, text: str = "你好。", style: str = "default"
) -> SynthesisRequest:
    with person.scope() as actor:
        return assets.request_synthesis(
            actor, speaker=speaker, text=text, language="zh", style=style
        )


def sound_file(seed: bytes) -> bytes:
    """A short WAV, another for every seed."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(32_000)
        file.writeframes(seed * 400)
    return content.getvalue()


def release_request(tenant: Tenant, request: SynthesisRequest) -> Asset:
    """What a worker does at the end of a synthesis job, with a sound that needs no engine."""
    stored, written = make_file(tenant, sound_file(request.pk.bytes), purpose=Purpose.AUDIO)
    pcm_sha256 = hashlib.sha256(b"pcm" + request.pk.bytes).hexdigest()
    with tenant_scope(tenant.pk):
        manifest = Manifest.objects.create(
            tenant=tenant,
            object=stored,
            file_sha256=written.sha256,
            pcm_sha256=pcm_sha256,
            produce_id=request.pk.hex,
            labels={"implicit": {"Label": "1"}, "audible": "rhythm"},
            produced_at=datetime.now(UTC),
        )
        return assets.release(
            worker_of(tenant),
            asset=Asset.objects.get(request=request),
            stored=stored,
            written=written,
            manifest=manifest,
            spoken=assets.Spoken(
                duration_ms=1200,
                sample_rate_hz=32_000,
                pcm_sha256=pcm_sha256,
                seed=7,
                captions=CAPTIONS,
                making=Making(
                    bundle_sha256="b" * 64,
                    base_sha256="",
                    code_version="test",
                    kernel={"device": "cpu"},
                    settings={},
                    sample_rate_hz=32_000,
                    samples=38_400,
                    pcm_sha256=pcm_sha256,
                    blocks=b"",
                ),
            ),
        )


def make_asset(person: Person, speaker: Speaker, *, text: str = "你好。") -> Asset:
    return release_request(person.tenant, make_request(person, speaker, text=text))
