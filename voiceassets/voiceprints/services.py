"""The face of this room: keep, compare and forget what voices are like."""

from voiceassets.voiceprints.keeping import forget, forget_source, keep, mean_direction
from voiceassets.voiceprints.matching import (
    ClipRefused,
    Likeness,
    NoGo,
    barred,
    is_calibrated,
    is_wrong_voice,
    likenesses,
    likenesses_of,
    require_allowed,
    require_own_voice,
    score,
)
from voiceassets.voiceprints.no_go import (
    activate,
    add,
    appeal,
    deny,
    fail,
    revoke_voiceprint,
    sign,
)

__all__ = [
    "ClipRefused",
    "Likeness",
    "NoGo",
    "activate",
    "add",
    "appeal",
    "barred",
    "deny",
    "fail",
    "forget",
    "forget_source",
    "is_calibrated",
    "is_wrong_voice",
    "keep",
    "likenesses",
    "likenesses_of",
    "mean_direction",
    "require_allowed",
    "require_own_voice",
    "revoke_voiceprint",
    "score",
    "sign",
]
