"""The benchmark of serving runs, and finds that nobody sounds otherwise than alone."""

from synthesis.serving import bench


def test_it_measures_requests_at_once_beside_one_at_a_time() -> None:
    report = bench.run(requests=2, voices=2, growth_requests=2)
    assert report.crosstalk == 0
    assert report.throughput_ratio > 0
    assert report.codes_per_step > 0
    assert report.first_audio_ratio > 0
    assert report.memory_end_mb > 0
