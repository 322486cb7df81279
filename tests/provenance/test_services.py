"""From the engine's samples to a labelled file and the manifest that vouches for it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from django.db import DatabaseError, IntegrityError, transaction
from numpy.typing import NDArray
from pytest_django import Settings

from synthesis.audio import to_int16
from tests.factories import Cast
from voiceassets.core.context import NoScope
from voiceassets.core.errors import Conflict
from voiceassets.provenance import produce as producing
from voiceassets.provenance import samples, services
from voiceassets.provenance.cue import PAUSE_MS, AudibleLabel, Cue, Place, cue
from voiceassets.provenance.models import Manifest
from voiceassets.provenance.riff import read_chunk
from voiceassets.storage import services as storage
from voiceassets.storage.backends import Written
from voiceassets.storage.models import Purpose, StoredObject

RATE_HZ = 32_000


@pytest.fixture
def pcm() -> NDArray[np.float32]:
    """Speech [s] as the engine gives it, here and there beyond full scale."""
    return np.random.default_rng(0).normal(0, 0.4, RATE_HZ).astype(np.float32)


def produce(
    path: Path, pcm: NDArray[np.float32], *, audible: AudibleLabel | None = None
) -> services.Produced:
    return services.produce(
        path,
        pcm=pcm,
        sample_rate_hz=RATE_HZ,
        produce_id="ast_01",
        audible=audible or AudibleLabel(),
    )


def store(cast: Cast, path: Path) -> tuple[StoredObject, Written]:
    return storage.store_file(
        cast.alice.tenant.pk,
        path,
        purpose=Purpose.AUDIO,
        content_type="audio/wav",
        created_by="tests",
    )


@pytest.mark.parametrize(
    ("suffix", "content_type"),
    [("wav", "audio/wav"), ("mp3", "audio/mpeg"), ("flac", "audio/flac"), ("ogg", "audio/ogg"),
     ("m4a", "audio/mp4")],
)  # fmt: skip
def test_every_format_comes_out_labelled(
    suffix: str, content_type: str, pcm: NDArray[np.float32], tmp_path: Path, settings: Settings
) -> None:
    settings.LABEL_PROVIDER = "provider-9"
    path = tmp_path / f"speech.{suffix}"
    produced = produce(path, pcm)
    assert produced.content_type == content_type
    assert services.read_label(path) == produced.label
    assert (produced.label.content_producer, produced.label.produce_id) == ("provider-9", "ast_01")


def test_the_receipt_is_of_the_samples_before_the_cue(
    pcm: NDArray[np.float32], tmp_path: Path
) -> None:
    marked, plain = tmp_path / "marked.wav", tmp_path / "plain.wav"
    produced = produce(marked, pcm)
    assert produced.pcm_sha256 == produce(plain, pcm, audible=AudibleLabel(cue=Cue.NONE)).pcm_sha256
    samples = plain.read_bytes()[44 : 44 + 2 * len(pcm)]
    assert hashlib.sha256(samples).hexdigest() == produced.pcm_sha256
    lead = 2 * (len(cue(RATE_HZ)) + RATE_HZ * PAUSE_MS // 1000)
    sizes = [len(read_chunk(path, b"data") or b"") for path in (marked, plain)]
    assert sizes[0] - sizes[1] == lead


@pytest.mark.parametrize("place", list(Place))
@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_the_speech_is_found_in_a_lossless_file_wherever_its_label_is(
    place: Place, suffix: str, pcm: NDArray[np.float32], tmp_path: Path
) -> None:
    path = tmp_path / f"speech.{suffix}"
    label = AudibleLabel(cue=Cue.SPEECH, place=place, language="zh")
    produced = produce(path, pcm, audible=label)
    kept_s = samples.kept(path, produced.pcm_sha256)
    assert kept_s is not None
    assert np.array_equal(kept_s, producing.to_int16(pcm))


def test_samples_are_rounded_as_the_engine_rounds_them(pcm: NDArray[np.float32]) -> None:
    edges = np.array([-1.5, -1.0, -0.5 / 32_768, 0.0, 0.5 / 32_768, 1.0, 2.0], np.float32)
    for samples_s in (pcm, edges):
        assert np.array_equal(producing.to_int16(samples_s), to_int16(samples_s))


def test_an_unknown_format_is_refused(pcm: NDArray[np.float32], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="aiff"):
        produce(tmp_path / "speech.aiff", pcm)


def test_a_manifest_keeps_what_was_read_back(
    cast: Cast, pcm: NDArray[np.float32], tmp_path: Path
) -> None:
    produced = produce(tmp_path / "speech.wav", pcm)
    assert produced.credentials is not None
    stored, written = store(cast, tmp_path / "speech.wav")
    with cast.alice.scope():
        manifest = services.keep(
            produced, stored=stored, written=written, pcm_sha256=produced.pcm_sha256
        )
        assert manifest.labels == {
            "implicit": {
                "AIGC": {
                    "Label": "1",
                    "ContentProducer": "voice-assets",
                    "ProduceID": "ast_01",
                    "ReservedCode1": "",
                    "ContentPropagator": "voice-assets",
                    "PropagateID": "ast_01",
                    "ReservedCode2": "",
                }
            },
            "audible": "rhythm",
            "audible_place": "start",
            "credentials": produced.credentials.as_dict(),
            "watermark": None,
        }
        assert (manifest.file_sha256, manifest.produce_id) == (written.sha256, "ast_01")
    with cast.mallory.scope():
        assert not Manifest.objects.exists()
    with pytest.raises(NoScope):
        Manifest.objects.count()


def test_no_manifest_vouches_for_other_samples(
    cast: Cast, pcm: NDArray[np.float32], tmp_path: Path
) -> None:
    produced = produce(tmp_path / "speech.wav", pcm)
    stored, written = store(cast, tmp_path / "speech.wav")
    with cast.alice.scope():
        with pytest.raises(Conflict, match="engine vouched for"):
            services.keep(produced, stored=stored, written=written, pcm_sha256="0" * 64)
        assert not Manifest.objects.exists()


def test_a_manifest_can_be_neither_changed_nor_removed(
    cast: Cast, pcm: NDArray[np.float32], tmp_path: Path
) -> None:
    produced = produce(tmp_path / "speech.wav", pcm)
    stored, written = store(cast, tmp_path / "speech.wav")
    with cast.alice.scope():
        manifest = services.keep(
            produced, stored=stored, written=written, pcm_sha256=produced.pcm_sha256
        )
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            Manifest.objects.filter(pk=manifest.pk).update(labels={"implicit": {}})
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            manifest.delete()


@pytest.mark.parametrize(
    "wrong", [{"labels": {"audible": "rhythm"}}, {"pcm_sha256": "none"}, {"file_sha256": "A" * 64}]
)
def test_the_database_refuses_a_manifest_that_proves_nothing(
    cast: Cast, wrong: dict[str, object], tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"x")
    stored, _ = store(cast, tmp_path / "file")
    fields: dict[str, object] = {
        "file_sha256": "a" * 64,
        "pcm_sha256": "b" * 64,
        "produce_id": "x",
        "labels": {"implicit": {}},
        "produced_at": "2026-01-01T00:00:00Z",
    }
    with cast.alice.scope(), pytest.raises(IntegrityError), transaction.atomic():
        Manifest.objects.create(tenant=cast.alice.tenant, object=stored, **{**fields, **wrong})
