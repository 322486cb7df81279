"""What is read straight from columns is what a serializer would have shown of the same rows."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Model, QuerySet
from rest_framework import serializers

from tests.factories import Cast, make_asset, make_request, make_voice
from voiceassets.api import columns
from voiceassets.api.v1.assets import AssetDetailOut, AssetOut
from voiceassets.api.v1.jobs import JobOut
from voiceassets.api.v1.speakers import SpeakerOut
from voiceassets.api.v1.synthesis import SynthesisOut
from voiceassets.assets.models import Asset, SynthesisRequest
from voiceassets.jobs.models import Job
from voiceassets.speakers.models import Speaker

PLAIN = [(AssetOut, Asset), (AssetDetailOut, Asset), (SpeakerOut, Speaker)]


def rows_of(model: type[Model]) -> QuerySet[Any]:
    return model._default_manager.order_by("-pk")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "model"), [*PLAIN, (JobOut, Job), (SynthesisOut, SynthesisRequest)]
)
def test_columns_show_what_the_serializer_shows(
    cast: Cast, answer: type[serializers.Serializer[Any]], model: type[Model]
) -> None:
    voice, _ = make_voice(cast)
    make_asset(cast.alice, voice)
    make_request(cast.alice, voice)  # without a file, a manifest, a duration
    with cast.alice.scope():
        found = [shown for _, shown in columns.read(rows_of(model), answer)]
        assert found == [dict(answer(row).data) for row in rows_of(model)]
        assert found


@pytest.mark.parametrize(("answer", "model"), PLAIN)
def test_answers_of_plain_columns_need_no_instances(
    answer: type[serializers.Serializer[Any]], model: type[Model]
) -> None:
    assert columns.columns_of(answer, model) is not None


def test_what_is_computed_is_left_to_the_serializer() -> None:
    assert columns.columns_of(SynthesisOut, SynthesisRequest) is None, "an asset lies within"
