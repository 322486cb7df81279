"""Which asset is this file? By its bytes, its samples, its sound, or by what its label claims."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from voiceassets.assets import gates, selectors
from voiceassets.assets.models import Asset
from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.consent import gate as consent_gate
from voiceassets.core import ids
from voiceassets.core.context import Actor, current_tenant
from voiceassets.core.errors import NotFound, Refused
from voiceassets.provenance.examine import Examined
from voiceassets.provenance.laws import Verdict, judge
from voiceassets.provenance.recognition import recognise
from voiceassets.registry import lineage
from voiceassets.registry.lineage import Direction, Edge
from voiceassets.tenants.models import Tenant
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize


class Basis(StrEnum):
    """How sure it is: the same file, the same samples, the same sound coded again, or a claim."""

    FILE = "file"
    SAMPLES = "samples"
    SOUND = "sound"
    LABEL = "label"
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a file is; `rights` is the gates' code, `consent_in_force` when all of them agree."""

    examined: Examined
    file_sha256: str
    basis: Basis
    asset: Asset | None
    rights: str
    lineage: tuple[Edge, ...]

    @property
    def laws(self) -> list[Verdict]:
        """What each law says of the file as it lies here, whose labels may be gone by now."""
        waived = self.asset is not None and self.asset.request.exempted_by_id is not None
        return list(judge(self.examined.layers(), waived=waived))

    @property
    def ai_generated(self) -> bool:
        """Whether a label says so or the platform knows that it made it."""
        return self.asset is not None or self.examined.says_generated

    @property
    def made_by(self) -> str:
        """This platform's operator where the asset is known, else who a label names."""
        return settings.LABEL_PROVIDER if self.asset is not None else self.examined.made_by


@transaction.atomic
def identify(actor: Actor, examined: Examined, *, file_sha256: str) -> Finding:
    """Find the asset among those of voices the actor may know of; that it was asked is recorded."""
    authorize(actor, Permission.ASSETS_READ)
    basis, asset = _find(actor, examined, file_sha256)
    record(
        actor,
        Action.FILE_VERIFIED,
        asset or Tenant.objects.get(pk=current_tenant()),
        sha256=file_sha256,
        basis=basis.value,
    )
    return Finding(
        examined=examined,
        file_sha256=file_sha256,
        basis=basis,
        asset=asset,
        rights=_rights(asset) if asset else "",
        lineage=tuple(lineage.walk(asset.public_id, Direction.UP)) if asset else (),
    )


def _find(actor: Actor, examined: Examined, file_sha256: str) -> tuple[Basis, Asset | None]:
    known = selectors.assets(actor).select_related("manifest", "consent")
    same = known.filter(manifest__file_sha256=file_sha256).first()
    if same is not None:
        return Basis.FILE, same
    hashes = examined.pcm_sha256s
    same_samples = Q(manifest__pcm_sha256__in=hashes) | Q(manifest__marked_sha256__in=hashes)
    same = known.filter(same_samples).first()
    if same is not None:
        return Basis.SAMPLES, same
    matches = recognise(examined.fingerprint) if examined.fingerprint else []
    by_manifest = {
        asset.manifest_id: asset
        for asset in known.filter(manifest__in=[match.manifest for match in matches])
    }
    for match in matches:
        if match.manifest.pk in by_manifest:
            return Basis.SOUND, by_manifest[match.manifest.pk]
    if examined.label is not None:
        try:
            claimed = ids.decode(Asset.PREFIX, examined.label.produce_id)
        except NotFound:
            return Basis.NOTHING, None
        same = known.filter(pk=claimed).first()
        if same is not None:
            return Basis.LABEL, same
    return Basis.NOTHING, None


def _rights(asset: Asset) -> str:
    request = asset.request
    try:
        if asset.consent is not None:
            consent_gate.require_unrevoked(asset.consent)
        gates.require_consents(request.version, speaker=request.speaker, use=request.use)
    except Refused as refusal:
        return refusal.code
    return "consent_in_force"
