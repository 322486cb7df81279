"""Recording decisions: what an event holds, what it refuses, and its proof."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from tests.factories import OPERATOR, Cast, make_speaker
from voiceassets.audit import selectors
from voiceassets.audit.actions import Action
from voiceassets.audit.models import Event
from voiceassets.audit.sealer import seal_pending
from voiceassets.audit.services import record, transition
from voiceassets.core.context import request_id
from voiceassets.speakers.models import SpeakerState
from voiceassets.tenants.models import Tenant

pytestmark = pytest.mark.django_db


def test_an_event_says_who_did_what_to_which_thing_in_which_request(cast: Cast) -> None:
    token = request_id.set("req_42")
    try:
        speaker = make_speaker(cast.alice)
    finally:
        request_id.reset(token)
    with cast.alice.scope():
        (event,) = selectors.events(object_id=speaker.public_id)
    assert (event.actor_kind, event.actor_id) == ("api_key", cast.alice.actor.id)
    assert (event.action, event.object_type) == ("speaker.created", "speaker")
    assert event.request_id == "req_42"
    assert event.occurred_at.tzinfo is not None


@pytest.mark.parametrize("value", [1.5, b"bytes", object(), {"deep": [2.5]}])
def test_it_refuses_what_does_not_belong_into_a_log(cast: Cast, value: Any) -> None:
    with cast.alice.scope() as alice, pytest.raises(TypeError, match="ids, words and counts"):
        record(alice, Action.SPEAKER_UPDATED, cast.alice.tenant, value=value)


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_record_outside_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="inside the transaction"):
        record(OPERATOR, Action.TENANT_CREATED, Tenant(slug="acme"))


def test_a_transition_keeps_columns_out_of_the_log_and_its_note_in_it(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    with cast.alice.scope() as alice:
        moved = transition(
            alice,
            speaker,
            to=SpeakerState.ARCHIVED,
            action=Action.SPEAKER_ARCHIVED,
            note={"why": "left"},
            description="her private address",
        )
        (event,) = selectors.events(action="speaker.archived")
    assert (moved.state, moved.description) == ("archived", "her private address")
    assert event.data == {"before": "active", "after": "archived", "why": "left"}


def test_events_can_be_asked_for_by_action_actor_and_thing(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    make_speaker(cast.dora, name="Another")
    with cast.alice.scope():
        created = selectors.events(action="speaker.created")
        assert created.count() == 2
        assert created.filter(actor_id=cast.dora.actor.id).count() == 1
        assert selectors.events(actor_id=cast.dora.actor.id).count() == 1
        assert selectors.events(object_id=speaker.public_id).count() == 1
        seqs = list(selectors.events().values_list("seq", flat=True))
    assert seqs == sorted(seqs, reverse=True)


def test_a_tenant_sees_only_its_own_events(cast: Cast) -> None:
    make_speaker(cast.alice)
    with cast.mallory.scope():
        assert not selectors.events(action="speaker.created").exists()


def test_an_event_has_a_proof_once_it_is_sealed(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    with cast.alice.scope():
        (event,) = selectors.events(object_id=speaker.public_id)
        assert selectors.proof(event.pk) is None
    seal_pending()
    with cast.alice.scope():
        proof = selectors.proof(event.pk)
    assert proof is not None
    assert proof.leaf is not None
    assert proof.holds()
    assert proof.leaf["object_id"] == speaker.public_id
    json.dumps(proof.leaf)


def test_a_forged_proof_does_not_hold(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    seal_pending()
    with cast.alice.scope():
        (event,) = selectors.events(object_id=speaker.public_id)
        proof = selectors.proof(event.pk)
    assert proof is not None
    forgeries = [
        dataclasses.replace(proof, leaf={**proof.leaf, "actor_id": "key_other"}),
        dataclasses.replace(proof, path=proof.path[1:]),
        dataclasses.replace(proof, path=proof.path[::-1]),
        dataclasses.replace(proof, seal=dataclasses.replace(proof.seal, root=bytes(32))),
    ]
    assert [forged.holds() for forged in forgeries] == [False] * 4


def test_nobody_gets_the_proof_of_another_tenants_event(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    seal_pending()
    with cast.alice.scope():
        (event,) = selectors.events(object_id=speaker.public_id)
    with cast.mallory.scope(), pytest.raises(Event.DoesNotExist):
        selectors.proof(event.pk)
