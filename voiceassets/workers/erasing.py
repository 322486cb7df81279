"""Carries out erasures: the database, then the store, MLflow, Redis and this machine's folders."""

from __future__ import annotations

import logging

import redis
from django.conf import settings

from training.tracking import RunsNotErased, erase_runs
from voiceassets.assets import erasure
from voiceassets.assets.live_audio import AudioFeed
from voiceassets.core.context import tenant_scope
from voiceassets.core.errors import Unavailable
from voiceassets.speakers.models import Speaker
from voiceassets.storage import services as storage
from voiceassets.tenants.models import Tenant
from voiceassets.tenants.services import system_actor
from voiceassets.workers import tidying, unpacked

ACTOR = system_actor("erasure")

log = logging.getLogger(__name__)


def carry_out() -> int:
    """Go on with every erasure that was asked for, and sign for finished ones; returns how many.

    What cannot be reached now is tried again next time; until then nothing is said to be gone.
    """
    finished = 0
    for tenant in Tenant.objects.all():
        with tenant_scope(tenant.pk):
            waiting = list(erasure.waiting())
        finished += sum(_erase(speaker) for speaker in waiting)
        with tenant_scope(tenant.pk):
            erasure.issue_receipts(ACTOR)
    return finished


def _erase(speaker: Speaker) -> bool:
    with tenant_scope(speaker.tenant_id):
        traces = erasure.strike(ACTOR, speaker=speaker)
        files = erasure.empty(speaker) if traces else []
    if traces is None:
        return False
    try:
        storage.require_gone(files)
        for synthesis_id in traces.synthesis_ids:
            AudioFeed(synthesis_id).forget()
        runs = erase_runs(
            settings.MLFLOW_TRACKING_URI,
            experiment="finetune",
            tag="dataset",
            values=traces.dataset_hashes,
        )
    except (OSError, Unavailable, redis.RedisError, RunsNotErased) as error:
        log.warning("erasure waits", extra={"speaker": speaker.public_id, "reason": str(error)})
        return False
    for bundle_hash in traces.bundle_hashes:
        unpacked.remove(bundle_hash)
    tidying.tidy()
    with tenant_scope(speaker.tenant_id):
        erasure.finish(ACTOR, speaker=speaker, runs=runs)
    return True
