"""The face of this room: recordings and datasets, for people and for the workers they employ."""

from voiceassets.corpus.datasets import create_dataset, freeze
from voiceassets.corpus.freezing import fail_freeze, finish_freeze
from voiceassets.corpus.preparation import fail_preparation, finish_preparation, start_preparation
from voiceassets.corpus.recordings import (
    LANGUAGES,
    TranscriptUpload,
    delete_recording,
    delete_recordings_of,
    prepare_again,
    review,
    supply_transcript,
    upload_recording,
)

__all__ = [
    "LANGUAGES",
    "TranscriptUpload",
    "create_dataset",
    "delete_recording",
    "delete_recordings_of",
    "fail_freeze",
    "fail_preparation",
    "finish_freeze",
    "finish_preparation",
    "freeze",
    "prepare_again",
    "review",
    "start_preparation",
    "supply_transcript",
    "upload_recording",
]
