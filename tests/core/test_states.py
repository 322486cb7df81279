"""Every state table of every room: each pair of states is allowed or refused as it says."""

from __future__ import annotations

from itertools import product

import pytest
from django.apps import apps
from django.db import models

from tests.factories import OPERATOR, Cast, make_speaker
from voiceassets.audit.actions import Action
from voiceassets.audit.models import Event
from voiceassets.audit.services import transition
from voiceassets.core.states import IllegalTransition, Transitions, require_transition
from voiceassets.jobs.models import Job
from voiceassets.speakers.models import SpeakerState

TABLES: dict[type[models.Model], Transitions] = {
    model: model.TRANSITIONS for model in apps.get_models() if hasattr(model, "TRANSITIONS")
}
PAIRS = [
    pytest.param(table, before, after, id=f"{model.__name__}-{before}-{after}")
    for model, table in TABLES.items()
    for before, after in product(table, table)
]


def state_of(model: type[models.Model]) -> models.Field[str, str]:
    field = model._meta.get_field("state")
    assert isinstance(field, models.Field)
    return field


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_a_table_names_exactly_the_states_of_its_column(model: type[models.Model]) -> None:
    choices = {value for value, _ in state_of(model).flatchoices}
    table = TABLES[model]
    assert set(table) == choices
    assert {after for allowed in table.values() for after in allowed} <= choices


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_every_state_can_be_reached_from_the_first(model: type[models.Model]) -> None:
    table = TABLES[model]
    reached = {state_of(model).get_default()}
    while more := {after for state in reached for after in table[state]} - reached:
        reached |= more
    assert reached == set(table)


@pytest.mark.parametrize(("table", "before", "after"), PAIRS)
def test_a_move_is_allowed_exactly_when_the_table_says_so(
    table: Transitions, before: str, after: str
) -> None:
    if after in table[before]:
        require_transition(table, noun="thing", before=before, after=after)
        return
    with pytest.raises(IllegalTransition) as refusal:
        require_transition(table, noun="thing", before=before, after=after)
    assert refusal.value.code == "illegal_transition"
    assert refusal.value.data == {"before": before, "after": after}


@pytest.mark.django_db
def test_a_refused_move_changes_and_records_nothing(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    with cast.alice.scope():
        transition(OPERATOR, speaker, to=SpeakerState.ARCHIVED, action=Action.SPEAKER_ARCHIVED)
        before = Event.objects.count()
        with pytest.raises(IllegalTransition, match="cannot become active"):
            transition(OPERATOR, speaker, to=SpeakerState.ACTIVE, action=Action.SPEAKER_UPDATED)
        speaker.refresh_from_db()
        assert (speaker.state, Event.objects.count()) == (SpeakerState.ARCHIVED, before)


def test_jobs_never_leave_a_final_state() -> None:
    assert all(not Job.TRANSITIONS[state] for state in ("succeeded", "failed", "cancelled"))
