"""How the soak judges a program's memory and descriptors."""

from __future__ import annotations

import pytest

from tests.faults.soak import Sample, course


def samples(*rss: int, descriptors: int = 30) -> list[Sample]:
    return [Sample(rss_bytes=megabytes * 10**6, descriptors=descriptors) for megabytes in rss]


def test_what_is_loaded_at_first_is_no_growth() -> None:
    found = course("web", samples(50, 90, *[100] * 8))
    assert found.holds
    assert found.growth == 0


@pytest.mark.parametrize(("last", "holds"), [(104, True), (106, False)])
def test_more_than_a_twentieth_is_a_leak(last: int, holds: bool) -> None:
    assert course("web", samples(*[100] * 8, last, last)).holds is holds


def test_one_sample_above_the_others_is_no_growth() -> None:
    assert course("web", samples(*[100] * 9, 180, *[100] * 2)).holds


def test_descriptors_that_stay_open_are_a_leak() -> None:
    leaking = [*samples(*[100] * 8), *samples(100, 100, descriptors=31)]
    assert not course("web", leaking).holds
