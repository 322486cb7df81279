"""Taking audio back: deleting what nobody wants, revoking what nobody may have."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from voiceassets.assets.models import Asset, AssetState, SynthesisRequest
from voiceassets.assets.release import refuse
from voiceassets.audit.actions import Action
from voiceassets.audit.services import transition
from voiceassets.consent import holds
from voiceassets.consent.models import ConsentRecord
from voiceassets.core.context import Actor
from voiceassets.core.errors import Conflict
from voiceassets.jobs import services as jobs
from voiceassets.jobs.selectors import open_jobs_about
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker
from voiceassets.storage.services import erase, withhold
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize


@transaction.atomic
def delete_asset(actor: Actor, *, asset: Asset) -> Asset:
    """Erase the audio; the record of what was said, and by what right, stays.

    Raises:
        OnHold, OnLegalHold: somebody is obliged to keep the file, or the voice.
    """
    authorize(actor, Permission.ASSETS_DELETE)
    access.require(actor, asset.request.speaker, "use")
    holds.require_none(asset.request.speaker)
    deleted = transition(actor, asset, to=AssetState.DELETED, action=Action.ASSET_DELETED)
    if deleted.object is not None:
        erase(actor, deleted.object)
    return deleted


def delete_assets_of(actor: Actor, *, speaker: Speaker) -> None:
    """A person is erased: every audio that was made in their voice is deleted.

    Part of the caller's decision, which erases the files.
    """
    rows = Asset.objects.filter(
        request__speaker=speaker, state__in=[AssetState.RELEASED, AssetState.REVOKED]
    )
    for asset in rows.order_by("id"):
        transition(actor, asset, to=AssetState.DELETED, action=Action.ASSET_DELETED)


@transaction.atomic
def revoke_assets_of(actor: Actor, *, consent: ConsentRecord) -> list[Asset]:
    """Withdraw everything that rests on a revoked consent: released, or still being made.

    Audio rests on the consent it was released under, and on the one its version was trained
    under. Harmless when repeated. Returns the released assets that were withdrawn.
    """
    authorize(actor, Permission.ASSETS_DELETE)
    waiting = list(
        SynthesisRequest.objects.filter(
            Q(consent=consent) | Q(version__consent=consent), asset__state=AssetState.GENERATING
        ).select_related("asset")
    )
    _stop_jobs_about(actor, [request.pk for request in waiting])
    for request in waiting:
        refuse(actor, asset=request.asset, code="consent_revoked")
    released = Asset.objects.filter(
        Q(consent=consent) | Q(request__version__consent=consent), state=AssetState.RELEASED
    ).select_for_update(of=("self",))
    spoken = list(released.order_by("pk"))
    _stop_jobs_about(actor, [asset.request_id for asset in spoken])
    return [_revoke(actor, asset, consent) for asset in spoken]


def _stop_jobs_about(actor: Actor, request_ids: list[UUID]) -> None:
    for job in open_jobs_about(request_ids):
        with suppress(Conflict):  # it ended while we looked
            jobs.stop(actor, job=job)


def _revoke(actor: Actor, asset: Asset, consent: ConsentRecord) -> Asset:
    """Withdraw released audio; the links to its file that are on their way die with it."""
    if asset.object is not None:
        withhold(asset.object)
    return transition(
        actor,
        asset,
        to=AssetState.REVOKED,
        action=Action.ASSET_REVOKED,
        note={"consent": consent.public_id},
    )
