"""Lays a dataset's clips out as the folder that training reads."""

from __future__ import annotations

from pathlib import Path

from training.prepare.manifest import ClipSource, DatasetError, Manifest, freeze
from voiceassets.core.context import tenant_scope
from voiceassets.corpus import selectors
from voiceassets.corpus.models import Dataset
from voiceassets.storage import services as storage
from voiceassets.workers.work import Failed, Work


def lay_out(work: Work, dataset: Dataset, folder: Path) -> Manifest:
    """Fetch every clip, verified, and write the manifest; raises Failed for an unfit dataset."""
    fetched = work.scratch / "clips"
    fetched.mkdir()
    with tenant_scope(work.lease.tenant_id):
        segments = list(
            selectors.clips(work.lease.actor, dataset=dataset).select_related("recording")
        )
    sources = []
    for number, segment in enumerate(segments, start=1):
        work.report("fetch clips", number, len(segments))
        sources.append(
            ClipSource(
                wav_path=storage.fetch_to(segment.object, fetched / f"{segment.pk}.wav"),
                text=segment.text,
                language=segment.language,
                recording_id=segment.recording.public_id,
                segment_id=segment.public_id,
            )
        )
    try:
        return freeze(sources, folder)
    except DatasetError as error:
        raise Failed("bad_dataset", str(error)) from error
