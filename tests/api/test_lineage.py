"""An asset's lineage is signed, proves itself without the platform, and no other one does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import As
from tests.assets.test_verification import make_spoken
from tests.factories import Cast, make_voice
from voiceassets.audit import checkpoint, sealer, verify
from voiceassets.audit.signing import signing_key

pytestmark = pytest.mark.django_db(transaction=True)


def proved(document: dict[str, Any], folder: Path) -> str:
    return verify.verify(document, signing_key().public_key(), folder=folder)


def test_it_tells_where_an_asset_comes_from_and_proves_it_offline(
    cast: Cast, client_of: As, tmp_path: Path
) -> None:
    asset, _ = make_spoken(cast, make_voice(cast)[0], tmp_path)
    sealer.seal_pending()
    checkpoint.write_checkpoint()
    path = f"/v1/assets/{asset.public_id}/lineage"
    assert client_of(cast.mallory).get(path).status_code == 404
    found = client_of(cast.carol).get(path).json()
    body = found["statement"]["body"]
    kinds = {node["type"] for node in body["nodes"]}
    assert kinds >= {
        "consentrecord", "dataset", "basemodel", "finetune", "modelversion", "synthesisrequest",
        "asset",
    }  # fmt: skip
    [told] = [node for node in body["nodes"] if node["id"] == asset.public_id]
    assert asset.manifest is not None
    assert (told["state"], told["sha256"]) == ("released", asset.manifest.file_sha256)
    actions = {event["action"] for event in body["events"]}
    assert actions >= {"consent.recorded", "version.approved", "synthesis.requested"}
    said = proved(found, tmp_path)
    assert asset.public_id in said
    assert f"{len(body['events'])} of {len(body['events'])} events are in the log" in said

    (tmp_path / "lineage.json").write_text(json.dumps(found))
    key = tmp_path / "operator.pem"
    key.write_text(found["statement"]["key"])
    assert verify.main([str(tmp_path / "lineage.json"), "--key", str(key)]) == 0

    writer = client_of(cast.bob).get(path).json()
    assert writer["proofs"] == [], "who may not read the log gets the statement alone"
    assert "0 of" in proved(writer, tmp_path)
    for spoil in (
        lambda copy: copy["statement"]["body"]["nodes"].pop(),
        lambda copy: copy["statement"]["body"].update(asset="ast_other"),
        lambda copy: copy["proofs"][0]["leaf"].update(actor_id="somebody"),
        lambda copy: copy["proofs"].append(writer["statement"]),
    ):
        other = json.loads(json.dumps(found))
        spoil(other)
        with pytest.raises(verify.Rejected):
            proved(other, tmp_path)
