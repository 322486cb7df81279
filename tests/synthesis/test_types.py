"""Sampling values outside their range are refused where they are made."""

import pytest

from synthesis.errors import BadSampling
from synthesis.types import Sampling


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("top_k", 0),
        ("top_p", 1.5),
        ("temperature", -0.1),
        ("temperature", float("nan")),
        ("repetition_penalty", 0.0),
        ("speed", 0.0),
        ("speed", float("inf")),
        ("seed", -1),
        ("seed", 2**63),
    ],
)
def test_it_refuses_a_value_outside_its_range(field: str, value: float) -> None:
    with pytest.raises(BadSampling, match=field) as caught:
        Sampling(**{field: value})  # type: ignore[arg-type]
    assert caught.value.code == "bad_sampling"
    assert caught.value.data["field"] == field


def test_the_defaults_and_the_limits_are_allowed() -> None:
    assert Sampling().top_k == 15
    assert Sampling(seed=2**63 - 1, top_p=0.0, temperature=0.0).seed == 2**63 - 1
