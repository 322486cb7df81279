"""What is measured from a reference clip, and which clips are refused."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from synthesis import audio
from synthesis.bundles.weights import save_weights
from synthesis.errors import BadBundle, BadReference
from synthesis.features.bert import LAYERS_LEFT_OUT, Bert
from synthesis.features.hubert import Hubert
from synthesis.features.local_model import PackedLinear, load_packed
from synthesis.features.reference import TRAILING_ZEROS, measure_sound
from synthesis.types import Pcm
from tests.synthesis.conftest import RATE_HZ, Workshop, hum


@pytest.mark.parametrize(
    ("pcm", "reason"),
    [
        (hum(2.9), "lasts 2.9 s"),
        (hum(10.1), "lasts 10.1 s"),
        (np.zeros(4 * RATE_HZ, dtype=np.float32), "silent or damaged"),
        (np.full(4 * RATE_HZ, np.nan, dtype=np.float32), "silent or damaged"),
    ],
)
def test_a_clip_that_cannot_be_used_is_refused(workshop: Workshop, pcm: Pcm, reason: str) -> None:
    with pytest.raises(BadReference, match=reason):
        measure_sound(
            pcm, RATE_HZ, hubert=workshop.base.hubert(), acoustic=workshop.base.acoustic()
        )


def test_codes_cover_the_clip_and_its_trailing_silence(workshop: Workshop) -> None:
    pcm = workshop.reference.pcm
    samples = len(pcm) // 2 + TRAILING_ZEROS
    frames = (samples - 400) // 320 + 1
    assert len(workshop.reference.features.codes) == frames // 2


def test_a_clip_too_loud_has_the_style_of_the_same_at_full_scale(workshop: Workshop) -> None:
    hubert, acoustic = workshop.base.hubert(), workshop.base.acoustic()
    full = workshop.reference.pcm / np.abs(workshop.reference.pcm).max()
    styles = [
        measure_sound(scale * full, RATE_HZ, hubert=hubert, acoustic=acoustic)[1]
        for scale in (1.0, 1.8)
    ]
    torch.testing.assert_close(*styles)


def test_a_speaker_vector_is_asked_for_by_the_pro_versions(workshop: Workshop) -> None:
    acoustic = workshop.base.acoustic()
    acoustic.config = type(acoustic.config).for_version("v2Pro")
    with pytest.raises(BadReference, match="speaker network"):
        measure_sound(hum(3.5), RATE_HZ, hubert=workshop.base.hubert(), acoustic=acoustic)


def test_a_hubert_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadBundle, match="HubertModel"):
        Hubert.load(tmp_path)


@pytest.mark.parametrize("half", [False, True])
def test_text_features_come_from_the_third_last_state_of_the_folder(
    tmp_path: Path, half: bool
) -> None:
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=6,
        hidden_size=32,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=32,
    )
    whole = BertModel(config, add_pooling_layer=False).train(False)
    if half:  # what such a file holds is what counts
        whole.half().float()
    config.save_pretrained(tmp_path)
    save_weights(whole.state_dict(), tmp_path / "model.safetensors", half=half)
    (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n你\n好\n", encoding="utf-8")
    found = Bert.load(tmp_path).features("你好!", [2, 1, 1])
    with torch.no_grad():
        states = whole(torch.tensor([[2, 4, 5, 1, 3]]), output_hidden_states=True).hidden_states
    rows = states[-1 - LAYERS_LEFT_OUT][0, 1:-1]
    torch.testing.assert_close(found, rows[[0, 0, 1, 2]].T)
    assert json.loads((tmp_path / "config.json").read_text())["num_hidden_layers"] == 4


def test_the_matrices_of_a_float16_file_take_its_size_in_memory(tmp_path: Path) -> None:
    config = BertConfig(hidden_size=32, num_hidden_layers=1, num_attention_heads=2)
    config.save_pretrained(tmp_path)
    whole = BertModel(config, add_pooling_layer=False)
    matrices = [part.weight for part in whole.modules() if isinstance(part, torch.nn.Linear)]
    for half, width in ((True, 2), (False, 4)):
        save_weights(whole.state_dict(), tmp_path / "model.safetensors", half=half)
        loaded = load_packed(BertModel, tmp_path, "cpu", add_pooling_layer=False)
        packed = [part for part in loaded.modules() if isinstance(part, PackedLinear)]
        assert sum(part.nbytes for part in packed) == width * sum(x.numel() for x in matrices)


def test_sixteen_bit_samples_never_wrap() -> None:
    assert audio.to_int16(np.array([1.0, -1.0, 2.0, 0.5], dtype=np.float32)).tolist() == [
        32767,
        -32768,
        32767,
        16384,
    ]


def test_resampling_keeps_a_tone_and_its_length() -> None:
    time = torch.arange(44_100) / 44_100
    tone = torch.sin(2 * torch.pi * 440 * time)
    down = audio.resample(tone, 44_100, 32_000)
    assert len(down) == 32_000
    expected = torch.sin(2 * torch.pi * 440 * torch.arange(32_000) / 32_000)
    assert float((down - expected)[500:-500].abs().max()) < 5e-3
