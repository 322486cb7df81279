"""A cleaned copy is asked for, stands beside the original, and is prepared like any upload."""

from __future__ import annotations

import pytest

from tests.corpus.things import FACTS, make_accepted, make_recording
from tests.factories import Cast, make_file, make_speaker, worker_of
from voiceassets.audit.models import Event
from voiceassets.core.errors import Conflict
from voiceassets.corpus import services
from voiceassets.corpus.models import Recording
from voiceassets.jobs.kinds import JobKind
from voiceassets.storage.models import Purpose


def clean(cast: Cast, source: Recording) -> Recording:
    """What a worker reports."""
    sound, written = make_file(cast.alice.tenant, b"clean", purpose=Purpose.RECORDING)
    text = make_file(cast.alice.tenant, b"text", purpose=Purpose.TRANSCRIPT)
    with cast.alice.scope():
        return services.finish_denoising(
            worker_of(cast.alice.tenant),
            source=source,
            object=sound,
            written=written,
            facts=FACTS,
            transcript=text,
        )


def test_a_copy_is_a_recording_of_its_own_and_the_original_stays(cast: Cast) -> None:
    source = make_accepted(cast.alice, make_speaker(cast.alice))
    with cast.alice.scope() as alice:
        job = services.request_denoising(alice, recording=source)
        assert (job.kind, job.subject_id) == (JobKind.DENOISE, source.pk)
    copy = clean(cast, source)
    assert (copy.state, copy.derived_from_id) == ("uploaded", source.pk)
    assert copy.job is not None
    assert (copy.job.kind, copy.job.subject_id) == (JobKind.PREPARE, copy.pk)
    assert copy.transcript_id not in {None, source.transcript_id}
    with cast.alice.scope() as alice:
        source.refresh_from_db()
        assert source.state == "accepted"
        assert Event.objects.get(action="recording.derived").data["source"] == source.public_id
        with pytest.raises(Conflict, match="original"):
            services.request_denoising(alice, recording=copy)


def test_what_was_not_measured_or_is_being_cleaned_waits(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    unmeasured, source = make_recording(cast.alice, speaker), make_accepted(cast.alice, speaker)
    with cast.alice.scope() as alice:
        with pytest.raises(Conflict, match="wait until it was measured"):
            services.request_denoising(alice, recording=unmeasured)
        services.request_denoising(alice, recording=source)
        with pytest.raises(Conflict, match="being made already"):
            services.request_denoising(alice, recording=source)


def test_no_copy_of_a_deleted_recording_is_kept(cast: Cast) -> None:
    source = make_accepted(cast.alice, make_speaker(cast.alice))
    with cast.alice.scope() as alice:
        services.request_denoising(alice, recording=source)
        services.delete_recording(alice, recording=source)
    with pytest.raises(Conflict, match="deleted"):
        clean(cast, source)
