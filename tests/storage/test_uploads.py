"""Direct uploads: a ticket, exactly its bytes, one use, and what happens to the unused."""

from __future__ import annotations

import io
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import signing
from django.test import TestCase
from pytest_django import Settings

from tests.factories import Cast, Person, make_live_file
from voiceassets.audit.actions import Action
from voiceassets.audit.models import Event
from voiceassets.audit.services import transition
from voiceassets.core.errors import Conflict, Invalid, NotAllowed, NotFound
from voiceassets.core.states import IllegalTransition
from voiceassets.storage import presign, selectors, services, uploads
from voiceassets.storage.backends import backend
from voiceassets.storage.models import (
    ObjectState,
    Purpose,
    StoredObject,
    Upload,
    UploadState,
)

SOUND = b"RIFF" + bytes(200_000)
LATER = timedelta(seconds=-1)  # inside a test's one transaction the database's clock stands still
commits = TestCase.captureOnCommitCallbacks


def open_upload(person: Person, *, size_bytes: int = len(SOUND)) -> Upload:
    with person.scope() as actor:
        return uploads.open_upload(
            actor, purpose=Purpose.RECORDING, size_bytes=size_bytes, content_type="audio/wav"
        )


def token_of(url: str) -> str:
    return url.rsplit("/", 1)[-1]


def expire(cast: Cast, upload: Upload) -> None:
    with cast.alice.scope():
        Upload.objects.filter(pk=upload.pk).update(expires_at="2020-01-01T00:00:00Z")


