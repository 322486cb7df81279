"""The benchmark of serving runs, and finds that nobody sounds otherwise than alone."""

from dataclasses import replace

import pytest

from synthesis.serving import bench


@pytest.fixture(scope="module")
def report() -> bench.Report:
    return bench.run(requests=2, rounds=1, voices=2, growth_requests=2)


def test_it_measures_requests_at_once_beside_one_at_a_time(report: bench.Report) -> None:
    assert report.crosstalk == 0
    assert report.throughput_ratio > 0
    assert report.codes_per_step > 0
    assert report.first_audio_ratio > 0
    assert report.memory_end_mb > 0


def test_it_says_of_every_goal_whether_it_is_met_and_what_bounds_it(report: bench.Report) -> None:
    slow = replace(
        report, growth_requests=0, alone_s=6.0, together_s=3.0, throughput_ratio=2.0, render_s=4.0
    )
    slow = replace(slow, renderers=2)
    lines = "\n".join(slow.lines())
    assert "2.00 x one at a time (6.0 s to 3.0 s), goal 3 x: missed" in lines
    assert "rendering takes 2.0 s, so 3.00 x at most" in lines
    assert "0 of 2 requests sounded otherwise than alone, goal 0: met" in lines
    assert "memory over 0 requests: not measured" in lines
    grown = replace(
        slow, size="starter", growth_requests=2000, memory_growth=0.031, first_audio_ratio=0.5
    )
    told = list(grown.lines())
    assert told[2].endswith("+3.1 %, goal 3 %: missed")
    assert told[3].endswith("0.50 of it, goal 0.5: met")
    assert told[4].startswith("first audio, starter: ")
