"""The moment audio becomes audible to people, or does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from voiceassets.assets import cloning, gates
from voiceassets.assets.labelling import require_lawful
from voiceassets.assets.making import Making
from voiceassets.assets.models import Asset, AssetState, SynthesisReceipt
from voiceassets.audit.actions import Action
from voiceassets.audit.services import record, transition
from voiceassets.consent import gate as consent_gate
from voiceassets.core.context import Actor
from voiceassets.core.errors import Conflict
from voiceassets.core.states import require_transition
from voiceassets.provenance.models import Manifest
from voiceassets.registry import lineage
from voiceassets.registry.lineage import Role
from voiceassets.speakers import access
from voiceassets.storage.backends import Written
from voiceassets.storage.models import StoredObject
from voiceassets.storage.services import make_live
from voiceassets.tenants import metering
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """What the engine made: length, rate, the seed it used, and the receipt of its samples.

    `captions` are the rendered "srt" and "vtt", and as "json" every word and what happened.
    `compute_ms` is how long a `device` was at work on it, `making` what the samples follow from.
    """

    duration_ms: int
    sample_rate_hz: int
    pcm_sha256: str
    seed: int
    captions: Mapping[str, Any] = field(default_factory=dict)
    compute_ms: int = 0
    device: str = "cpu"
    making: Making | None = None


@transaction.atomic
def release(
    actor: Actor,
    *,
    asset: Asset,
    stored: StoredObject,
    written: Written,
    manifest: Manifest,
    spoken: Spoken,
) -> Asset:
    """Release audio: every gate is asked again, its rows held until this commits.

    A revocation that committed before is seen here; one that comes now waits. The worker calls
    this inside the transaction in which it locked the job (`leases.lock`) and ends it, so that
    the job's row is always locked before the asset's. On a refusal that transaction rolls back,
    and the worker calls `refuse` in the next one.

    Raises:
        Refused: a gate says no; nothing was released.
        IllegalTransition: the asset is not generating any more.
    """
    locked = _lock(asset)
    require_transition(
        Asset.TRANSITIONS, noun="asset", before=locked.state, after=AssetState.RELEASED
    )
    _require_same_sound(manifest, stored=stored, written=written, spoken=spoken)
    request = locked.request
    consent = gates.require(
        request.version,
        speaker=request.speaker,
        use=request.use,
        preview=request.preview,
        lock=True,
    )
    make_live(stored, written)
    released = transition(
        actor,
        locked,
        to=AssetState.RELEASED,
        action=Action.ASSET_RELEASED,
        note={
            "speaker": request.speaker.public_id,
            "version": request.version.public_id,
            "consent": consent.public_id,
            "manifest": manifest.public_id,
            "sha256": written.sha256,
        },
        object=stored,
        manifest=manifest,
        consent=consent,
        duration_ms=spoken.duration_ms,
        sample_rate_hz=spoken.sample_rate_hz,
        pcm_sha256=spoken.pcm_sha256,
        seed=spoken.seed,
        captions=dict(spoken.captions),
        released_at=Now(),
    )
    released.refresh_from_db(fields=["released_at"])
    if spoken.making is not None:
        SynthesisReceipt.objects.create(
            tenant_id=released.tenant_id, asset=released, **vars(spoken.making)
        )
    metering.charge(
        request.pk,
        audio_ms=spoken.duration_ms,
        compute_ms=spoken.compute_ms,
        device=spoken.device,
    )
    cloning.forget(actor, request)
    target = lineage.node(released)
    for role, source in ((Role.SPOKEN_BY, request.version), (Role.PERMITTED_BY, consent)):
        lineage.link(released.tenant_id, role=role, sources=[lineage.node(source)], target=target)
    return released


@transaction.atomic
def refuse(actor: Actor, *, asset: Asset, code: str) -> Asset:
    """A gate kept this audio back; harmless when it ended otherwise before."""
    return _end(actor, asset, AssetState.REFUSED, Action.SYNTHESIS_REFUSED, code)


@transaction.atomic
def abandon(actor: Actor, *, asset: Asset, code: str) -> Asset:
    """The job ended without audio; harmless when the asset ended otherwise before."""
    return _end(actor, asset, AssetState.FAILED, Action.ASSET_FAILED, code)


@transaction.atomic
def download(actor: Actor, *, asset: Asset) -> StoredObject:
    """The released file, and a record of who took it. The consents must still stand.

    Raises:
        Conflict: `not_released`, there is no audio (yet, or any more).
        ConsentRefused: a consent it depends on was revoked or its term has ended.
        LabelMissing: it lacks a label that a binding law wants, and nobody was exempt from it.
    """
    authorize(actor, Permission.ASSETS_DOWNLOAD)
    request = asset.request
    access.require(actor, request.speaker, "see")
    current = Asset.objects.select_related("object", "consent", "manifest", "request").get(
        pk=asset.pk
    )
    if current.state != AssetState.RELEASED or current.object is None or current.consent is None:
        raise Conflict(
            f"This asset is {current.state}; only a released one has audio.",
            code="not_released",
            state=current.state,
        )
    require_lawful(current)
    consent_gate.require_unrevoked(current.consent, lock=True)
    gates.require_consents(request.version, speaker=request.speaker, use=request.use, lock=True)
    record(
        actor,
        Action.ASSET_DOWNLOADED,
        current,
        speaker=request.speaker.public_id,
        sha256=current.object.sha256,
    )
    return current.object


@transaction.atomic
def record_download_refusal(actor: Actor, *, asset: Asset, code: str) -> None:
    """A gate kept a released file back; in a transaction of its own, after the refusal."""
    record(actor, Action.ASSET_DOWNLOAD_REFUSED, asset, code=code)


def _end(actor: Actor, asset: Asset, to: AssetState, action: Action, code: str) -> Asset:
    locked = _lock(asset)
    if locked.state != AssetState.GENERATING:
        return locked
    metering.give_back(locked.request_id)
    cloning.forget(actor, locked.request)
    return transition(actor, locked, to=to, action=action, note={"code": code}, reason=code)


def _lock(asset: Asset) -> Asset:
    return Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)


def _require_same_sound(
    manifest: Manifest, *, stored: StoredObject, written: Written, spoken: Spoken
) -> None:
    """The manifest must vouch for this file and these samples, not for others."""
    same = (
        manifest.object_id == stored.pk
        and manifest.file_sha256 == written.sha256
        and manifest.pcm_sha256 == spoken.pcm_sha256
    )
    if not same:
        raise Conflict(
            "The manifest is of another file; label this one again.", code="manifest_mismatch"
        )
