"""From somebody asking for a voice to be trained, to the candidate that comes of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction

from training import config as presets
from training.settings import BadSetting, change
from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.consent import gate
from voiceassets.consent.models import ConsentRecord, Purpose
from voiceassets.core.context import Actor
from voiceassets.core.errors import Conflict, Invalid, NotAllowed
from voiceassets.corpus.models import Dataset, DatasetState, Recording
from voiceassets.jobs import services as jobs
from voiceassets.jobs.kinds import JobKind
from voiceassets.registry import lineage
from voiceassets.registry.candidates import (
    StyleFacts,
    add_candidate,
    require_continuable,
    require_continued_consent,
)
from voiceassets.registry.evaluation import Evaluated, keep_evaluation
from voiceassets.registry.lineage import Role
from voiceassets.registry.models import BaseModel, FineTune, ModelVersion
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker
from voiceassets.speakers.services import require_active
from voiceassets.storage.backends import Written
from voiceassets.storage.models import StoredObject
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize
from voiceassets.voiceprints import services as voiceprints

PRESETS = ("auto", *presets.PRESETS)
MAX_SEED = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How long and from which random start to train; `auto` goes by the minutes of audio.

    `changes` are settings by name that are to be other than the preset's.
    """

    preset: str = "auto"
    seed: int = 1234
    changes: Mapping[str, object] = field(default_factory=dict)

    def config(self, audio_ms: int) -> presets.FinetuneConfig:
        """What to train with on so much audio."""
        if self.preset == "auto":
            preset = presets.preset_for(audio_ms)
        else:
            preset = presets.PRESETS[self.preset]
        return change(dataclasses.replace(preset, seed=self.seed), self.changes)

    def require_sound(self) -> None:
        if self.preset not in PRESETS:
            raise Invalid(f"preset must be one of {', '.join(PRESETS)}.", field="preset")
        if not 0 <= self.seed <= MAX_SEED:
            raise Invalid(f"seed must lie between 0 and {MAX_SEED}.", field="seed")
        try:
            self.config(audio_ms=0)
        except BadSetting as error:
            raise Invalid(str(error), field=f"changes.{error.name}") from error


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What a worker reports of a finished fine-tune: ids and hashes for the record."""

    bundle_hash: str
    base_name: str
    base_hash: str
    code_version: str
    metrics: dict[str, Any] = field(default_factory=dict)
    mlflow_run_id: str = ""
    styles: tuple[StyleFacts, ...] | None = None


@transaction.atomic
def request_finetune(
    actor: Actor,
    *,
    speaker: Speaker,
    dataset: Dataset,
    settings: TrainingSettings | None = None,
    continues: ModelVersion | None = None,
    trial: bool = False,
) -> FineTune:
    """Have a voice trained on a frozen dataset, if the speaker has agreed to it.

    With `continues`, learning goes on from a version of the same voice. A `trial` only says what
    that would cost: the job's result is time and memory.

    Raises:
        ConsentRefused: no consent in force covers training, or it does not renew the one under
            which the version was trained that is gone on from.
    """
    authorize(actor, Permission.FINETUNES_CREATE)
    access.require(actor, speaker, "manage")
    require_active(speaker)
    settings = settings or TrainingSettings()
    settings.require_sound()
    if actor.user_id is None:
        raise NotAllowed("A fine-tune is asked for by a person, so that another can approve it.")
    if dataset.speaker_id != speaker.pk:
        raise Invalid("This dataset is of another speaker.", field="dataset")
    if dataset.state != DatasetState.FROZEN:
        raise Conflict("Freeze the dataset before training on it.", code="dataset_not_frozen")
    if continues is not None:
        require_continuable(continues, speaker)
    voiceprints.require_allowed(speaker)
    consent = _require_consent(speaker, continues)
    finetune = FineTune(
        tenant_id=speaker.tenant_id,
        speaker=speaker,
        dataset=dataset,
        consent=consent,
        settings=asdict(settings),
        trial=trial,
        continues=continues,
        requested_by_id=actor.user_id,
    )
    kind = JobKind.ESTIMATE if trial else JobKind.FINETUNE
    finetune.job = jobs.submit(
        actor, kind=kind, tenant_id=speaker.tenant_id, subject_id=finetune.pk
    )
    finetune.save(force_insert=True)
    record(
        actor,
        Action.FINETUNE_ESTIMATE_REQUESTED if trial else Action.FINETUNE_REQUESTED,
        finetune,
        speaker=speaker.public_id,
        dataset=dataset.public_id,
        consent=consent.public_id,
        job=finetune.job.public_id,
        continues=continues and continues.public_id,
    )
    return finetune


@transaction.atomic
def record_refusal(actor: Actor, *, speaker: Speaker, code: str) -> None:
    """A gate refused to have this voice trained; in a transaction of its own, after the refusal."""
    record(actor, Action.FINETUNE_REFUSED, speaker, code=code)


@transaction.atomic
def refuse_finetune(actor: Actor, *, finetune: FineTune, code: str) -> None:
    """A gate refused the result of a fine-tune; the worker ends the job in this transaction."""
    record(actor, Action.FINETUNE_REFUSED, finetune, code=code)


@transaction.atomic
def complete_finetune(
    actor: Actor,
    *,
    finetune: FineTune,
    bundle: StoredObject,
    written: Written,
    trained: Trained,
    evaluated: Evaluated | None = None,
) -> ModelVersion:
    """Keep what was trained as a candidate, with everything it came from.

    The worker calls this within the transaction in which it holds and ends the job.

    Raises:
        ConsentRefused: the consent to train was revoked or ended meanwhile; nothing is kept.
    """
    locked = FineTune.objects.select_for_update(of=("self",)).get(pk=finetune.pk)
    if locked.version_id is not None:
        raise Conflict("This fine-tune has its version already.", code="already_completed")
    speaker, dataset = locked.speaker, locked.dataset
    gate.require_unrevoked(locked.consent, lock=True)
    consent = _require_consent(speaker, locked.continues, lock=True)
    # What learned goes on from a version rests on that one's consent, too, which is the older.
    rests_on = locked.continues.consent if locked.continues else locked.consent
    base, _ = BaseModel.objects.get_or_create(
        tenant_id=locked.tenant_id, name=trained.base_name, content_hash=trained.base_hash
    )
    trained_on = lineage.node(dataset)
    recordings = Recording.objects.filter(segments__clips__dataset=dataset).distinct()
    lineage.link(
        locked.tenant_id,
        role=Role.PART_OF,
        sources=[lineage.node(recording) for recording in recordings],
        target=trained_on,
    )
    version = add_candidate(
        actor,
        speaker=speaker,
        bundle=bundle,
        written=written,
        styles=trained.styles,
        sources={
            Role.TRAINED_ON: [trained_on],
            Role.PERMITTED_BY: {lineage.node(rests_on), lineage.node(locked.consent)},
            Role.STARTED_FROM: [lineage.node(base)],
            Role.CONTINUED_FROM: [lineage.node(locked.continues)] if locked.continues else [],
            Role.ASKED_FOR_BY: [lineage.node(locked)],
        },
        note={"finetune": locked.public_id, "consent": consent.public_id},
        bundle_hash=trained.bundle_hash,
        requested_by_id=locked.requested_by_id,
        consent=rests_on,
        base=base,
        dataset=dataset,
        dataset_hash=dataset.content_hash,
        base_hash=trained.base_hash,
        code_version=trained.code_version,
        metrics=trained.metrics,
        mlflow_run_id=trained.mlflow_run_id,
    )
    locked.version = version
    locked.save(update_fields=["version"])
    if evaluated is not None:
        keep_evaluation(actor, version=version, evaluated=evaluated)
    return version


def _require_consent(
    speaker: Speaker, continues: ModelVersion | None, *, lock: bool = False
) -> ConsentRecord:
    if continues is not None:
        return require_continued_consent(continues, lock=lock)
    return gate.require(speaker, Purpose.TRAIN, lock=lock)
