"""Links that give a file without a key, for a while."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.test import Client

from tests.api.conftest import As
from tests.factories import Cast, make_asset, make_voice
from voiceassets.audit.models import Event
from voiceassets.consent import services as consents

JSON = "application/json"

pytestmark = pytest.mark.django_db


def test_a_link_gives_the_labelled_file_to_whoever_holds_it(cast: Cast, client_of: As) -> None:
    asset = make_asset(cast.bob, make_voice(cast)[0])
    path = f"/v1/assets/{asset.public_id}"
    made = client_of(cast.alice).post(f"{path}/link", {"valid_for_s": 60}, content_type=JSON)
    assert made.status_code == 201
    link = urlsplit(made.json()["url"]).path
    with_key = client_of(cast.alice).get(f"{path}/audio")
    without = Client().get(link)
    assert b"".join(without.streaming_content) == b"".join(with_key.streaming_content)
    assert asset.public_id in without["Content-Disposition"]
    with cast.alice.scope():
        taken = Event.objects.filter(action="asset.downloaded", object_id=asset.public_id)
        assert taken.count() == 2
    assert Client().get(f"{link}x").status_code == 404


def test_there_is_no_link_to_what_a_gate_keeps_back(cast: Cast, client_of: As) -> None:
    voice, consent = make_voice(cast)
    asset = make_asset(cast.bob, voice)
    with cast.alice.scope() as alice:
        consents.revoke(alice, consent=consent, reason="asked")
    path = f"/v1/assets/{asset.public_id}/link"
    refused = client_of(cast.alice).post(path, {}, content_type=JSON)
    assert (refused.status_code, refused.json()["code"]) == (403, "consent_revoked")
    with cast.alice.scope():
        assert Event.objects.filter(action="asset.download_refused").count() == 1


def test_no_link_lasts_for_more_than_an_hour(cast: Cast, client_of: As) -> None:
    asset = make_asset(cast.bob, make_voice(cast)[0])
    path = f"/v1/assets/{asset.public_id}/link"
    answer = client_of(cast.alice).post(path, {"valid_for_s": 3601}, content_type=JSON)
    assert answer.status_code == 422
