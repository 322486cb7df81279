"""Asking over HTTP what may be done with a voice."""

from __future__ import annotations

import csv
import io

import pytest

from tests.api.conftest import As
from tests.factories import Cast, make_consent, make_speaker, make_voice

pytestmark = pytest.mark.django_db


def test_a_date_is_asked_about_with_its_territory(cast: Cast, client_of: As) -> None:
    speaker = make_speaker(cast.alice)
    consent = make_consent(cast.alice, speaker, territories=["CN"], valid_until=None)
    carol = client_of(cast.carol)
    path = f"/v1/speakers/{speaker.public_id}/rights"
    said = carol.get(path, {"on": "2099-01-01", "territory": "CN"}).json()
    assert (said["allowed"], said["on"]) == (True, "2099-01-01T00:00:00Z")
    assert said["evidence"]["consent"] == consent.public_id
    assert said["evidence"]["evidence_sha256"] == consent.evidence_sha256
    said = carol.get(path, {"territory": "US", "purpose": "publish"}).json()
    assert (said["allowed"], said["code"]) == (False, "consent_scope")


def test_the_ledger_of_a_voice_names_people_and_not_their_keys_alone(
    cast: Cast, client_of: As
) -> None:
    speaker, _ = make_voice(cast)
    found = client_of(cast.carol).get(
        f"/v1/speakers/{speaker.public_id}/usage", {"from": "2020-01-01", "until": "2099-01-01"}
    )
    assert found.status_code == 200
    assert cast.bob.user.public_id in {could["who"] for could in found.json()["could"]}
    assert found.json()["did"][0]["action"] == "finetune.requested"


def test_the_ledger_of_a_voice_is_a_table_too(cast: Cast, client_of: As) -> None:
    speaker, _ = make_voice(cast)
    path = f"/v1/speakers/{speaker.public_id}/usage"
    asked = {"from": "2020-01-01", "until": "2099-01-01"}
    said = client_of(cast.carol).get(path, asked).json()
    table = client_of(cast.carol).get(f"{path}.csv", asked)
    assert table.headers["Content-Type"] == "text/csv"
    rows = list(csv.DictReader(io.StringIO(table.content.decode())))
    assert len(rows) == len(said["could"]) + len(said["did"]) > 1
    assert {row["who"] for row in rows} >= {cast.bob.user.public_id, cast.alice.user.public_id}
    trained = [row for row in rows if row["what"] == "finetune.requested"]
    assert [(row["times"], row["from"] != "") for row in trained] == [("1", True)]
