"""Parity of what is measured from sound and text: spectra, HuBERT, BERT, the speaker network."""

import json
from collections.abc import Iterator

import torch
from transformers import BertConfig, BertModel, HubertConfig, HubertModel

from synthesis import audio
from synthesis.features.bert import LAYERS_LEFT_OUT, Bert
from synthesis.features.hubert import Hubert
from synthesis.models.speaker import SpeakerConfig, SpeakerNet
from tests.parity import fill
from tests.parity.registry import Case, Check, runner

POSITION_CONV = "encoder.pos_conv_embed.conv."
# Some weights have another name on disk; BERT's word table is tied to its output layer, and the
# case was recorded with the output layer's fill.
NAMES_ON_DISK = {
    f"{POSITION_CONV}parametrizations.weight.original0": f"{POSITION_CONV}weight_g",
    f"{POSITION_CONV}parametrizations.weight.original1": f"{POSITION_CONV}weight_v",
    "bert.embeddings.word_embeddings.weight": "cls.predictions.decoder.weight",
}


def on_disk(key: str) -> str:
    """The name that a weight of a transformers model has in its file."""
    return NAMES_ON_DISK.get(key, key)


def _fill(case: Case, model: torch.nn.Module, prefix: str = "") -> None:
    """Fill a transformers model under the names its weights have on disk."""
    model.load_state_dict(
        {
            key: torch.from_numpy(fill.fill(case.salt, on_disk(prefix + key), tuple(value.shape)))
            for key, value in model.state_dict().items()
        }
    )


@runner("hubert_*")
@torch.inference_mode()
def hubert(case: Case) -> Iterator[Check]:
    """A wave to the features after the last layer."""
    model = HubertModel(HubertConfig(**json.loads(str(case.array("config_json")))))
    _fill(case, model)
    features = Hubert(model).features(case.tensor("wav16k")[0]).transpose(1, 2)
    expected = case.arrays["out_last_hidden"]
    yield case.close("last_hidden", features[:, :, :: features.shape[2] // expected.shape[2]])


@runner("bert_*")
@torch.inference_mode()
def bert(case: Case) -> Iterator[Check]:
    """Token ids to the repeated rows of the third-last hidden state."""
    config = BertConfig(**json.loads(str(case.array("config_json"))))
    config.num_hidden_layers -= LAYERS_LEFT_OUT
    model = BertModel(config, add_pooling_layer=False)
    _fill(case, model, prefix="bert.")
    ids, word2ph = case.array("input_ids")[0].tolist(), case.array("word2ph").tolist()
    yield case.close("feature", Bert(model, {}).features_of_ids(ids, word2ph))


@runner("sv_eres2netv2*")
@torch.inference_mode()
def speaker(case: Case) -> Iterator[Check]:
    """A wave to filter banks to the speaker vector."""
    features = audio.kaldi_fbank(case.tensor("wav16k")[0])
    vector = case.load(SpeakerNet(SpeakerConfig()))(features[None])
    yield case.close("fbank", features)
    yield case.close("sv_emb", vector[:, ::7])
    yield case.digest("sv_emb_digest", vector, noise="sv_emb")


@runner("s2_spectrogram*")
@torch.inference_mode()
def spectrogram(case: Case) -> Iterator[Check]:
    """A wave to magnitudes and log mel spectra at three settings."""
    wave = case.tensor("wav")
    spec = audio.spectrogram(wave)
    yield case.close("spec", spec[:, :, ::3])
    yield case.close("mel", audio.log_mel(spec), noise="spec")
    v3 = audio.log_mel(
        audio.spectrogram(wave, n_fft=1024, hop=256), sample_rate_hz=24_000, mels=100
    )
    yield case.close("mel_v3_24k_args_s", v3[:, :, ::4], noise="spec")
    v4 = audio.log_mel(audio.spectrogram(wave, n_fft=1280, hop=320), mels=100)
    yield case.close("mel_v4_s", v4[:, :, ::4], noise="spec")
    yield case.close("melfb_s", audio.mel_filters(32_000, 2048, 128)[::8])
