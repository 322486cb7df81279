"""Every decision is on record exactly once, and what was rolled back leaves no trace."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

from tests.architecture.conftest import Worlds
from tests.architecture.routes import Route, routes
from tests.architecture.sending import send, sender
from tests.architecture.world import World, examples
from tests.factories import release_request
from voiceassets.assets.live_audio import AudioStream
from voiceassets.assets.models import SynthesisRequest
from voiceassets.audit.models import Event
from voiceassets.core.models import TenantOwned
from voiceassets.storage import presign, uploads
from voiceassets.storage.models import Upload

ROUTES = {route.operation.name: route for route in routes()}

# A read is a decision, too, where audio leaves the house; some ask for speech and take it. A
# consent that renews another ends that one.
EVENTS_OF_READS = {"assets.download": 1, "tts.get": 3}
SPEAKING = (
    "audio.speech",
    "text_to_speech.convert",
    "text_to_speech.stream",
    "text_to_speech.with_timestamps",
    "tts.post",
)
EVENTS_OF_WRITES = dict.fromkeys(SPEAKING, 3) | {"consents.create": 2, "batches.cancel": 2}
EVENTS_OF_WRITES["speakers.erase"] = 2  # with its consent
MUTATING = [name for name, route in ROUTES.items() if route.method != "GET"]


def expected_events(route: Route) -> int:
    reads = route.method == "GET"
    table, usual = (EVENTS_OF_READS, 0) if reads else (EVENTS_OF_WRITES, 1)
    return table.get(route.operation.name, usual)


def events(world: World) -> int:
    with world.owner.scope():
        return Event.objects.count()


def rows_by_table(world: World) -> dict[str, int]:
    """How much a tenant has; files and their tickets commit on their own, by design."""
    tables = [m for m in apps.get_models() if issubclass(m, TenantOwned)]
    with world.owner.scope():
        return {
            model._meta.db_table: model._default_manager.count()
            for model in tables
            if model._meta.app_label != "storage"
        }


@pytest.fixture
def a_worker_answers(monkeypatch: pytest.MonkeyPatch, worlds: Worlds) -> None:
    """Whoever waits for speech finds that a worker has released it in the meantime."""

    def release(stream: AudioStream, **_: float) -> None:
        with worlds.acme.owner.scope():
            request = SynthesisRequest.objects.select_related("job", "asset").latest("pk")
        release_request(worlds.acme.owner.tenant, request)
        with worlds.acme.owner.scope():
            assert request.job is not None
            request.job.state, request.job.finished_at = "succeeded", models.functions.Now()
            request.job.save(update_fields=["state", "finished_at"])

    monkeypatch.setattr(AudioStream, "wait_for_end", release)
    monkeypatch.setattr(AudioStream, "next", release)


@pytest.mark.usefixtures("a_worker_answers")
@pytest.mark.parametrize("name", ROUTES)
def test_a_success_writes_exactly_its_events(worlds: Worlds, name: str) -> None:
    route, example = ROUTES[name], examples(worlds.acme.id)[name]
    before = events(worlds.acme)
    response = send(sender(worlds.acme, example), route, example)
    assert 200 <= response.status < 300, response.content
    assert events(worlds.acme) - before == expected_events(route)


@pytest.mark.parametrize("name", MUTATING)
def test_a_failure_after_the_record_was_written_undoes_everything(
    worlds: Worlds, name: str
) -> None:
    example = examples(worlds.acme.id)[name]
    before, existing = events(worlds.acme), rows_by_table(worlds.acme)

    def record_and_break(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        done = execute(sql, *rest)
        if f'INSERT INTO "{Event._meta.db_table}"' in sql:
            raise RuntimeError("the power fails here")
        return done

    with connection.execute_wrapper(record_and_break):
        response = send(sender(worlds.acme, example), ROUTES[name], example, quiet=True)
    assert response.status == 500
    assert events(worlds.acme) == before
    assert rows_by_table(worlds.acme) == existing


def test_sending_the_bytes_of_an_upload_is_on_record(worlds: Worlds) -> None:
    with worlds.acme.owner.scope():
        upload = Upload.objects.select_related("object").latest("pk")
    before = events(worlds.acme)
    uploads.receive(presign.upload_of(_token(upload)), io.BytesIO(b"RIFF"))
    assert events(worlds.acme) - before == 1


def _token(upload: Upload) -> str:
    return presign.upload_request(upload).url.rpartition("/")[2]
