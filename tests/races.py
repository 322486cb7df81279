"""Races a revocation against releases: `python -m tests.races --rounds 1000 --threads 8`.

A round: a voice trained under a fresh consent, and a heap of finished audio. Threads release it as
workers do, each piece with the end of its job, while the consent is revoked and what rests on it
withdrawn. The moment the revocation has returned, what is released by then is noted. Whatever was
released in the end and was not by then is late: there must be none, and nothing may stay released.
Each thread also downloads what it has released, and asks for each piece whether a listener may go
on: neither may be allowed when it was asked for after the revocation had returned. One listener a
round hears live speech: it must be cut within two seconds. At last the round's receipt is held
against the database and the object store.

`--without-lock` takes FOR SHARE out of the gates' SQL, to see that the race is real.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock
from uuid import UUID

from tests import race_listeners, race_receipts

if TYPE_CHECKING:
    from tests.factories import Cast
    from voiceassets.assets.models import Asset
    from voiceassets.consent.models import ConsentRecord
    from voiceassets.jobs.leases import Lease
    from voiceassets.registry.models import ModelVersion

ROOT = Path(__file__).resolve().parent.parent
PER_THREAD = 3
CUT_WITHIN_S = 2.0
SOUND = b"race"


@dataclass(frozen=True, kw_only=True)
class Tally:
    """`late` assets were released after a revocation had returned, `left` were not withdrawn.

    `given` is how often sound was downloaded or sent on in time, `given_late` afterwards. Live
    speech was heard until `longest_s` after the revocation had returned. `faults` are what receipts
    say otherwise than the records, `left_bytes` files of refused audio that the store still has.
    """

    rounds: int
    released: int
    refused: int
    late: int
    left: int
    given: int
    given_late: int
    listeners: int
    longest_s: float
    faults: tuple[str, ...]
    left_bytes: int
    seconds: float

    @property
    def is_clean(self) -> bool:
        wrong = self.late, self.left, self.given_late, len(self.faults), self.left_bytes
        return not any(wrong) and self.longest_s < CUT_WITHIN_S

    def __str__(self) -> str:
        return (
            f"{self.rounds} rounds in {self.seconds:.0f} s: {self.released} released before the "
            f"revocation returned, {self.refused} refused, {self.late} released after it, "
            f"{self.left} left after the withdrawal; {self.given} times sound was given out before "
            f"it, {self.given_late} times after it; {self.listeners} listeners of live speech "
            f"heard it for at most {max(self.longest_s, 0):.2f} s more; {len(self.faults)} faults "
            f"in {self.rounds} receipts, {self.left_bytes} files left of what was refused"
        )


def race(cast: Cast, *, rounds: int, threads: int, lock: bool = True, seed: int = 1) -> Tally:
    """Run `rounds` races of `threads` releasing threads against one revoking one."""
    dice = random.Random(seed)
    template = _voice(cast)
    released = refused = late = left = given = given_late = left_bytes = 0
    faults: list[str] = []
    heard: list[tuple[float, Future[list[float]]]] = []
    begun = time.monotonic()
    with _gates(lock=lock), ThreadPoolExecutor() as listeners, _pool(threads + 1) as pool:
        for _ in range(rounds):
            consent, heap = _heap(cast, template, threads * PER_THREAD)
            start = threading.Barrier(threads + 2)
            listening = listeners.submit(race_listeners.listen, cast, heap[0].request, start)
            by_then, returned_at, gifts = _round(
                cast, pool, start, consent, heap, threads, after=dice.randrange(threads * 2)
            )
            heard.append((returned_at, listening))
            given += sum(asked_at < returned_at for asked_at in gifts)
            given_late += sum(asked_at >= returned_at for asked_at in gifts)
            in_the_end = _in_state(cast, heap, "released", "revoked")
            released += len(by_then)
            late += len(in_the_end - by_then)
            refused += len(_in_state(cast, heap, "refused"))
            left += len(_in_state(cast, heap, "released", "generating"))
            _settle()
            faults += race_receipts.faults(cast, consent, heap)
            left_bytes += race_receipts.left_in_store(cast, heap)
        over = [at - returned for returned, ears in heard for at in ears.result()[-1:]]
    return Tally(
        rounds=rounds,
        released=released,
        refused=refused,
        late=late,
        left=left,
        given=given,
        given_late=given_late,
        listeners=len(over),
        longest_s=max(over, default=0.0),
        faults=tuple(faults),
        left_bytes=left_bytes,
        seconds=time.monotonic() - begun,
    )


def _round(
    cast: Cast,
    pool: ThreadPoolExecutor,
    start: threading.Barrier,
    consent: ConsentRecord,
    heap: list[Asset],
    threads: int,
    *,
    after: int,
) -> tuple[set[UUID], float, list[float]]:
    """What was released when the revocation returned, when that was, and when sound was given."""
    from tests.factories import OPERATOR
    from voiceassets.assets import services as assets
    from voiceassets.consent import services as consents
    from voiceassets.registry import services as registry

    progress = threading.Semaphore(0)
    gifts: list[float] = []

    def release_some(mine: list[Asset]) -> None:
        start.wait()
        for asset in mine:
            _release(cast, asset)
            progress.release()
            for give in (_download, _send_on):
                asked_at = time.monotonic()
                if give(cast, asset):
                    gifts.append(asked_at)

    def revoke() -> tuple[set[UUID], float]:
        start.wait()
        for _ in range(after):
            progress.acquire()
        with cast.alice.scope() as alice:
            consents.revoke(alice, consent=consent, reason="The race.")
        returned_at = time.monotonic()
        by_then = _in_state(cast, heap, "released")
        with cast.alice.scope():
            registry.revoke_versions_of(OPERATOR, consent=consent)
            assets.revoke_assets_of(OPERATOR, consent=consent)
        return by_then, returned_at

    revoking = pool.submit(revoke)
    shares = [heap[number::threads] for number in range(threads)]
    for work in [pool.submit(release_some, share) for share in shares]:
        work.result()
    return (*revoking.result(), gifts)


def _settle() -> None:
    """What the housekeeping loop does within seconds: tidy up, seal, give out receipts."""
    from voiceassets.assets import services as assets
    from voiceassets.audit import sealer
    from voiceassets.workers import tidying

    tidying.tidy()
    sealer.seal_pending()
    assets.issue_due()


def _in_state(cast: Cast, heap: list[Asset], *states: str) -> set[UUID]:
    from voiceassets.assets.models import Asset

    with cast.alice.scope():
        found = Asset.objects.filter(pk__in=[asset.pk for asset in heap], state__in=states)
        return set(found.values_list("pk", flat=True))


def _release(cast: Cast, asset: Asset) -> None:
    """The end of a synthesis job, as a worker does it."""
    from voiceassets.assets import services as assets
    from voiceassets.core.errors import DomainError
    from voiceassets.jobs import leases
    from voiceassets.provenance.models import Manifest
    from voiceassets.storage.backends import Written

    lease = _lease(asset)
    try:
        with cast.alice.scope():
            leases.lock(lease)
            manifest = Manifest.objects.select_related("object").get(produce_id=asset.pk.hex)
            assets.release(
                lease.actor,
                asset=asset,
                stored=manifest.object,
                written=Written(
                    sha256=manifest.file_sha256, size_bytes=len(SOUND), content_type="audio/wav"
                ),
                manifest=manifest,
                spoken=assets.Spoken(
                    duration_ms=1, sample_rate_hz=1, pcm_sha256=manifest.pcm_sha256, seed=0
                ),
            )
            leases.succeed(lease, result={})
    except DomainError as refusal:  # by a gate, or the withdrawal refused it first
        with cast.alice.scope():
            leases.fail(lease, code=refusal.code, message=refusal.message)
            assets.refuse(lease.actor, asset=asset, code=refusal.code)


def _download(cast: Cast, asset: Asset) -> bool:
    """Whether somebody gets the file."""
    from voiceassets.assets import services as assets
    from voiceassets.core.errors import DomainError

    try:
        with cast.alice.scope() as alice:
            assets.download(alice, asset=asset)
    except DomainError:
        return False
    return True


def _send_on(cast: Cast, asset: Asset) -> bool:
    """Whether a listener hears the next piece, as `api.live` asks for every stream."""
    from voiceassets.assets import gates
    from voiceassets.core.errors import Refused

    request = asset.request
    try:
        with cast.alice.scope():
            gates.require(request.version, speaker=request.speaker, use=request.use)
    except Refused:
        return False
    return True


def _lease(asset: Asset) -> Lease:
    from voiceassets.jobs.leases import Lease

    job = asset.request.job
    assert job is not None
    return Lease(
        job_id=job.pk,
        tenant_id=job.tenant_id,
        epoch=job.epoch,
        kind=job.kind,
        subject_id=job.subject_id,
        requested_by=job.requested_by,
        attempt=job.attempts,
    )


def _voice(cast: Cast) -> ModelVersion:
    """A version of a voice that nobody approved: what each round makes its own from."""
    from tests.factories import make_candidate, make_consent, make_speaker
    from voiceassets.consent.models import ConsentRecord

    speaker = make_speaker(cast.alice, name=f"Racer {time.time_ns()}")
    consent = make_consent(cast.alice, speaker)
    version = make_candidate(cast.alice, speaker)
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


def _heap(cast: Cast, template: ModelVersion, count: int) -> tuple[ConsentRecord, list[Asset]]:
    """A consent in force, and audio by a version trained under it that waits to be released."""
    from voiceassets.assets.models import Asset, SynthesisRequest
    from voiceassets.consent.models import ConsentRecord
    from voiceassets.core import ids
    from voiceassets.jobs.models import Job
    from voiceassets.provenance.models import Manifest
    from voiceassets.registry.models import ModelVersion
    from voiceassets.storage.backends import backend
    from voiceassets.storage.models import StoredObject

    tenant, old = cast.alice.tenant, template.consent
    speaker = template.voice_model.speaker
    now = datetime.now(UTC)
    with cast.alice.scope():
        consent = ConsentRecord.objects.create(
            tenant=tenant,
            speaker=speaker,
            person_name=old.person_name,
            purposes=old.purposes,
            valid_from=now - timedelta(minutes=1),
            wording=old.wording,
            wording_version=old.wording_version,
            evidence_id=old.evidence_id,
            evidence_sha256=old.evidence_sha256,
            activated_at=old.activated_at,
            state="active",
        )
        version = ModelVersion.objects.get(pk=template.pk)
        version.pk = ids.uuid7()
        version.number = template.voice_model.versions.count() + 1
        version.consent, version.state = consent, "approved"
        version.save(force_insert=True)
        jobs = Job.objects.bulk_create(
            Job(
                tenant=tenant,
                kind="synthesize",
                queue="interactive",
                state="running",
                subject_id=ids.uuid7(),
                requested_by="race",
                epoch=1,
                attempts=1,
                lease_until=now + timedelta(hours=1),
                wake_after=now + timedelta(hours=1),
            )
            for _ in range(count)
        )
        requests = SynthesisRequest.objects.bulk_create(
            SynthesisRequest(
                id=job.subject_id,
                tenant=tenant,
                speaker=speaker,
                version=version,
                consent=consent,
                text="你好。",
                language="zh",
                style="default",
                format="wav",
                job=job,
            )
            for job in jobs
        )
        heap = Asset.objects.bulk_create(
            Asset(tenant=tenant, request=request) for request in requests
        )
        files = StoredObject.objects.bulk_create(
            StoredObject(
                tenant=tenant,
                purpose="audio",
                key=f"race/{asset.pk}",
                created_by="race",
                job_id=asset.request.job_id,
            )
            for asset in heap
        )
        digest = hashlib.sha256(SOUND).hexdigest()
        Manifest.objects.bulk_create(
            Manifest(
                tenant=tenant,
                object=file,
                file_sha256=digest,
                pcm_sha256=digest,
                produce_id=asset.pk.hex,
                labels={"implicit": {}},
                produced_at=now,
            )
            for asset, file in zip(heap, files, strict=True)
        )
    for file in files:
        backend().put(file.key, io.BytesIO(SOUND), content_type="audio/wav")
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
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=8)
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
    print(*tally.faults[:20], sep="\n")
    return 0 if tally.is_clean else 1


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
