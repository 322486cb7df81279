"""The face of this room: recordings and datasets, for people and for the workers they employ."""

from voiceassets.corpus.datasets import create_dataset, freeze
from voiceassets.corpus.denoising import finish_denoising, request_denoising
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
from voiceassets.corpus.segments import SegmentEdit, edit_segment

__all__ = [
    "LANGUAGES",
    "SegmentEdit",
    "TranscriptUpload",
    "create_dataset",
    "delete_recording",
    "delete_recordings_of",
    "edit_segment",
    "fail_freeze",
    "fail_preparation",
    "finish_denoising",
    "finish_freeze",
    "finish_preparation",
    "freeze",
    "prepare_again",
    "request_denoising",
    "review",
    "start_preparation",
    "supply_transcript",
    "upload_recording",
]
