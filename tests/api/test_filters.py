"""Lists that people keep an eye on can be narrowed to what they look for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.api.conftest import As
from tests.factories import Cast, make_evaluation, make_file, make_finetune, make_voice
from voiceassets.consent import holds
from voiceassets.registry.models import ModelVersion
from voiceassets.storage.models import Purpose
from voiceassets.tenants.models import ApiKey
from voiceassets.voiceprints import services as voiceprints
from voiceassets.webhooks import services as webhooks

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def owner(cast: Cast, client_of: As) -> Client:
    return client_of(cast.alice)


def found(client: Client, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.content
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


def test_keys_by_name_owner_and_state(cast: Cast, owner: Client) -> None:
    def issue(name: str) -> str:
        body = {"name": name, "scopes": ["speakers:read"]}
        issued = owner.post("/v1/keys", body, content_type=JSON).json()
        return str(issued["key"]["id"])

    live, old, gone = issue("menu"), issue("old"), issue("gone")
    owner.post(f"/v1/keys/{gone}/revoke", content_type=JSON)
    with cast.alice.scope():
        past = timezone.now() - timedelta(hours=1)
        ApiKey.objects.filter(name="old").update(expires_at=past)
    assert [key["id"] for key in found(owner, "/v1/keys", name="menu")] == [live]
    assert [key["id"] for key in found(owner, "/v1/keys", state="expired")] == [old]
    assert [key["id"] for key in found(owner, "/v1/keys", state="revoked")] == [gone]
    assert live in {key["id"] for key in found(owner, "/v1/keys", state="live")}
    alice = owner.get("/v1/me").json()["user"]
    hers = found(owner, "/v1/keys", user=alice, limit=100)
    assert {key["user"] for key in hers} == {alice}
    assert len(hers) < len(found(owner, "/v1/keys", limit=100))
    assert owner.get("/v1/keys", {"user": "usr_0000"}).status_code == 404


def test_members_by_name_and_kind(owner: Client) -> None:
    body = {"name": "phone menu", "role": "app"}
    owner.post("/v1/service-accounts", body, content_type=JSON)
    assert [m["name"] for m in found(owner, "/v1/members", service=True)] == ["phone menu"]
    people = found(owner, "/v1/members", service=False)
    assert "Alice" in {member["name"] for member in people}
    assert "phone menu" not in {member["name"] for member in people}
    assert [m["name"] for m in found(owner, "/v1/members", name="Alice")] == ["Alice"]


def test_webhooks_that_are_on_or_off(cast: Cast, owner: Client) -> None:
    with cast.alice.scope() as actor:
        on, off = (
            webhooks.create_endpoint(
                actor, url=f"https://shop.example/{name}", events=["asset.released"]
            )[0]
            for name in ("on", "off")
        )
        webhooks.change_endpoint(actor, endpoint=off, enabled=False)
    assert [row["id"] for row in found(owner, "/v1/webhooks", enabled=True)] == [on.public_id]
    assert [row["id"] for row in found(owner, "/v1/webhooks", enabled=False)] == [off.public_id]


def test_the_no_go_list_and_its_appeals_by_state(cast: Cast, owner: Client) -> None:
    clip, written = make_file(cast.alice.tenant, b"clip", purpose=Purpose.OTHER)
    with cast.alice.scope() as actor:
        entry = voiceprints.add(
            actor, name="A singer", reason="Refused.", clip=clip, written=written
        ).public_id
    path = f"/v1/no-go/{entry}/appeals"
    reason = {"reason": "Another person."}
    appeal = owner.post(path, reason, content_type=JSON).json()["id"]
    assert [row["id"] for row in found(owner, "/v1/no-go", state="waiting")] == [entry]
    assert found(owner, "/v1/no-go", state="active") == []
    assert [row["id"] for row in found(owner, path, state="open")] == [appeal]
    assert found(owner, path, state="denied") == []


def test_voices_by_name(cast: Cast, owner: Client) -> None:
    wanted, _ = make_voice(cast), make_voice(cast, name="Other")
    for path in ("/v1/speakers", "/v1/audio/voices"):
        assert [row["id"] for row in found(owner, path, name="Xiaoyan")] == [wanted[0].public_id]
        assert found(owner, path, name="Nobody") == []


def test_fine_tunes_by_state_evaluations_by_occasion_and_holds_that_stand(
    cast: Cast, owner: Client
) -> None:
    voice, _ = make_voice(cast)
    running = make_finetune(cast.alice, voice).public_id
    assert running in {row["id"] for row in found(owner, "/v1/finetunes", state="queued")}
    assert found(owner, "/v1/finetunes", state="cancelled") == []
    with cast.alice.scope() as alice:
        version = ModelVersion.objects.get()
        lifted, stands = (holds.place(alice, speaker=voice, reason="A dispute.") for _ in "12")
        holds.lift(alice, hold=lifted)
    measured = make_evaluation(cast.alice, version).public_id
    path = f"/v1/versions/{version.public_id}/evaluations"
    assert [row["id"] for row in found(owner, path, occasion="trained")] == [measured]
    assert found(owner, path, occasion="nightly") == []
    path = f"/v1/speakers/{voice.public_id}/holds"
    assert [row["id"] for row in found(owner, path, standing=True)] == [stands.public_id]
    assert [row["id"] for row in found(owner, path, standing=False)] == [lifted.public_id]


@pytest.mark.parametrize(
    ("path", "body", "query"),
    [
        ("/v1/roles", {"name": "Caster", "permissions": ["speakers:read"]}, {"name": "Caster"}),
        ("/v1/audit/searches", {"name": "Mine", "action": "key.issued"}, {"name": "Mine"}),
        ("/v1/invitations", {"email": "a@x.example", "role": "app"}, {"email": "A@x.example"}),
    ],
)
def test_roles_searches_and_invitations_by_what_they_are_called(
    owner: Client, path: str, body: dict[str, Any], query: dict[str, str]
) -> None:
    made = owner.post(path, body, content_type=JSON).json()["id"]
    assert [row["id"] for row in found(owner, path, **query)] == [made]
    (field,) = query
    assert found(owner, path, **{field: f"not.{query[field]}"}) == []
