"""Speaking: the same receipt for the same request, obedience to a stop, and never silence."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthesis import audio
from synthesis.bundles.bundle import VoiceBundle
from synthesis.decoding.loop import Decoded
from synthesis.engine import Engine
from synthesis.errors import BadBundle, EngineError, NothingSpoken, Stopped, UnspeakableText
from synthesis.front_end import FrontEnd
from synthesis.serving.compute import Here
from synthesis.speaking import performance, quality_gate
from synthesis.speaking import sentences as speaking
from synthesis.text import Entry, Lexicon
from synthesis.types import Fault, Finish, Pcm, Precision, Sampling, Timing, Utterance
from tests.synthesis.conftest import Workshop

TEXT = "您好，感谢您的来电。您的订单已经发货，请留意查收。Thank you for calling, goodbye."


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def test_the_same_request_gives_the_same_samples_in_another_engine(
    engine: Engine, voice: VoiceBundle
) -> None:
    first = engine.speak(voice, Utterance(text=TEXT, sampling=Sampling(seed=5)))
    engine.speak(voice, Utterance(text="别的话。", sampling=Sampling(seed=9)))
    again = engine.speak(voice, Utterance(text=TEXT, sampling=Sampling(seed=5)))
    elsewhere = Engine().speak(voice, Utterance(text=TEXT, sampling=Sampling(seed=5)))
    assert first.pcm_sha256 == again.pcm_sha256 == elsewhere.pcm_sha256
    assert len(first.sentences) > 1
    assert all(report.tokens > 0 for report in first.sentences)


def test_another_seed_gives_other_samples(engine: Engine, voice: VoiceBundle) -> None:
    receipts = {
        engine.speak(voice, Utterance(text="你好。", sampling=Sampling(seed=seed))).pcm_sha256
        for seed in range(4)
    }
    assert len(receipts) == 4


def test_the_pieces_handed_out_are_the_whole(engine: Engine, voice: VoiceBundle) -> None:
    pieces: list[Pcm] = []
    speech = engine.speak(voice, Utterance(text=TEXT), on_audio=pieces.append)
    # Each sentence is a piece, and so is each pause between two.
    assert len(pieces) == 2 * len(speech.sentences) - 1
    np.testing.assert_array_equal(np.concatenate(pieces), speech.pcm)
    assert speech.pcm.dtype == np.float32
    assert np.abs(speech.pcm).max() <= 1


def test_all_sentences_decode_together_where_nobody_listens_yet(
    engine: Engine, voice: VoiceBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[int] = []
    decode = Here.decode

    def counted(*given: Any, **settings: Any) -> list[Decoded]:
        groups.append(len(given[2]))
        return decode(*given, **settings)

    monkeypatch.setattr(Here, "decode", counted)
    asked = Utterance(text=TEXT, attempts=1)
    at_leisure = engine.speak(voice, asked)
    heard = engine.speak(voice, asked, on_audio=lambda _pcm: None)
    count = len(heard.sentences)
    assert groups == [count, 1, count - 1]
    assert at_leisure.pcm_sha256 == heard.pcm_sha256


def test_the_receipt_is_of_the_sixteen_bit_samples(
    engine: Engine, voice: VoiceBundle, tmp_path: Path
) -> None:
    speech = engine.speak(voice, Utterance(text="你好。"))
    audio.write_wav(tmp_path / "a.wav", speech.pcm, speech.sample_rate_hz)
    written, rate = audio.read_mono(tmp_path / "a.wav")
    assert rate == speech.sample_rate_hz
    np.testing.assert_array_equal(audio.to_int16(written), audio.to_int16(speech.pcm))


def test_twice_the_speed_takes_half_the_time(engine: Engine, voice: VoiceBundle) -> None:
    slow, fast = (
        len(engine.speak(voice, Utterance(text="你好。", sampling=Sampling(speed=speed))).pcm)
        for speed in (1.0, 2.0)
    )
    assert abs(fast / slow - 0.5) < 0.05


def test_fast_precision_says_the_same_and_sounds_alike(engine: Engine, voice: VoiceBundle) -> None:
    utterance = Utterance(text="您好，欢迎致电。")
    exact = engine.speak(voice, utterance)
    fast = Engine(precision=Precision.FAST).speak(voice, utterance)
    assert [report.tokens for report in fast.sentences] == [
        report.tokens for report in exact.sentences
    ]
    error = np.square(fast.pcm - exact.pcm).sum() / np.square(exact.pcm).sum()
    assert 0 < error < 1e-3


def test_it_stops_when_asked(engine: Engine, voice: VoiceBundle) -> None:
    heard: list[Pcm] = []
    with pytest.raises(Stopped):
        engine.speak(
            voice, Utterance(text=TEXT), should_stop=lambda: bool(heard), on_audio=heard.append
        )
    assert len(heard) == 1


def test_a_voice_without_sound_is_an_error_and_not_silence(
    engine: Engine, workshop: Workshop, tmp_path: Path
) -> None:
    mute = workshop.write(tmp_path / "mute", silent=True)
    with pytest.raises(NothingSpoken) as caught:
        engine.speak(mute, Utterance(text="你好。"))
    assert caught.value.data["attempts"] == speaking.ATTEMPTS


def test_a_runaway_is_tried_again_and_noted(
    engine: Engine, voice: VoiceBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speaking, "most_codes", lambda _phones: 5)
    [report] = engine.speak(voice, Utterance(text="你好。")).sentences
    assert (report.tokens, report.attempts, report.faults) == (
        5,
        speaking.ATTEMPTS,
        (Fault.RAN_AWAY,),
    )
    assert report.rejected == ((Fault.RAN_AWAY,),) * 2
    assert "spoken again because of: ran away (2); kept although: ran away (1)" in report.note


def test_only_a_voice_that_can_speak_is_judged_by_how_it_speaks(
    engine: Engine,
    voice: VoiceBundle,
    workshop: Workshop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quality_gate, "SPARE_MORE_S", -1000.0)
    utterance = Utterance(text="您好，欢迎致电。", attempts=2)
    [report] = engine.speak(voice, utterance).sentences
    assert Fault.TOO_MANY_TOKENS not in report.faults
    assert report.note.endswith(performance.UNJUDGED)
    trained = workshop.write(tmp_path / "trained", speech=True)
    [report] = engine.speak(trained, utterance).sentences
    assert Fault.TOO_MANY_TOKENS in report.faults
    assert Fault.TOO_MANY_TOKENS in report.rejected[0]
    assert performance.UNJUDGED not in report.note


def test_marked_up_text_is_spoken_as_planned(engine: Engine, voice: VoiceBundle) -> None:
    document = (
        '<speak>您好，<mark name="asked"/><break time="500ms"/>'
        '<prosody rate="200%" volume="-6dB" pitch="high">慢走不送，下次再来。</prosody></speak>'
    )
    plain = engine.speak(voice, Utterance(text="您好，"))
    speech = engine.speak(voice, Utterance(text=document, timestamps=True))
    rate = speech.sample_rate_hz
    [mark] = speech.marks
    assert (mark.name, mark.at_ms) == ("asked", round(len(plain.pcm) * 1000 / rate))
    first, second = speech.sentences
    assert second.start_ms == first.end_ms + 500
    assert second.end_ms == round(len(speech.pcm) * 1000 / rate)
    quiet = second.start_ms * rate // 1000
    assert not speech.pcm[quiet - rate // 4 : quiet].any()
    assert np.square(speech.pcm[quiet:]).mean() < 0.5 * np.square(plain.pcm).mean()
    assert document[second.start : second.end] == "慢走不送，下次再来。"
    assert "pitch" in speech.notes[0]


def test_words_are_timed_within_their_sentence_and_point_into_the_text(
    engine: Engine, voice: VoiceBundle
) -> None:
    text = "含税价1,299元，请查收。Thank you for calling, goodbye."
    speech = engine.speak(voice, Utterance(text=text, timestamps=True))
    words = [word for report in speech.sentences for word in report.words]
    assert all(text[word.start : word.end] == word.text for word in words)
    assert "1,299" in [word.text for word in words]
    assert [word.text for word in words][-2:] == ["calling", "goodbye"]
    times = [time for word in words for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert times[-1] <= len(speech.pcm) * 1000 / speech.sample_rate_hz
    for report in speech.sentences:
        assert report.timing is Timing.PROPORTION
        assert report.start_ms <= report.words[0].start_ms
        assert report.words[-1].end_ms <= report.end_ms


def test_a_lexicon_changes_the_phones(engine: Engine, voice: VoiceBundle) -> None:
    lexicon = Lexicon((Entry(word="青禾", alphabet="pinyin", value="qing1 he4"),))
    [report] = engine.speak(voice, Utterance(text="青禾", lexicon=lexicon)).sentences
    assert report.phones[-1] == "e4"


def test_another_sample_rate_lasts_as_long(engine: Engine, voice: VoiceBundle) -> None:
    native = engine.speak(voice, Utterance(text="你好。"))
    pieces: list[Pcm] = []
    speech = engine.speak(
        voice,
        Utterance(text="你好。", finish=Finish(sample_rate_hz=24_000)),
        on_audio=pieces.append,
    )
    assert speech.sample_rate_hz == 24_000
    assert abs(len(speech.pcm) / 24_000 - len(native.pcm) / native.sample_rate_hz) < 0.001
    np.testing.assert_array_equal(np.concatenate(pieces), speech.pcm)


def test_an_unknown_style_names_the_known_ones(engine: Engine, voice: VoiceBundle) -> None:
    with pytest.raises(BadBundle, match="default") as caught:
        engine.speak(voice, Utterance(text="你好。", style="angry"))
    assert caught.value.code == "unknown_style"


def test_a_text_without_words_is_refused(engine: Engine, voice: VoiceBundle) -> None:
    with pytest.raises(UnspeakableText):
        engine.speak(voice, Utterance(text="……!!"))


def test_a_voice_trained_with_text_features_needs_them() -> None:
    with pytest.raises(EngineError) as caught:
        FrontEnd(version="v2", bert_width=1024, uses_bert=True)
    assert caught.value.code == "text_encoder_missing"
