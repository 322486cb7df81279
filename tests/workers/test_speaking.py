"""From a request to speech: what it asks reaches the engine, and captions fit the file."""

from __future__ import annotations

from pathlib import Path

from synthesis.engine import Engine
from tests.synthesis.conftest import furnish
from voiceassets.assets.models import SynthesisRequest
from voiceassets.provenance import services as provenance
from voiceassets.workers import speaking

WORD = {
    "word": "青禾",
    "alphabet": "pinyin",
    "value": "qing1 he4",
    "case_sensitive": False,
    "whole_word": True,
}


def test_settings_lexicon_and_markup_reach_the_voice_and_captions_fit_the_file(
    tmp_path: Path,
) -> None:
    voice = furnish(tmp_path / "base").write(tmp_path / "voice")
    request = SynthesisRequest(
        text="欢迎来到青禾。[pause:1s]再见。",
        language="zh",
        style="default",
        settings={"seed": 5, "speed": 1.2, "volume_db": -6.0, "pause_scale": 2.0},
        lexicon=[WORD],
    )
    utterance = speaking.utterance_of(request, voice.card.defaults)
    assert (utterance.sampling.seed, utterance.sampling.speed) == (5, 1.2)
    assert (utterance.finish.volume_db, utterance.pauses.scale) == (-6.0, 2.0)
    speech = Engine().speak(voice, utterance)
    assert speech.sentences[0].phones[-2] == "e4"
    produced = provenance.produce(
        tmp_path / "speech.wav",
        pcm=speech.pcm,
        sample_rate_hz=speech.sample_rate_hz,
        produce_id="ast_1",
    )
    captions = speaking._captions(speech, produced)
    first, second = captions["json"]["sentences"]  # type: ignore[index]
    assert first["start_ms"] == produced.inserted.samples * 1000 // speech.sample_rate_hz
    assert second["start_ms"] == first["end_ms"] + 1000
    assert [word["text"] for word in first["words"]] == list("欢迎来到青禾")
    assert str(captions["vtt"]).startswith("WEBVTT")
    assert "再见。" in str(captions["srt"])
