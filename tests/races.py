"""Races a revocation against releases: `python -m tests.races --rounds 500 --threads 6`.

A round: a voice with a fresh consent and a heap of finished audio. Threads release it through the
real service while the consent is revoked; the moment the revocation has returned, what is released
by then is noted. Whatever is released in the end and was not by then is late: there must be none.

`--without-lock` takes FOR SHARE out of the gates' SQL, to see that the race is real.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

if TYPE_CHECKING:
    from tests.factories import Cast
    from voiceassets.assets.models import Asset
    from voiceassets.consent.models import ConsentRecord
    from voiceassets.registry.models import ModelVersion

ROOT = Path(__file__).resolve().parent.parent
PER_THREAD = 3


@dataclass(frozen=True, kw_only=True)
class Tally:
    """`late` assets were released after a revocation had returned."""

    rounds: int
    released: int
    refused: int
    late: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.rounds} rounds in {self.seconds:.0f} s: {self.released} released before the "
            f"revocation returned, {self.refused} refused, {self.late} released after it"
        )


def race(cast: Cast, *, rounds: int, threads: int, lock: bool = True, seed: int = 1) -> Tally:
    """Run `rounds` races of `threads` releasing threads against one revoking one."""
    dice = random.Random(seed)
    version = _voice(cast)
    released = refused = late = 0
    begun = time.monotonic()
    with _gates(lock=lock), _pool(threads + 1) as pool:
        for _ in range(rounds):
            consent, heap = _heap(cast, version, threads * PER_THREAD)
            by_then, in_the_end = _round(
                cast, pool, consent, heap, threads, after=dice.randrange(threads * 2)
            )
            released += len(by_then)
            late += len(in_the_end - by_then)
            refused += len(heap) - len(in_the_end)
    return Tally(
        rounds=rounds,
        released=released,
        refused=refused,
        late=late,
        seconds=time.monotonic() - begun,
    )


def _round(
    cast: Cast,
    pool: ThreadPoolExecutor,
    consent: ConsentRecord,
    heap: list[Asset],
    threads: int,
    *,
    after: int,
) -> tuple[set[object], set[object]]:
    """What was released when the revocation returned, and what is in the end."""
    from voiceassets.assets.models import Asset
    from voiceassets.consent import services as consents

    start, progress = threading.Barrier(threads + 1), threading.Semaphore(0)

    def released() -> set[object]:
        with cast.alice.scope():
            done = Asset.objects.filter(pk__in=[asset.pk for asset in heap], state="released")
            return set(done.values_list("pk", flat=True))

    def release_some(mine: list[Asset]) -> None:
        start.wait()
        for asset in mine:
            _release(cast, asset)
            progress.release()

    def revoke() -> set[object]:
        start.wait()
        for _ in range(after):
            progress.acquire()
        with cast.alice.scope() as alice:
            consents.revoke(alice, consent=consent, reason="The race.")
        return released()

    revoking = pool.submit(revoke)
    shares = [heap[number::threads] for number in range(threads)]
    for work in [pool.submit(release_some, share) for share in shares]:
        work.result()
    return revoking.result(), released()


def _release(cast: Cast, asset: Asset) -> None:
    from tests.factories import worker_of
    from voiceassets.assets import services as assets
    from voiceassets.core.errors import Refused
    from voiceassets.provenance.models import Manifest
    from voiceassets.storage.backends import Written

    tenant = cast.alice.tenant
    try:
        with cast.alice.scope():
            manifest = Manifest.objects.select_related("object").get(produce_id=asset.pk.hex)
            assets.release(
                worker_of(tenant),
                asset=asset,
                stored=manifest.object,
                written=Written(
                    sha256=manifest.file_sha256, size_bytes=4, content_type="audio/wav"
                ),
                manifest=manifest,
                spoken=assets.Spoken(
                    duration_ms=1, sample_rate_hz=1, pcm_sha256=manifest.pcm_sha256, seed=0
                ),
            )
    except Refused:
        return


def _voice(cast: Cast) -> ModelVersion:
    """An approved version whose training consent has ended, so that no round revokes it."""
    from tests.factories import make_approved, make_consent, make_speaker
    from voiceassets.consent.models import ConsentRecord

    speaker = make_speaker(cast.alice, name=f"Racer {time.time_ns()}")
    consent = make_consent(cast.alice, speaker)
    version = make_approved(cast.alice, cast.dora, speaker)
    now = datetime.now(UTC)
    with cast.alice.scope():
        ConsentRecord.objects.filter(pk=consent.pk).update(
            valid_from=now - timedelta(days=2), valid_until=now - timedelta(days=1)
        )
        return (
            type(version)
            .objects.select_related("voice_model__speaker", "consent")
            .get(pk=version.pk)
        )


def _heap(cast: Cast, version: ModelVersion, count: int) -> tuple[ConsentRecord, list[Asset]]:
    """A consent in force, and audio asked for under it that waits to be released."""
    from voiceassets.assets.models import Asset, SynthesisRequest
    from voiceassets.consent.models import ConsentRecord
    from voiceassets.provenance.models import Manifest
    from voiceassets.storage.models import StoredObject

    tenant, old = cast.alice.tenant, version.consent
    speaker = version.voice_model.speaker
    with cast.alice.scope():
        consent = ConsentRecord.objects.create(
            tenant=tenant,
            speaker=speaker,
            person_name=old.person_name,
            purposes=old.purposes,
            valid_from=datetime.now(UTC) - timedelta(minutes=1),
            wording=old.wording,
            wording_version=old.wording_version,
            evidence_id=old.evidence_id,
            evidence_sha256=old.evidence_sha256,
            state="active",
        )
        requests = SynthesisRequest.objects.bulk_create(
            SynthesisRequest(
                tenant=tenant,
                speaker=speaker,
                version=version,
                consent=consent,
                text="你好。",
                language="zh",
                style="default",
                format="wav",
            )
            for _ in range(count)
        )
        heap = Asset.objects.bulk_create(
            Asset(tenant=tenant, request=request) for request in requests
        )
        files = StoredObject.objects.bulk_create(
            StoredObject(tenant=tenant, purpose="audio", key=f"race/{asset.pk}", created_by="race")
            for asset in heap
        )
        digest = hashlib.sha256(b"race").hexdigest()
        Manifest.objects.bulk_create(
            Manifest(
                tenant=tenant,
                object=file,
                file_sha256=digest,
                pcm_sha256=digest,
                produce_id=asset.pk.hex,
                labels={"implicit": {}},
                produced_at=datetime.now(UTC),
            )
            for asset, file in zip(heap, files, strict=True)
        )
    return consent, heap


@contextmanager
def _gates(*, lock: bool) -> Iterator[None]:
    from voiceassets.consent import gate as consent_gate
    from voiceassets.registry import gate as version_gate

    with ExitStack() as patches:
        if not lock:
            for gate in (consent_gate, version_gate):
                patches.enter_context(mock.patch.object(gate, "HOLD", ""))
        yield


@contextmanager
def _pool(threads: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that keep a database connection each, closed at the end by the one that owns it."""
    from django.db import connection

    meeting = threading.Barrier(threads)

    def hang_up() -> None:
        meeting.wait()  # one task a thread
        connection.close()

    with ThreadPoolExecutor(threads) as pool:
        try:
            yield pool
        finally:
            for done in [pool.submit(hang_up) for _ in range(threads)]:
                done.result()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.races", description=__doc__)
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--threads", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without-lock", action="store_true")
    options = parser.parse_args()
    from voiceassets.runtime import roles
    from voiceassets.runtime.testing import PrivateServers

    with tempfile.TemporaryDirectory(prefix="voiceassets-races-") as folder:
        servers = PrivateServers(Path(folder))
        os.environ.update(servers.env)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceassets.settings")
        try:
            servers.start_database()
            servers.start_broker()
            subprocess.run(
                [sys.executable, "manage.py", "migrate", "--verbosity=0"],
                cwd=ROOT,
                env={**os.environ, "DATABASE_URL": roles.dsn(servers.layout, roles.OWNER)},
                check=True,
            )
            tally = _race_from_scratch(options)
        finally:
            servers.stop()
    print(tally)
    return 0 if tally.late == 0 else 1


def _race_from_scratch(options: argparse.Namespace) -> Tally:
    import django

    django.setup()
    from django.db import connections

    from tests.factories import make_cast

    try:
        return race(
            make_cast(),
            rounds=options.rounds,
            threads=options.threads,
            lock=not options.without_lock,
            seed=options.seed,
        )
    finally:
        connections.close_all()


if __name__ == "__main__":
    sys.exit(main())
