"""The face of this room: training a voice and judging what came of it."""

from voiceassets.registry.candidates import StyleFacts, note_styles
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
from voiceassets.registry.styles import (
    Restyled,
    complete_style,
    record_style_refusal,
    refuse_style,
    request_removal,
    request_style,
    require_rights,
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
    "Restyled",
    "StyleFacts",
    "Trained",
    "TrainingSettings",
    "approve",
    "complete_finetune",
    "complete_style",
    "keep_evaluation",
    "note_styles",
    "record_refusal",
    "record_style_refusal",
    "refuse_finetune",
    "refuse_style",
    "reject",
    "request_evaluation",
    "request_finetune",
    "request_removal",
    "request_style",
    "require_rights",
    "retire",
    "revoke_versions_of",
    "submit_nightly",
]
