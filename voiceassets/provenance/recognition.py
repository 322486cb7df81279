"""Files fingerprints of what was produced, and finds a sound that somebody brings among them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from django.db.models import Count

from voiceassets.provenance import fingerprint as codes
from voiceassets.provenance.fingerprint import Fingerprint as Codes
from voiceassets.provenance.models import Fingerprint, FingerprintKey, Manifest

CANDIDATES = 20
OFFSETS_TRIED = 5
# Copies differ in up to a tenth of their bits, other speech in a third and more.
MOST_ERRORS = 0.2
# A second and a half of sound that is not silence.
FEWEST_FRAMES = 128


@dataclass(frozen=True, kw_only=True)
class Match:
    """Whose sound it is, and in which share of the bits that were compared it differs."""

    manifest: Manifest
    errors: float


def file(manifest: Manifest, found: Codes) -> None:
    """Keep the fingerprint of a manifest's sound, in the caller's transaction."""
    row = Fingerprint.objects.create(
        tenant_id=manifest.tenant_id,
        manifest=manifest,
        codes=found.codes_f.astype("<u4").tobytes(),
        loud=np.packbits(found.loud_f).tobytes(),
    )
    FingerprintKey.objects.bulk_create(
        FingerprintKey(tenant_id=manifest.tenant_id, fingerprint=row, key=key)
        for key in found.filed_under()
    )


def forget(manifest: Manifest) -> None:
    """What is told of this sound stays on record; nobody is led to it by its sound any more."""
    Fingerprint.objects.filter(manifest=manifest).delete()


def recognise(heard: Codes) -> list[Match]:
    """The tenant's sounds that this one is a copy of, the nearest first."""
    questions = heard.questions()
    hits = (
        FingerprintKey.objects.filter(key__in=list(questions))
        .values_list("fingerprint")
        .annotate(hits=Count("pk"))
        .order_by("-hits")[:CANDIDATES]
    )
    rows = Fingerprint.objects.select_related("manifest").in_bulk([pk for pk, _ in hits])
    matches = []
    for row in rows.values():
        share = _errors(heard, questions, row)
        if share is not None and share <= MOST_ERRORS:
            matches.append(Match(manifest=row.manifest, errors=share))
    return sorted(matches, key=lambda match: match.errors)


def _errors(heard: Codes, questions: dict[int, list[int]], row: Fingerprint) -> float | None:
    """The share of differing bits where the two lie best upon each other, if for long enough."""
    codes_f = np.frombuffer(bytes(row.codes), "<u4")
    loud_f = np.unpackbits(np.frombuffer(bytes(row.loud), np.uint8), count=len(codes_f)).astype(
        bool
    )
    offsets: Counter[int] = Counter()
    for frame, key in zip(np.flatnonzero(loud_f), codes.signed(codes_f[loud_f]), strict=True):
        offsets.update(int(frame) - place for place in questions.get(key, ()))
    best = None
    for offset, _ in offsets.most_common(OFFSETS_TRIED):
        start, end = max(0, -offset), min(len(heard.codes_f), len(codes_f) - offset)
        there = slice(start + offset, end + offset)
        both_f = heard.loud_f[start:end] & loud_f[there]
        if both_f.sum() >= FEWEST_FRAMES:
            share = codes.errors(heard.codes_f[start:end][both_f], codes_f[there][both_f])
            best = share if best is None else min(best, share)
    return best
