"""How the freezing of a dataset went: its manifest is kept, or it failed."""

from __future__ import annotations

from django.db import transaction

from voiceassets.audit.actions import Action
from voiceassets.audit.services import transition
from voiceassets.core.context import Actor
from voiceassets.core.errors import Conflict
from voiceassets.corpus import selectors
from voiceassets.corpus.datasets import keep_only
from voiceassets.corpus.models import Dataset, DatasetState
from voiceassets.corpus.prepared import FrozenDataset
from voiceassets.storage import services as storage


@transaction.atomic
def finish_freeze(actor: Actor, *, dataset: Dataset, frozen: FrozenDataset) -> Dataset:
    """Keep the manifest; from the commit on the database lets nothing of the dataset change.

    Raises:
        Conflict: the manifest does not name exactly the dataset's clips.
        IllegalTransition: the dataset was not being frozen.
    """
    locked = Dataset.objects.select_for_update().get(pk=dataset.pk)
    if locked.target_ms is not None:
        keep_only(locked, frozen.clip_sha256s)
    clips = selectors.clips(actor, dataset=locked).values_list("sha256", flat=True)
    if sorted(clips) != sorted(frozen.clip_sha256s):
        raise Conflict(
            "The manifest does not name exactly the clips of this dataset; freeze it again.",
            code="manifest_differs",
        )
    return transition(
        actor,
        locked,
        to=DatasetState.FROZEN,
        action=Action.DATASET_FROZEN,
        note={"content_hash": frozen.content_hash, "clips": len(frozen.clip_sha256s)},
        content_hash=frozen.content_hash,
        manifest=storage.make_live(frozen.object, frozen.written),
        coverage=dict(frozen.coverage),
        selection=[*(locked.selection or ()), *map(dict, frozen.selection or ())] or None,
    )


@transaction.atomic
def fail_freeze(actor: Actor, *, dataset: Dataset, code: str, message: str) -> Dataset:
    """The job ended without result; harmless for a dataset that no longer waits for one."""
    locked = Dataset.objects.select_for_update().get(pk=dataset.pk)
    if locked.state != DatasetState.FREEZING:
        return locked
    return transition(
        actor,
        locked,
        to=DatasetState.FAILED,
        action=Action.DATASET_FAILED,
        failure={"code": code, "message": message},
    )
