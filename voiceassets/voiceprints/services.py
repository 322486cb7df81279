"""The face of this room: keep, compare and forget what voices are like."""

from voiceassets.voiceprints.keeping import forget, forget_source, keep

__all__ = ["forget", "forget_source", "keep"]
