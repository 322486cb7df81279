"""Choosing the best minutes: clean, varied, explained."""

from training.prepare.selection import Candidate, choose_best, phones_of


def candidate(key: str, phones: str, *, seconds: float = 5.0, snr_db: float = 40.0) -> Candidate:
    return Candidate(
        key=key,
        duration_ms=int(seconds * 1_000),
        snr_db=snr_db,
        phones=tuple(phones.split()),
    )


def chosen(candidates: list[Candidate], *, seconds: float) -> list[str]:
    selection = choose_best(candidates, target_ms=int(seconds * 1_000))
    assert selection.duration_ms <= seconds * 1_000
    return [decision.key for decision in selection.decisions if decision.is_chosen]


def test_it_prefers_sounds_that_were_not_heard_yet() -> None:
    same, again, other = (
        candidate("same", "a1 b a1 b"),
        candidate("again", "a1 b a1 b"),
        candidate("other", "i3 m o4 k"),
    )

    assert chosen([same, again, other], seconds=10) == ["same", "other"]


def test_it_prefers_the_cleaner_of_two_equal_sentences() -> None:
    noisy, clean = candidate("noisy", "a1 b", snr_db=18), candidate("clean", "a1 b", snr_db=35)

    assert chosen([noisy, clean], seconds=5) == ["clean"]


def test_it_mixes_lengths_where_nothing_else_decides() -> None:
    medium = [candidate(f"medium{n}", "a1 b a1 b a1", seconds=5) for n in range(6)]
    long = candidate("long", "a1 b a1 b a1 b a1 b", seconds=8)

    assert "long" in chosen([*medium, long], seconds=20)


def test_it_explains_every_decision_and_reports_what_is_covered() -> None:
    selection = choose_best(
        [
            candidate("first", "n i3 h ao3"),
            candidate("second", "zh ong1", snr_db=16),
            candidate("mute", ""),
        ],
        target_ms=5_000,
    )

    first, second, mute = selection.decisions
    assert first.is_chosen
    assert first.reason == "brings ao3, h, i3, n; 40 dB above the noise"
    assert not second.is_chosen
    assert "16 dB" in second.reason
    assert mute.reason == "no text that can be spoken"
    assert (selection.coverage.phones, selection.coverage.phones_offered) == (4, 6)
    assert (selection.coverage.tones, selection.coverage.tones_offered) == (1, 2)
    assert selection.coverage.missing_phones == ("ong1", "zh")
    assert selection.explanation.startswith("1 of 3 slices, 5 s: 4 of 6 sounds and 1 of 2 tones")


def test_nothing_to_choose_from_is_said_plainly() -> None:
    selection = choose_best([candidate("long", "a1", seconds=9)], target_ms=5_000)

    assert selection.duration_ms == 0
    assert "No slice" in selection.explanation


def test_it_reads_the_phones_of_a_text_and_none_of_a_mark() -> None:
    assert phones_of("你好，世界。", "zh") == ("n", "i2", "h", "ao3", "sh", "ir4", "j", "ie4")
    assert "AY1" in phones_of("Good night.", "en")
    assert phones_of("……", "zh") == ()
