"""A receipt is issued when all has come to rest, says what the records say, and is signed."""

from __future__ import annotations

import base64
import re
import zlib

import pytest
from django.db import DatabaseError, transaction

from tests.factories import Cast, make_asset, make_request, make_voice
from tests.workers.things import deliver
from voiceassets.assets import services
from voiceassets.assets.models import Asset
from voiceassets.audit import sealer
from voiceassets.audit.models import Event, Leaf
from voiceassets.audit.signing import Signed, signing_key
from voiceassets.consent import receipts
from voiceassets.consent import services as consents
from voiceassets.consent.models import ConsentRecord, Receipt
from voiceassets.consent.receipt_pdf import pdf
from voiceassets.core import ids
from voiceassets.core.errors import Conflict, NotFound
from voiceassets.registry.models import ModelVersion
from voiceassets.storage import presign
from voiceassets.storage.models import StoredObject

pytestmark = pytest.mark.django_db


def revoke(cast: Cast, consent: ConsentRecord) -> ConsentRecord:
    with cast.alice.scope() as alice:
        return consents.revoke(alice, consent=consent, reason="Xiaoyan Li asked for it.")


def receipt_of(cast: Cast, consent: ConsentRecord) -> Receipt:
    with cast.alice.scope():
        return receipts.of_consent(ConsentRecord.objects.get(pk=consent.pk))


def refusal(cast: Cast, consent: ConsentRecord) -> str:
    with pytest.raises(Conflict) as caught:
        receipt_of(cast, consent)
    return caught.value.code


def test_it_waits_until_nothing_is_live_any_more(cast: Cast) -> None:
    speaker, consent = make_voice(cast)
    make_request(cast.bob, speaker)
    assert refusal(cast, consent) == "not_revoked"
    revoke(cast, consent)
    sealer.seal_pending()
    assert services.issue_due() == 0, "a request still waits"
    assert refusal(cast, consent) == "receipt_pending"
    deliver()
    assert (services.issue_due(), services.issue_due()) == (1, 0)
    assert receipt_of(cast, consent).kind == "revocation"


def test_it_says_of_everything_what_the_records_say(cast: Cast) -> None:
    speaker, consent = make_voice(cast)
    released = make_asset(cast.bob, speaker)
    waiting = make_request(cast.bob, speaker)
    revoke(cast, consent)
    deliver()
    sealer.seal_pending()
    services.issue_due()
    body = receipt_of(cast, consent).body
    told = {item["id"]: item for item in body["items"]}
    with cast.alice.scope():
        assets = list(Asset.objects.select_related("object"))
        for asset in assets:
            assert told[asset.public_id]["state"] == asset.state
        for version in ModelVersion.objects.all():
            assert told[version.public_id]["state"] == version.state == "revoked"
        files = [told[row.public_id] for row in StoredObject.objects.all() if row.state == "live"]
        for item in told.values():
            if (event := item["event"]) is not None:
                row = Event.objects.get(pk=ids.decode("evt", event["id"]))
                leaf = Leaf.objects.get(event_seq=row.seq)
                assert row.object_id == item["id"]
                assert (leaf.seal_id, leaf.position) == (event["seal"], event["position"])
    assert told[released.public_id]["outcome"] == "withdrawn"
    assert waiting.job is not None
    assert told[waiting.job.public_id]["outcome"] == "stopped"
    assert {file["outcome"] for file in files} == {"kept"}
    assert all(file["why"] for file in files)
    assert body["counts"]["kept"] == sum(item["outcome"] == "kept" for item in told.values())


def test_it_is_signed_and_says_nothing_of_the_person(cast: Cast) -> None:
    _, consent = make_voice(cast)
    revoke(cast, consent)
    deliver()
    services.issue_due()
    receipt = receipt_of(cast, consent)
    signed = Signed(body=receipt.body, key=receipt.key, signature=receipt.signature)
    assert signed.verify(signing_key().public_key())
    changed = Signed(body=receipt.body | {"kind": "erasure"}, key="", signature=signed.signature)
    assert not changed.verify(signing_key().public_key())
    assert "Xiaoyan" not in str(receipt.body)


def test_its_page_lists_every_item_and_needs_no_other_file(cast: Cast) -> None:
    speaker, consent = make_voice(cast)
    make_asset(cast.bob, speaker)
    revoke(cast, consent)
    deliver()
    services.issue_due()
    receipt = receipt_of(cast, consent)
    page = receipts.page(receipt)
    assert all(item["id"] in page for item in receipt.body["items"])
    assert not re.search(r"(src|href)=", page)
    document = pdf(receipt)
    assert (document[:5], document) == (b"%PDF-", pdf(receipt)), "the same bytes every time"
    shown = b"".join(
        zlib.decompress(base64.a85decode(stream, adobe=False))
        for stream in re.findall(rb"stream\r?\n(.+?)~>", document, re.DOTALL)
    ).decode("latin-1")
    assert all(item["id"] in shown for item in receipt.body["items"])
    assert receipt.body["id"] in shown


def test_nobody_changes_a_receipt(cast: Cast) -> None:
    _, consent = make_voice(cast)
    revoke(cast, consent)
    deliver()
    services.issue_due()
    with (
        cast.alice.scope(),
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
    ):
        Receipt.objects.update(signature="")


def test_a_link_to_audio_dies_with_the_revocation(cast: Cast) -> None:
    speaker, consent = make_voice(cast)
    asset = make_asset(cast.bob, speaker)
    with cast.bob.scope() as bob:
        stored = services.download(bob, asset=asset)
    token = presign.download_url(stored, ttl_s=3600, file_name="x.wav").rpartition("/")[2]
    assert presign.object_of(token)[0] == stored
    revoke(cast, consent)
    deliver()
    with pytest.raises(NotFound):
        presign.object_of(token)
