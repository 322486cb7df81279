"""The one engine of this process, and the voices it has at hand."""

from __future__ import annotations

import logging
import tarfile
import tempfile
import threading
import time
from collections import defaultdict
from functools import cache
from pathlib import Path
from uuid import UUID

import torch
from django.conf import settings
from django.db import Error, connection
from django.db.models import Q

from synthesis.bundles.base import MANIFEST, BaseModel
from synthesis.bundles.bundle import VoiceBundle
from synthesis.decoding.products import Arithmetic
from synthesis.engine import Engine
from synthesis.errors import EngineError
from synthesis.serving.scheduler import Capacity, Scheduler
from synthesis.types import Precision
from voiceassets.core.context import tenant_scope
from voiceassets.core.errors import DomainError
from voiceassets.registry.models import ModelVersion, VersionState
from voiceassets.storage import services as storage
from voiceassets.storage.models import ObjectState
from voiceassets.tenants.models import Tenant
from voiceassets.workers import unpacked

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 1.0
FASTEST = "auto"

_building = threading.Lock()
_unpacking = threading.Lock()
_verified: dict[str, VoiceBundle] = {}


def engine() -> Engine:
    """Built on first use; its text encoder is the installed base's.

    All threads of the process share it, and their sentences decode together.
    """
    with _building:
        return _engine()


@cache
def _engine() -> Engine:
    base = installed_base()
    threading.Thread(target=_keep_forgetting, name="withdrawn voices", daemon=True).start()
    capacity = Capacity(slots=settings.ENGINE_SLOTS, requests=settings.ENGINE_REQUESTS)
    if settings.ENGINE_THREADS:
        torch.set_num_threads(settings.ENGINE_THREADS)
    arithmetic = settings.ENGINE_ARITHMETIC
    engine = Engine(
        device=settings.ENGINE_DEVICE,
        base=base,
        precision=Precision(settings.ENGINE_PRECISION),
        arithmetic=None if arithmetic == FASTEST else Arithmetic(arithmetic),
        scheduler=Scheduler(capacity),
    )
    engine.warm_up(base.languages if base else ("zh", "en"))
    return engine


@cache
def installed_base() -> BaseModel | None:
    """The base of this machine, its files verified once; None without one."""
    folder = settings.BASE_MODEL_DIR
    return BaseModel.open(folder) if (folder / MANIFEST).exists() else None


def preload() -> list[str]:
    """Load the newest approved voices and speak a little with each; the names of their bundles.

    A worker does so before it takes a request. A voice that cannot be loaded fails when it is
    asked for, where somebody hears of it, and keeps no other from its work.
    """
    approved: list[ModelVersion] = []
    for tenant_id in Tenant.objects.values_list("pk", flat=True):
        with tenant_scope(tenant_id):
            rows = ModelVersion.objects.filter(state=VersionState.APPROVED)
            approved += rows.select_related("bundle").order_by("-id")[: settings.ENGINE_PRELOAD]
    approved.sort(key=lambda version: version.pk, reverse=True)
    loaded = []
    (settings.WORK_DIR / "bundles").mkdir(parents=True, exist_ok=True)
    for version in approved[: settings.ENGINE_PRELOAD]:
        try:
            with tempfile.TemporaryDirectory(dir=settings.WORK_DIR) as aside:
                engine().preload(open_bundle(version, aside=Path(aside) / "bundle"))
        except (EngineError, DomainError, OSError, tarfile.TarError) as error:
            log.warning("voice not preloaded", extra={"reason": str(error)})
        else:
            loaded.append(version.bundle_hash)
    return loaded


def open_bundle(version: ModelVersion, *, aside: Path) -> VoiceBundle:
    """The version's bundle, fetched once per machine, and verified whenever it may be read.

    It is unpacked in `aside`, a folder that goes with the caller's work should the worker die.
    Beside it a small file says whose it is, so that it can be dropped with that version. To verify
    reads every byte; while the engine holds the voice, whose weights nobody reads, nobody does.
    """
    known = _verified.get(version.bundle_hash)
    if known is not None and version.bundle_hash in engine().voices.held():
        return known
    folder = unpacked.folder_of(version.bundle_hash)
    with _unpacking:
        unpacked.note_owner(version.bundle_hash, version.tenant_id, version.pk)
        if not folder.exists():
            _unpack(version, aside, folder)
    _verified[version.bundle_hash] = bundle = VoiceBundle.open(folder)
    return bundle


def forget(bundle_hash: str) -> None:
    """Drop a version's weights from this process and from this machine."""
    engine().voices.evict(bundle_hash)
    _verified.pop(bundle_hash, None)
    unpacked.remove(bundle_hash)


def forget_withdrawn() -> list[str]:
    """Drop every voice at hand whose version was revoked since; returns their bundles' hashes.

    A voice that has just been withdrawn does not speak anyway, because the gates are asked for
    every sound: this is so that its weights do not stay where it was used.
    """
    at_hand: dict[UUID, dict[UUID, str]] = defaultdict(dict)
    for tenant_id, version_id, bundle_hash in unpacked.owners():
        at_hand[tenant_id][version_id] = bundle_hash
    withdrawn = []
    for tenant_id, bundles in at_hand.items():
        with tenant_scope(tenant_id):
            gone = ModelVersion.objects.filter(
                Q(state=VersionState.REVOKED) | Q(bundle__state=ObjectState.ERASED), pk__in=bundles
            )
            withdrawn += [bundles[pk] for pk in gone.values_list("pk", flat=True)]
    here = {bundle_hash for bundles in at_hand.values() for bundle_hash in bundles.values()}
    dropped_elsewhere = set(engine().voices.held()) - here
    for bundle_hash in {*withdrawn, *dropped_elsewhere}:
        forget(bundle_hash)
    return withdrawn


def _keep_forgetting() -> None:
    while True:
        time.sleep(LOOK_AGAIN_S)
        try:
            forget_withdrawn()
        except (Error, OSError) as error:  # the next look tries again
            log.warning("withdrawn voices not looked for", extra={"reason": str(error)})
        finally:
            connection.close()  # this thread's own


def _unpack(version: ModelVersion, aside: Path, folder: Path) -> None:
    aside.mkdir()
    folder.parent.mkdir(parents=True, exist_ok=True)
    archive = aside / "bundle.tar"
    storage.fetch_to(version.bundle, archive)
    with tarfile.open(archive) as tar:
        tar.extractall(aside, filter="data")
    archive.unlink()
    try:
        aside.rename(folder)
    except OSError:
        if not folder.exists():  # otherwise another process was first, and its copy counts
            raise
