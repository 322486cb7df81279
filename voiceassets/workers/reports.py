"""A version's bundle under the name people know it by, and its report on the way to the record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from training.evaluation.choice import falls_of
from training.evaluation.page import PAGE, SCORES
from voiceassets.registry import services as registry
from voiceassets.registry.models import ModelVersion, Occasion
from voiceassets.storage import services as storage
from voiceassets.storage.models import Purpose
from voiceassets.workers import engine_host
from voiceassets.workers.work import Work


def named_folder(work: Work, version: ModelVersion) -> Path:
    """The version's bundle; reports call it "version 3"."""
    link = work.scratch / f"version {version.number}"
    if not link.exists():
        bundle = engine_host.open_bundle(version, aside=work.scratch / version.public_id)
        link.symlink_to(bundle.sealed.folder.absolute())
    return link


def evaluated(
    work: Work,
    folder: Path,
    *,
    occasion: Occasion,
    sentences_each: int | None,
    against: ModelVersion | None = None,
    before: dict[str, Any] | None = None,
) -> registry.Evaluated:
    """Store the page of a report's folder, and read its scores.

    Falls are from the version spoken beside it, or else from the scores `before`. A comparison with
    another version than `against` does not count as one with it.
    """
    scores = json.loads((folder / SCORES).read_text(encoding="utf-8"))
    best = next(voice for voice in scores["voices"] if voice["name"] == scores["best"])
    falls = scores["falls"]
    beside = scores["against"] and scores["against"]["sha256"]
    if against is not None and beside != against.bundle_hash:
        against = None
    if against is None and before is not None:
        falls = [vars(fall) for fall in falls_of(best, before)]
    stored, written = storage.store_file(
        work.lease.tenant_id,
        folder / PAGE,
        purpose=Purpose.OTHER,
        content_type="text/html",
        created_by=work.lease.actor.id,
        job_id=work.lease.job_id,
    )
    return registry.Evaluated(
        occasion=occasion,
        metrics={**best, "sentences_each": sentences_each},
        falls=falls,
        report=stored,
        written=written,
        against=against,
    )
