"""What laws want of a file is a table; a file is judged by the labels that it carries."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from voiceassets.provenance.laws import LAWS, Layer, judge, layers

EVERYTHING = {
    "implicit": {"Label": "1"},
    "audible": "rhythm",
    "audible_place": "start",
    "credentials": {"state": "Trusted"},
    "watermark": {"name": "perth"},
}


def lacking(marks: dict[str, object], *, waived: bool = False) -> dict[str, tuple[Layer, ...]]:
    return {v.law.code: v.lacks for v in judge(layers(marks), waived=waived) if not v.met}


def test_a_file_with_every_label_meets_every_law() -> None:
    assert layers(EVERYTHING) == set(Layer)
    assert lacking(EVERYTHING) == {}


@pytest.mark.parametrize(
    ("missing", "laws"),
    [("implicit", {"CN"}), ("credentials", {"EU", "US-CA"}), ("watermark", {"EU"})],
)
def test_each_law_misses_its_own(missing: str, laws: set[str]) -> None:
    found = lacking(EVERYTHING | {missing: None}, waived=True)
    assert found == {law: (Layer(missing),) for law in laws}


def test_only_the_audible_label_may_be_answered_for() -> None:
    silent = EVERYTHING | {"audible": "none"}
    assert lacking(silent) == {"CN": (Layer.AUDIBLE,), "EU": (Layer.AUDIBLE,)}
    assert lacking(silent, waived=True) == {}
    assert {layer for law in LAWS.values() for layer in law.waivable} == {Layer.AUDIBLE}


def test_an_installation_that_names_an_unknown_law_does_not_start(settings: Settings) -> None:
    settings.LABEL_LAWS = ("CN", "Atlantis")
    with pytest.raises(ImproperlyConfigured, match="Atlantis; known are CN, EU, US-CA"):
        apps.get_app_config("provenance").ready()
