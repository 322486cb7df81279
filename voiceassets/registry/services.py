"""The face of this room: training a voice and judging what came of it."""

from voiceassets.registry.judgement import (
    add_evaluation,
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
    "Trained",
    "TrainingSettings",
    "add_evaluation",
    "approve",
    "complete_finetune",
    "record_refusal",
    "refuse_finetune",
    "reject",
    "request_finetune",
    "retire",
    "revoke_versions_of",
]
