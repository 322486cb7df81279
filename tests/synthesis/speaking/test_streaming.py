"""Streaming: early, gapless, equal in length to the whole, and close to it in sound."""

from pathlib import Path

import numpy as np
import pytest
import torch

from synthesis import audio
from synthesis.bundles.bundle import VoiceBundle
from synthesis.decoding.sampling import frame_noise
from synthesis.engine import Engine
from synthesis.errors import NothingSpoken
from synthesis.models.vits import frames_for
from synthesis.speaking import streaming
from synthesis.speaking.streaming import ChunkedSound, Unheard
from synthesis.types import Pcm, Sampling, Utterance
from synthesis.voices import LoadedVoice, load_voice
from tests.synthesis.conftest import Workshop

CODES = torch.randint(0, 1024, (140,), generator=torch.Generator().manual_seed(3))
PHONES = torch.randint(0, 700, (40,), generator=torch.Generator().manual_seed(4))
SEED = 11


@pytest.fixture(scope="module")
def loaded(voice: VoiceBundle) -> LoadedVoice:
    return load_voice(voice, torch.device("cpu"))


def chunked(voice: LoadedVoice) -> list[Pcm]:
    pieces: list[Pcm] = []
    sound = ChunkedSound(
        voice,
        voice.prompt("default"),
        PHONES,
        most_codes=len(CODES),
        noise_scale=0.5,
        seed=SEED,
        emit=lambda pcm, _last: pieces.append(pcm),
    )
    for code in CODES.tolist():
        sound.add(0, code)
    sound.finish()
    return pieces


@torch.inference_mode()
def at_once(voice: LoadedVoice) -> Pcm:
    noise = frame_noise(frames_for(len(CODES)), voice.card.acoustic.latent, SEED)
    style = voice.prompt("default").style
    wave = voice.acoustic.speak(CODES[None], PHONES[None], style, noise_bct=noise)
    pcm: Pcm = wave[0, 0].numpy()
    return pcm


def decibels(pcm: Pcm) -> Pcm:
    level: Pcm = (
        20 / np.log(10) * audio.log_mel(audio.spectrogram(torch.from_numpy(pcm)[None]))
    ).numpy()
    return level


def test_the_pieces_last_as_long_as_the_whole_and_sound_like_it(loaded: LoadedVoice) -> None:
    pieces = chunked(loaded)
    whole, joined = at_once(loaded), np.concatenate(pieces)
    assert len(pieces) > 3
    assert len(joined) == len(whole)
    assert float(np.abs(decibels(joined) - decibels(whole)).mean()) < 1.0


def test_no_join_is_a_step(loaded: LoadedVoice) -> None:
    pieces = chunked(loaded)
    joined = np.concatenate(pieces)
    steps = np.abs(np.diff(joined))
    joins = np.cumsum([len(piece) for piece in pieces[:-1]])
    assert steps[joins - 1].max() <= np.quantile(steps, 0.999)


def test_the_first_piece_comes_long_before_the_last_code(loaded: LoadedVoice) -> None:
    heard_after: list[int] = []
    fed: list[int] = []
    sound = ChunkedSound(
        loaded,
        loaded.prompt("default"),
        PHONES,
        most_codes=len(CODES),
        noise_scale=0.5,
        seed=SEED,
        emit=lambda _pcm, _last: heard_after.append(len(fed)),
    )
    for code in CODES.tolist():
        fed.append(code)
        sound.add(0, code)
    assert heard_after[0] == streaming.FIRST_CHUNK + streaming.HELD_BACK


def test_a_frames_noise_does_not_depend_on_how_many_follow() -> None:
    torch.testing.assert_close(
        frame_noise(300, 64, 5)[:, :, :37], frame_noise(37, 64, 5), rtol=0, atol=0
    )


def test_no_codes_is_nothing_heard(loaded: LoadedVoice) -> None:
    sound = ChunkedSound(
        loaded,
        loaded.prompt("default"),
        PHONES,
        most_codes=10,
        noise_scale=0.5,
        seed=SEED,
        emit=lambda _pcm, _last: None,
    )
    with pytest.raises(Unheard):
        sound.finish()


def test_a_streamed_utterance_is_the_same_each_time_and_has_the_same_tokens(
    voice: VoiceBundle,
) -> None:
    engine = Engine()
    utterance = Utterance(text="您好，欢迎致电客户服务中心。请问有什么可以帮您？")
    whole = engine.speak(voice, utterance)
    pieces: list[Pcm] = []
    streamed = engine.speak(voice, utterance, stream=True, on_audio=pieces.append)
    again = engine.speak(voice, utterance, stream=True)
    assert streamed.pcm_sha256 == again.pcm_sha256
    np.testing.assert_array_equal(np.concatenate(pieces), streamed.pcm)
    assert [report.tokens for report in streamed.sentences] == [
        report.tokens for report in whole.sentences
    ]
    assert len(streamed.pcm) == len(whole.pcm)


def test_at_another_speed_whole_sentences_are_handed_out(voice: VoiceBundle) -> None:
    utterance = Utterance(text="您好。", sampling=Sampling(speed=1.5))
    pieces: list[Pcm] = []
    speech = Engine().speak(voice, utterance, stream=True, on_audio=pieces.append)
    assert len(pieces) == len(speech.sentences) == 1


def test_a_mute_voice_hands_nothing_out(workshop: Workshop, tmp_path: Path) -> None:
    mute = workshop.write(tmp_path / "mute", silent=True)
    pieces: list[Pcm] = []
    with pytest.raises(NothingSpoken):
        Engine().speak(mute, Utterance(text="你好。"), stream=True, on_audio=pieces.append)
    assert not pieces
