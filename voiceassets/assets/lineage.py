"""Where an asset comes from, as a signed statement: what went into what, and what the log says.

The statement is the operator's, as of now: consent, clips, dataset, base, run, version, request,
asset and its release, each with the hash that stands for its content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from voiceassets.assets.models import Asset, SynthesisRequest
from voiceassets.audit import selectors as audit
from voiceassets.audit.actions import Action
from voiceassets.audit.chain import leaf_hash, timestamp
from voiceassets.audit.selectors import Proof
from voiceassets.audit.signing import Signed, sign
from voiceassets.consent.models import ConsentRecord
from voiceassets.core import ids
from voiceassets.core.context import Actor
from voiceassets.core.models import TenantOwned
from voiceassets.corpus.models import Dataset, DatasetClip, Recording, Segment
from voiceassets.registry import lineage
from voiceassets.registry.lineage import Direction, Edge, Node, Role
from voiceassets.registry.models import BaseModel, FineTune, ModelVersion
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import allows, authorize

FORMAT = "voiceassets/lineage/1"
# The decisions that made an asset what it is.
DECISIONS = (
    Action.CONSENT_RECORDED,
    Action.CONSENT_ACTIVATED,
    Action.CONSENT_REVOKED,
    Action.DATASET_FROZEN,
    Action.FINETUNE_REQUESTED,
    Action.VERSION_CREATED,
    Action.VERSION_APPROVED,
    Action.VERSION_REVOKED,
    Action.SYNTHESIS_REQUESTED,
    Action.ASSET_RELEASED,
    Action.ASSET_REVOKED,
    Action.ASSET_DELETED,
)
Facts = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """The graph, the operator's statement of it, and the proofs of its events, where allowed."""

    edges: tuple[Edge, ...]
    statement: Signed
    proofs: tuple[Proof, ...]


def lineage_of(actor: Actor, asset: Asset) -> Lineage:
    """The lineage of an asset that the actor may know of.

    Proofs quote the log, so they are given to those who may read it.
    """
    authorize(actor, Permission.ASSETS_READ)
    edges = tuple(_edges(asset))
    nodes = {end.id: end for edge in edges for end in (edge.source, edge.target)}
    told = [_told(nodes[name]) for name in sorted(nodes)]
    events = list(
        audit.events()
        .filter(object_id__in=list(nodes), action__in=DECISIONS)
        .order_by("seq")
        .values_list("seq", "pk")
    )
    leaves = dict(audit.leaves_of(seq for seq, _ in events))
    statement = sign(
        {
            "format": FORMAT,
            "asset": asset.public_id,
            "tenant": str(asset.tenant_id),
            "stated_at": timestamp(timezone.now()),
            "nodes": told,
            "edges": [
                {"from": edge.source.id, "to": edge.target.id, "role": edge.role} for edge in edges
            ],
            "events": [
                {
                    "id": leaf["id"],
                    "action": leaf["action"],
                    "object": leaf["object_id"],
                    "leaf": leaf_hash(leaf).hex(),
                }
                for leaf in leaves.values()
            ],
        }
    )
    may_read = allows(actor, Permission.AUDIT_READ)
    found = (audit.proof(pk) for _, pk in events) if may_read else ()
    return Lineage(
        edges=edges,
        statement=statement,
        proofs=tuple(proof for proof in found if proof is not None and proof.checkpoint),
    )


def _edges(asset: Asset) -> Iterator[Edge]:
    """What is kept of the walk upwards, with the request, the run and the clips in their places."""
    target, request = lineage.node(asset), asset.request
    yield Edge(source=lineage.node(request), target=target, role=Role.ASKED_FOR_BY, depth=1)
    for edge in lineage.walk(asset.public_id, Direction.UP):
        yield edge
        if edge.role == Role.TRAINED_ON:
            yield from _clips(edge.source, edge.depth + 1)
        if edge.role == Role.SPOKEN_BY:
            version = ModelVersion.objects.get(pk=ids.decode(ModelVersion.PREFIX, edge.source.id))
            if version.mlflow_run_id:
                run = Node(type="run", id=version.mlflow_run_id)
                yield Edge(source=run, target=edge.source, role="trained_by", depth=edge.depth + 1)


def _clips(dataset: Node, depth: int) -> Iterator[Edge]:
    rows = DatasetClip.objects.filter(dataset=ids.decode(Dataset.PREFIX, dataset.id))
    for clip in rows.select_related("segment__recording").order_by("pk"):
        segment = lineage.node(clip.segment)
        yield Edge(source=segment, target=dataset, role=Role.PART_OF, depth=depth)
        recording = lineage.node(clip.segment.recording)
        yield Edge(source=recording, target=segment, role="cut_from", depth=depth + 1)


def _consent(row: ConsentRecord) -> Facts:
    return {
        "state": row.state,
        "purposes": list(row.purposes),
        "wording_version": row.wording_version,
        "sha256": row.evidence_sha256,
    }


def _version(row: ModelVersion) -> Facts:
    return {
        "state": row.state,
        "number": row.number,
        "code_version": row.code_version,
        "sha256": row.bundle_hash,
    }


def _asset(row: Asset) -> Facts:
    return {
        "state": row.state,
        "released_at": timestamp(row.released_at) if row.released_at else None,
        "pcm_sha256": row.pcm_sha256,
        "sha256": row.manifest.file_sha256 if row.manifest else "",
    }


# What is told of each kind of thing; who spoke or asked is told by ids only.
KINDS: tuple[tuple[type[TenantOwned], Callable[[Any], Facts]], ...] = (
    (ConsentRecord, _consent),
    (Recording, lambda row: {"state": row.state, "sha256": row.object.sha256}),
    (Segment, lambda row: {"sha256": row.sha256}),
    (Dataset, lambda row: {"state": row.state, "sha256": row.content_hash}),
    (BaseModel, lambda row: {"name": row.name, "sha256": row.content_hash}),
    (FineTune, lambda row: {"preset": row.settings.get("preset", "")}),
    (ModelVersion, _version),
    (SynthesisRequest, lambda row: {"language": row.language}),
    (Asset, _asset),
)
TOLD = {model._meta.model_name: (model, facts) for model, facts in KINDS}


def _told(node: Node) -> Facts:
    """A node with its facts, and no more of it than ids, states and hashes."""
    about = {"type": node.type, "id": node.id}
    if node.type not in TOLD:
        return about
    model, facts = TOLD[node.type]
    row = model._default_manager.filter(pk=ids.decode(model.PREFIX, node.id)).first()
    return about | facts(row) if row is not None else about