def test_a_file_goes_from_ticket_to_use(cast: Cast, tmp_path: Path) -> None:
    upload = open_upload(cast.alice)
    signed = presign.upload_request(upload)
    assert signed.headers == {"Content-Length": str(len(SOUND))}
    received = uploads.receive(presign.upload_of(token_of(signed.url)), io.BytesIO(SOUND))
    assert received.state == UploadState.RECEIVED
    written = uploads.fetch_upload(received, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == SOUND
    assert written.size_bytes == len(SOUND)
    with commits(execute=True), cast.alice.scope() as alice:
        used = uploads.use_upload(alice, upload=received)
    assert used.state == UploadState.USED
    assert upload.object.key not in set(backend().keys())
    with cast.alice.scope() as alice:
        with pytest.raises(IllegalTransition):
            uploads.use_upload(alice, upload=received)
        events = Event.objects.filter(object_id=upload.public_id).order_by("seq")
        assert [event.action for event in events] == ["upload.opened", "object.uploaded"]
        assert {event.actor_id for event in events} == {cast.alice.actor.id}
    with pytest.raises(Conflict, match="is used"):
        uploads.fetch_upload(used, tmp_path / "again")


def test_a_file_sent_straight_to_a_bucket_is_measured_when_it_is_used(
    cast: Cast, in_bucket: str, tmp_path: Path
) -> None:
    upload = open_upload(cast.alice)
    signed = presign.upload_request(upload)
    assert signed.url.startswith(in_bucket)
    request = urllib.request.Request(signed.url, SOUND, signed.headers, method="PUT")
    with urllib.request.urlopen(request):
        pass
    assert uploads.fetch_upload(upload, tmp_path / "copy").size_bytes == len(SOUND)
    with commits(execute=True), cast.alice.scope() as alice:
        uploads.use_upload(alice, upload=upload)
    assert list(backend().keys()) == []


def test_a_bucket_that_took_another_size_is_found_out(
    cast: Cast, in_bucket: str, tmp_path: Path
) -> None:
    upload = open_upload(cast.alice, size_bytes=10)
    backend().put(upload.object.key, io.BytesIO(SOUND), content_type="audio/wav")
    with pytest.raises(uploads.SizeMismatch):
        uploads.fetch_upload(upload, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("sent", [b"", SOUND[:-1], SOUND + b"x"])
def test_only_exactly_the_declared_bytes_are_taken(cast: Cast, sent: bytes) -> None:
    upload = open_upload(cast.alice)
    with pytest.raises(uploads.SizeMismatch, match=str(len(SOUND))):
        uploads.receive(upload, io.BytesIO(sent))
    assert upload.object.key not in set(backend().keys())
    assert uploads.receive(upload, io.BytesIO(SOUND)).state == UploadState.RECEIVED


def test_a_ticket_takes_bytes_once(cast: Cast) -> None:
    upload = open_upload(cast.alice)
    uploads.receive(upload, io.BytesIO(SOUND))
    with pytest.raises(Conflict, match="used or has expired"):
        uploads.receive(upload, io.BytesIO(SOUND))


def test_bytes_whose_answer_was_lost_are_not_taken_twice_but_can_be_used(
    cast: Cast, tmp_path: Path
) -> None:
    upload = open_upload(cast.alice)
    backend().put(upload.object.key, io.BytesIO(SOUND), content_type="audio/wav")
    with pytest.raises(Conflict, match="arrived already"):
        uploads.receive(upload, io.BytesIO(SOUND))
    assert uploads.fetch_upload(upload, tmp_path / "copy").size_bytes == len(SOUND)


def test_an_upload_without_bytes_cannot_be_used(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="PUT the file"):
        uploads.fetch_upload(open_upload(cast.alice), tmp_path / "copy")


def test_a_ticket_is_refused_for_too_much_for_nothing_and_for_other_files(
    cast: Cast, settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES = 1024**2
    with pytest.raises(uploads.TooLarge, match="1 MB"):
        open_upload(cast.alice, size_bytes=1024**2 + 1)
    with pytest.raises(Invalid, match="size_bytes"):
        open_upload(cast.alice, size_bytes=0)
    with cast.alice.scope() as alice, pytest.raises(Invalid, match="evidence, recording"):
        uploads.open_upload(
            alice, purpose=Purpose.BUNDLE, size_bytes=1, content_type="application/x-tar"
        )


def test_who_may_not_record_gets_no_ticket(cast: Cast) -> None:
    for person in (cast.bob, cast.carol):
        with pytest.raises(NotAllowed):
            open_upload(person)


def test_another_tenant_does_not_see_the_upload(cast: Cast) -> None:
    upload = open_upload(cast.alice)
    with cast.mallory.scope() as mallory, pytest.raises(NotFound):
        selectors.get_upload(mallory, upload.public_id)


def test_unused_uploads_expire_with_their_bytes(cast: Cast) -> None:
    forgotten, waiting = open_upload(cast.alice), open_upload(cast.alice)
    uploads.receive(forgotten, io.BytesIO(SOUND))
    expire(cast, forgotten)
    with commits(execute=True):
        assert uploads.expire_uploads() == 1
        assert uploads.expire_uploads() == 0
    with cast.alice.scope():
        states = dict(Upload.objects.values_list("pk", "state"))
    assert states == {forgotten.pk: UploadState.EXPIRED, waiting.pk: UploadState.OPEN}
    assert forgotten.object.key not in set(backend().keys())


def test_an_expired_ticket_takes_nothing_even_before_the_sweep(cast: Cast) -> None:
    upload = open_upload(cast.alice)
    expire(cast, upload)
    with pytest.raises(Conflict, match="expired"):
        uploads.receive(upload, io.BytesIO(SOUND))


def test_the_sweep_of_pending_objects_spares_open_uploads(cast: Cast) -> None:
    upload = open_upload(cast.alice)
    assert services.sweep_pending(LATER) == 0
    with cast.alice.scope():
        assert StoredObject.objects.get(pk=upload.object.pk).state == ObjectState.PENDING


@pytest.mark.parametrize(
    ("before", "moves"),
    [
        ("open", {"received", "used", "expired"}),
        ("received", {"used", "expired"}),
        ("used", set()),
        ("expired", set()),
    ],
)
def test_an_upload_moves_only_as_written_here(cast: Cast, before: str, moves: set[str]) -> None:
    upload = open_upload(cast.alice)
    moved = set()
    with cast.alice.scope() as alice:
        for after in UploadState.values:
            Upload.objects.filter(pk=upload.pk).update(state=before)
            try:
                transition(alice, upload, to=after, action=Action.OBJECT_UPLOADED)
            except IllegalTransition:
                continue
            moved.add(after)
    assert moved == moves


def test_a_download_link_opens_one_live_object_for_a_while(cast: Cast) -> None:
    stored = make_live_file(cast.alice.tenant, SOUND, purpose=Purpose.AUDIO)
    url = presign.download_url(stored, ttl_s=60, file_name="你好.wav")
    found, name = presign.object_of(token_of(url))
    assert (found.pk, name) == (stored.pk, "你好.wav")
    with cast.alice.scope() as alice:
        services.erase(alice, stored)
    with pytest.raises(NotFound):
        presign.object_of(token_of(url))


def test_a_link_cannot_be_forged_outlived_or_used_for_something_else(cast: Cast) -> None:
    upload = open_upload(cast.alice)
    stored = make_live_file(cast.alice.tenant, SOUND, purpose=Purpose.AUDIO)
    put = token_of(presign.upload_request(upload).url)
    get = token_of(presign.download_url(stored, ttl_s=60, file_name="x.wav"))
    over = token_of(presign.download_url(stored, ttl_s=-1, file_name="x.wav"))
    elsewhere = signing.dumps({"for": "download", "id": str(stored.pk)}, salt="another")
    for token in (put, over, get[:-1] + ("A" if get[-1] != "A" else "B"), elsewhere, "", "x:y:z"):
        with pytest.raises(NotFound, match="wrong or has expired"):
            presign.object_of(token)
    with pytest.raises(NotFound):
        presign.upload_of(get)


def test_a_bucket_signs_its_own_downloads(cast: Cast, in_bucket: str) -> None:
    stored = make_live_file(cast.alice.tenant, SOUND, purpose=Purpose.RECORDING)
    url = presign.download_url(stored, ttl_s=60, file_name="x.wav")
    assert url.startswith(in_bucket)
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == SOUND


@pytest.mark.usefixtures("in_bucket")
def test_a_bucket_never_signs_for_speech_which_may_be_withheld_any_moment(cast: Cast) -> None:
    stored = make_live_file(cast.alice.tenant, SOUND, purpose=Purpose.AUDIO)
    token = token_of(presign.download_url(stored, ttl_s=60, file_name="x.wav"))
    assert presign.object_of(token)[0] == stored
    with cast.alice.scope():
        services.withhold(stored)
    with pytest.raises(NotFound):
        presign.object_of(token)
