"""Anybody may ask what a file is; what is told depends on who asks."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from tests.api.conftest import As
from tests.assets.test_verification import make_spoken
from tests.factories import Cast, make_voice
from voiceassets.audit.models import Event
from voiceassets.provenance.encode import AudioFormat, encode
from voiceassets.tenants import keys
from voiceassets.tenants.permissions import Permission

pytestmark = pytest.mark.django_db(transaction=True)


def sent(path: Path) -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile(path.name, path.read_bytes(), content_type="audio/wav")}


def test_who_shows_no_key_learns_that_it_is_made_and_by_whom_and_nothing_else(
    cast: Cast, client_of: As, tmp_path: Path, settings: Settings
) -> None:
    settings.LABEL_PROVIDER = "provider-9"
    asset, path = make_spoken(cast, make_voice(cast)[0], tmp_path)
    told = {"ai_generated": True, "made_by": "provider-9"}
    assert Client().post("/v1/verify", sent(path)).json() == told
    with cast.alice.scope() as alice:
        _, token = keys.issue(
            alice,
            member=cast.alice.membership,
            name="narrow",
            bounds=keys.Bounds(scopes=frozenset({Permission.SPEAKERS_READ})),
        )
    narrow = Client(headers={"Authorization": f"Bearer {token}"})
    assert narrow.post("/v1/verify", sent(path)).json() == told
    bare = tmp_path / "bare.wav"
    encode(np.ones(8000, np.int16), sample_rate_hz=8000, path=bare, format=AudioFormat.WAV)
    silent = {"ai_generated": False, "made_by": ""}
    assert Client().post("/v1/verify", sent(bare)).json() == silent
    with cast.alice.scope():
        assert not Event.objects.filter(action="file.verified").exists()

    member = client_of(cast.bob).post("/v1/verify", sent(path)).json()
    assert (member["asset"]["id"], member["basis"]) == (asset.public_id, "file")
    assert (member["rights"], member["made_by"]) == ("consent_in_force", "provider-9")
    assert member["credentials"]["state"] == "Trusted"
    lacks = {verdict["law"]: verdict["lacks"] for verdict in member["laws"]}
    assert lacks["CN"] == lacks["US-CA"] == []

    said = io.StringIO()
    call_command("verify_file", str(path), stdout=said)
    assert "AI-made: yes, by provider-9" in said.getvalue()
    assert asset.public_id not in said.getvalue().split("content credentials")[1]
    call_command("verify_file", str(path), "--tenant", "acme", stdout=said)
    assert f"asset: {asset.public_id}, released" in said.getvalue()
    assert "rights: consent_in_force" in said.getvalue()
    assert "California SB 942, amended by AB 853: met" in said.getvalue()
    assert f"{asset.public_id} spoken_by ver_" in said.getvalue()
    with pytest.raises(CommandError, match="no tenant"):
        call_command("verify_file", str(path), "--tenant", "nobody")


def test_strangers_of_one_network_share_a_small_limit(cast: Cast, settings: Settings) -> None:
    settings.API_ANONYMOUS_QUOTA = 2
    here, elsewhere = (Client(REMOTE_ADDR=address) for address in ("192.0.2.77", "192.0.2.78"))
    answers = [here.post("/v1/verify").status_code for _ in range(4)]
    assert answers == [422, 422, 429, 429]
    assert elsewhere.post("/v1/verify").status_code == 422
