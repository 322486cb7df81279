"""A revocation that has returned is final, also for releases under way; and the race is real."""

from __future__ import annotations

import pytest

from tests import race_receipts
from tests.factories import Cast, make_asset, make_voice
from tests.races import race
from tests.workers.things import deliver
from voiceassets.assets import services
from voiceassets.assets.models import Asset
from voiceassets.audit import sealer
from voiceassets.consent import services as consents
from voiceassets.storage.backends import backend

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_is_released_after_a_revocation_has_returned(cast: Cast) -> None:
    tally = race(cast, rounds=6, threads=6)
    assert (tally.late, tally.left, tally.given_late) == (0, 0, 0)
    assert (tally.faults, tally.left_bytes) == ((), 0)
    assert tally.is_clean
    assert tally.listeners > 0
    assert tally.released > 0
    assert tally.given > 0
    assert tally.refused > 0


def test_without_the_lock_the_same_race_is_lost(cast: Cast) -> None:
    """Otherwise the test above would prove nothing."""
    assert race(cast, rounds=8, threads=6, lock=False).late > 0


def test_a_receipt_that_is_not_what_is_held_is_noticed(cast: Cast) -> None:
    speaker, consent = make_voice(cast)
    asset = make_asset(cast.bob, speaker)
    with cast.alice.scope() as alice:
        consents.revoke(alice, consent=consent, reason="The race.")
    assert race_receipts.faults(cast, consent, [asset]) == [f"{consent.public_id} has no receipt"]
    deliver()
    sealer.seal_pending()
    services.issue_due()
    assert race_receipts.faults(cast, consent, [asset]) == []
    with cast.alice.scope():
        Asset.objects.filter(pk=asset.pk).update(state="deleted")
        stored = Asset.objects.select_related("object").get(pk=asset.pk).object
    assert stored is not None
    backend().delete(stored.key)
    said = " ".join(race_receipts.faults(cast, consent, [asset]))
    assert "is deleted, and the receipt says" in said
    assert "is live with , and the receipt says" in said
