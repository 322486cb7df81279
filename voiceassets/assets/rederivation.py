"""Speaking a released asset once more, only to compare: is it what its receipt says?

Shapes: s samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from voiceassets.assets import gates
from voiceassets.assets.making import Difference, Making, Samples, difference
from voiceassets.assets.models import Asset, AssetState, SynthesisReceipt
from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.core.context import Actor
from voiceassets.core.errors import Conflict
from voiceassets.jobs import selectors as job_selectors
from voiceassets.jobs import services as jobs
from voiceassets.jobs.kinds import JobKind
from voiceassets.jobs.models import Job
from voiceassets.registry.models import VersionState
from voiceassets.speakers import access
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A field of the receipt that is another one now."""

    field: str
    then: Any
    now: Any


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether the samples are the same, where not, and what of the receipt is not as it was."""

    asset: Asset
    then: Making
    now: Making
    difference: Difference | None
    facts: tuple[Fact, ...]

    @property
    def equal(self) -> bool:
        return self.difference is None

    def as_dict(self) -> dict[str, Any]:
        """For JSON; `at_ms` is by the clock of the speech, without the audible label."""
        found = None
        if self.difference is not None:
            at_ms = self.difference.sample * 1000 // self.then.sample_rate_hz
            found = self.difference.as_dict() | {"at_ms": at_ms}
        return {
            "asset": self.asset.public_id,
            "equal": self.equal,
            "pcm_sha256": {"then": self.then.pcm_sha256, "now": self.now.pcm_sha256},
            "samples": {"then": self.then.samples, "now": self.now.samples},
            "difference": found,
            "facts": [vars(fact) for fact in self.facts],
        }


@transaction.atomic
def request_rederivation(actor: Actor, *, asset: Asset) -> Job:
    """Have an asset spoken again from its receipt; the job's result says equal or where not.

    Raises:
        Conflict: it is not released, keeps no receipt, was spoken like a clip, which is gone, or
            is being spoken again already.
        Refused: its consents do not stand any more, so that nothing is spoken in this voice.
    """
    authorize(actor, Permission.ASSETS_REDERIVE)
    access.require(actor, asset.request.speaker, "see")
    locked = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    receipt_of(locked)
    require_rights(locked)
    about = job_selectors.open_jobs_about([locked.request_id])
    if about.filter(kind=JobKind.REDERIVE).exists():
        raise Conflict("It is being spoken again already; follow that job.", code="under_way")
    job = jobs.submit(
        actor, kind=JobKind.REDERIVE, tenant_id=locked.tenant_id, subject_id=locked.request_id
    )
    record(
        actor,
        Action.ASSET_REDERIVE_REQUESTED,
        locked,
        speaker=locked.request.speaker.public_id,
        job=job.public_id,
    )
    return job


def receipt_of(asset: Asset) -> Making:
    """What the asset's samples followed from.

    Raises:
        Conflict: `not_released`, `clip_gone`, or `no_receipt`.
    """
    if asset.state != AssetState.RELEASED:
        raise Conflict(
            f"This asset is {asset.state}; only a released one is spoken again.",
            code="not_released",
            state=asset.state,
        )
    if asset.request.clip_id is not None:
        raise Conflict(
            "It was spoken like a clip that was erased with the request, so it cannot be spoken "
            "again; its digest and its receipt stand.",
            code="clip_gone",
        )
    kept = SynthesisReceipt.objects.filter(asset=asset).first()
    if kept is None:
        raise Conflict("This asset was made before receipts were kept.", code="no_receipt")
    return Making(
        bundle_sha256=kept.bundle_sha256,
        base_sha256=kept.base_sha256,
        code_version=kept.code_version,
        kernel=kept.kernel,
        settings=kept.settings,
        sample_rate_hz=kept.sample_rate_hz,
        samples=kept.samples,
        pcm_sha256=kept.pcm_sha256,
        blocks=bytes(kept.blocks),
    )


def require_rights(asset: Asset) -> None:
    """Nobody hears it, and yet the voice speaks: what it rests on must stand.

    Raises:
        Refused: a consent does not.
        Conflict: the version was revoked, so its weights are out of reach.
    """
    request = asset.request
    gates.require_consents(request.version, speaker=request.speaker, use=request.use)
    if request.version.state == VersionState.REVOKED:
        raise Conflict("The version that spoke was revoked.", code="version_revoked")


def compare(asset: Asset, *, now: Making, now_s: Samples, then_s: Samples | None = None) -> Verdict:
    """Samples [s] made now beside the receipt; `then_s` [s] are the old ones, if they are kept."""
    then = receipt_of(asset)
    before, after = then.facts(), now.facts()
    return Verdict(
        asset=asset,
        then=then,
        now=now,
        difference=difference(then, now_s, then_s=then_s),
        facts=tuple(
            Fact(field=name, then=before.get(name), now=after.get(name))
            for name in sorted(before.keys() | after.keys())
            if before.get(name) != after.get(name)
        ),
    )


@transaction.atomic
def record_verdict(actor: Actor, verdict: Verdict) -> None:
    """Put on record what came of it, in the transaction that ends the job."""
    record(
        actor,
        Action.ASSET_REDERIVED,
        verdict.asset,
        equal=verdict.equal,
        pcm_sha256=verdict.now.pcm_sha256,
        changed=[fact.field for fact in verdict.facts],
    )
