"""Voiceprints at rest: sealed, without a name on them, and gone when they are forgotten."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.factories import Cast, make_asset, make_speaker, make_voice
from voiceassets.core.envelope import Unsealable
from voiceassets.voiceprints import keeping, vault
from voiceassets.voiceprints import services as voiceprints
from voiceassets.voiceprints.models import Voiceprint

ENCODER = "e" * 64


def direction(seed: int, width: int = 16) -> NDArray[np.float32]:
    vector = np.random.default_rng(seed).normal(size=width)
    unit: NDArray[np.float32] = (vector / np.linalg.norm(vector)).astype(np.float32)
    return unit


def test_the_rows_show_neither_the_voice_nor_whose_it_is(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    with cast.alice.scope():
        voiceprints.keep(holder=speaker, source=speaker, encoder=ENCODER, vector=direction(0))
        row = Voiceprint.objects.get()
        assert direction(0).tobytes() not in bytes(row.sealed)
        assert str(speaker.pk) not in {row.holder, row.source}
        assert row.holder == vault.pseudonym(speaker)
        assert not {field.related_model for field in Voiceprint._meta.fields} & {type(speaker)}


def test_a_vector_opens_only_where_it_belongs(cast: Cast) -> None:
    sealed = vault.seal(direction(0), bound_to="here")
    assert np.array_equal(vault.unseal(sealed, bound_to="here"), direction(0))
    with pytest.raises(Unsealable):
        vault.unseal(sealed, bound_to="there")
    with pytest.raises(Unsealable):
        vault.unseal(sealed[:-1] + bytes([sealed[-1] ^ 1]), bound_to="here")


def test_a_voice_is_the_mean_of_what_was_heard_of_it(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    asset = make_asset(cast.alice, speaker)
    with cast.alice.scope():
        for source, seed in ((speaker, 0), (asset, 1), (asset, 2)):  # the last takes one's place
            voiceprints.keep(holder=speaker, source=source, encoder=ENCODER, vector=direction(seed))
        found = keeping.read(encoder=ENCODER)[vault.pseudonym(speaker)]
        wanted = direction(0) + direction(2)
        assert np.allclose(found, wanted / np.linalg.norm(wanted), atol=1e-6)


def test_forgetting_a_speaker_leaves_the_others(cast: Cast) -> None:
    gone, stays = make_speaker(cast.alice, name="Gone"), make_speaker(cast.alice, name="Stays")
    with cast.alice.scope():
        for speaker in (gone, stays):
            voiceprints.keep(holder=speaker, source=speaker, encoder=ENCODER, vector=direction(3))
        assert voiceprints.forget(gone) == 1
        assert voiceprints.forget(gone) == 0
        assert list(keeping.read(encoder=ENCODER)) == [vault.pseudonym(stays)]
    with cast.mallory.scope():
        assert keeping.read(encoder=ENCODER) == {}
