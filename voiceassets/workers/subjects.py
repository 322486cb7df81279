"""What becomes of the thing a job was about when the job ends without a result."""

from __future__ import annotations

from uuid import UUID

from voiceassets.assets import services as assets
from voiceassets.assets.live_audio import AudioFeed
from voiceassets.assets.models import SynthesisRequest
from voiceassets.core.context import Actor
from voiceassets.corpus import freezing, preparation
from voiceassets.corpus.models import Dataset, Recording
from voiceassets.jobs.kinds import JobKind
from voiceassets.registry import services as registry
from voiceassets.registry.models import FineTune, StyleChange
from voiceassets.voiceprints import services as voiceprints
from voiceassets.voiceprints.models import NoGoVoice

CANCELLED = "Somebody cancelled this."
# How the codes of gates begin.
REFUSALS = ("clip_", "consent_", "no_go_", "version_")


def abandon(actor: Actor, *, kind: JobKind, subject_id: UUID, code: str, message: str) -> None:
    """Say so on the subject, in the caller's scope; harmless when it ended otherwise before."""
    match kind:
        case JobKind.PREPARE:
            recording = Recording.objects.get(pk=subject_id)
            preparation.fail_preparation(actor, recording=recording, code=code, message=message)
        case JobKind.FREEZE:
            dataset = Dataset.objects.get(pk=subject_id)
            freezing.fail_freeze(actor, dataset=dataset, code=code, message=message)
        case JobKind.EVALUATE | JobKind.DENOISE | JobKind.REDERIVE:
            pass  # nothing of theirs is half made, and their job's state is shown
        case JobKind.FINETUNE | JobKind.ESTIMATE | JobKind.STYLE:
            # Their job's state is shown; a refusal is a decision on record.
            if code.startswith("consent_"):
                _refuse_making(actor, kind=kind, subject_id=subject_id, code=code)
        case JobKind.LISTEN:
            pass  # the consent stands unheard, and `check_evidence` listens again
        case JobKind.EMBED:
            entry = NoGoVoice.objects.select_related("clip").get(pk=subject_id)
            voiceprints.fail(actor, entry=entry, code=code, message=message)
        case JobKind.SYNTHESIZE | JobKind.SYNTHESIZE_BATCH:
            request = SynthesisRequest.objects.select_related("asset").get(pk=subject_id)
            end = assets.refuse if code.startswith(REFUSALS) else assets.abandon
            end(actor, asset=request.asset, code=code)
            AudioFeed(request.public_id).end(code)


def _refuse_making(actor: Actor, *, kind: JobKind, subject_id: UUID, code: str) -> None:
    if kind == JobKind.STYLE:
        change = StyleChange.objects.get(pk=subject_id)
        registry.refuse_style(actor, change=change, code=code)
    else:
        finetune = FineTune.objects.get(pk=subject_id)
        registry.refuse_finetune(actor, finetune=finetune, code=code)
