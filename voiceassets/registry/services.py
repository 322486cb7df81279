"""The face of this room: training a voice and judging what came of it."""

from voiceassets.registry.evaluation import (
    Evaluated,
    keep_evaluation,
    request_evaluation,
    submit_nightly,
)
from voiceassets.registry.judgement import (
    approve,
    reject,
    retire,
    revoke_versions_of,
)
from voiceassets.registry.training import (
    PRESETS,
    Trained,
    TrainingSettings,
    complete_finetune,
    record_refusal,
    refuse_finetune,
    request_finetune,
)

__all__ = [
    "PRESETS",
    "Evaluated",
    "Trained",
    "TrainingSettings",
    "approve",
    "complete_finetune",
    "keep_evaluation",
    "record_refusal",
    "refuse_finetune",
    "reject",
    "request_evaluation",
    "request_finetune",
    "retire",
    "revoke_versions_of",
    "submit_nightly",
]
