"""Rows written and read by statements spelt out are what the models' own ways make of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from tests.factories import Cast, make_speaker
from voiceassets.audit.models import Event
from voiceassets.core.models import Identified
from voiceassets.core.statements import found, insert
from voiceassets.jobs.kinds import JobKind, Queue
from voiceassets.jobs.models import Job
from voiceassets.speakers.models import Speaker
from voiceassets.tenants.models import KeptAnswer

pytestmark = pytest.mark.django_db


def job(cast: Cast) -> Job:
    return Job(
        tenant_id=cast.alice.tenant.pk,
        kind=JobKind.PREPARE,
        queue=Queue.CPU,
        subject_id=cast.alice.tenant.pk,
        requested_by="key_1",
        wake_after=Now() + timedelta(seconds=3),
        result={"said": "it's 50% done"},
    )


def kept(cast: Cast) -> KeptAnswer:
    return KeptAnswer(
        tenant_id=cast.alice.tenant.pk,
        principal="one",
        key="%s; DROP TABLE jobs_job",
        fingerprint="ab",
        expires_at=Now(),
    )


def test_rows_of_several_tables_are_written_in_one_message(cast: Cast) -> None:
    sent: list[str] = []

    def counting(execute: object, sql: str, *rest: object) -> object:
        sent.append(sql)
        return execute(sql, *rest)  # type: ignore[operator]

    rows: list[Identified] = [job(cast), kept(cast)]
    with cast.alice.scope():
        with connection.execute_wrapper(counting):
            insert(*rows)
        assert len(sent) == 1
        fresh = [type(row)._default_manager.get(pk=row.pk) for row in rows]
        assert [row.created_at for row in fresh] == [row.created_at for row in rows]
        assert fresh[0].created_at == fresh[1].created_at, "the time of the message"
        written, answer = Job.objects.get(), KeptAnswer.objects.get()
        assert written.wake_after == written.created_at + timedelta(seconds=3)
        assert (written.result, written.error) == ({"said": "it's 50% done"}, None)
        assert answer.key == "%s; DROP TABLE jobs_job"


def test_what_the_database_filled_in_is_read_when_somebody_asks(cast: Cast) -> None:
    with cast.alice.scope():
        event = Event(
            tenant_id=cast.alice.tenant.pk,
            action="a",
            actor_kind="user",
            actor_id="u",
            object_type="t",
            object_id="o",
        )
        insert(event)
        assert event.seq == Event.objects.get(pk=event.pk).seq
        event.refresh_from_db()
        assert event.occurred_at == event.created_at


def test_a_row_written_this_way_is_saved_again_as_any_other(cast: Cast) -> None:
    with cast.alice.scope():
        row = job(cast)
        insert(row)
        row.refresh_from_db()
        row.stage = "later"
        row.save()
        assert Job.objects.get().stage == "later"


def test_rows_are_found_as_the_manager_finds_them(cast: Cast) -> None:
    with cast.alice.scope():
        speaker = make_speaker(cast.alice)
        sql = "SELECT 7 AS seven, s.* FROM speakers_speaker s WHERE id = %s"
        (row,) = found(Speaker, sql, [speaker.pk])
        wanted = Speaker.objects.get(pk=speaker.pk)
        names = [field.attname for field in Speaker._meta.concrete_fields]
        assert [getattr(row, name) for name in names] == [getattr(wanted, name) for name in names]
        assert getattr(row, "seven") == 7  # noqa: B009  (a column of no field)


def test_an_outer_join_that_finds_nothing_is_a_row_without_a_key(cast: Cast) -> None:
    sql = "SELECT k.* FROM (VALUES (1)) AS one LEFT JOIN tenants_keptanswer AS k ON k.key = %s"
    with cast.alice.scope():
        (row,) = found(KeptAnswer, sql, ["none"])
    assert row.pk is None
