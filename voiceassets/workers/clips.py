"""Lays a dataset's clips out as the folder that training reads."""

from __future__ import annotations

from pathlib import Path

from training.prepare.manifest import ClipSource, DatasetError, Manifest, freeze
from training.prepare.selection import Candidate, Selection, choose_best, phones_of
from voiceassets.core.context import tenant_scope
from voiceassets.corpus import selectors
from voiceassets.corpus.models import Dataset, Segment
from voiceassets.storage import services as storage
from voiceassets.workers.work import Failed, Work


def choose(work: Work, dataset: Dataset) -> Selection | None:
    """The best clips of a draft that is to hold only so much sound; None if all are wanted.

    Raises Failed when the time asked for has room for none.
    """
    if dataset.target_ms is None:
        return None
    candidates = [
        Candidate(
            key=segment.public_id,
            duration_ms=segment.duration_ms,
            snr_db=float(segment.report.get("snr_db") or 0.0),
            phones=phones_of(segment.text, segment.language),
        )
        for segment in _segments(work, dataset)
    ]
    best = choose_best(candidates, target_ms=dataset.target_ms)
    if not best.duration_ms:
        raise Failed("nothing_chosen", best.explanation)
    return best


def lay_out(work: Work, dataset: Dataset, folder: Path, best: Selection | None = None) -> Manifest:
    """Fetch every clip, or the best, verified, and write the manifest.

    Raises Failed for an unfit dataset.
    """
    fetched = work.scratch / "clips"
    fetched.mkdir()
    segments = _segments(work, dataset)
    if best is not None:
        chosen = {decision.key for decision in best.decisions if decision.is_chosen}
        segments = [segment for segment in segments if segment.public_id in chosen]
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
                style=segment.recording.style,
                snr_db=segment.report.get("snr_db"),
            )
        )
    try:
        return freeze(sources, folder)
    except DatasetError as error:
        raise Failed("bad_dataset", str(error)) from error


def _segments(work: Work, dataset: Dataset) -> list[Segment]:
    with tenant_scope(work.lease.tenant_id):
        rows = selectors.clips(work.lease.actor, dataset=dataset)
        return list(rows.select_related("recording"))
