"""Writes a small base with random weights: the whole pipeline runs on it, but it cannot speak."""

import math
from pathlib import Path

import torch
from torch import nn
from transformers import HubertConfig, HubertModel

from synthesis.bundles.base import ACOUSTIC_FILE, HUBERT_FOLDER, SEMANTIC_FILE, BaseModel, seal_base
from synthesis.bundles.weights import save_weights
from synthesis.models.semantic import SemanticConfig, SemanticModel
from synthesis.models.vits import AcousticConfig, AcousticModel
from synthesis.models.weight_norm import Normed

SSL_WIDTH = 96
SIZES: dict[str, tuple[SemanticConfig, AcousticConfig]] = {
    "tiny": (
        SemanticConfig(width=128, heads=4, layers=3),
        AcousticConfig(
            latent=64,
            hidden=64,
            inner=128,
            layers=2,
            style_channels=64,
            mixer_width=64,
            mixer_heads=2,
            ssl_width=SSL_WIDTH,
            flow_layers=2,
            posterior_layers=3,
            decoder_width=64,
            rates=(10, 8, 4, 2),
            rate_kernels=(16, 16, 8, 4),
            block_kernels=(3, 7),
            dilations=(1, 3),
        ),
    ),
}
HUBERT = HubertConfig(
    hidden_size=SSL_WIDTH,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=192,
    conv_dim=(32,) * 7,
    num_conv_pos_embeddings=32,
    num_conv_pos_embedding_groups=4,
)
# Loud enough that the end token is drawn every few seconds of sound.
END_GAIN = 1.4


def write_random_base(folder: Path, *, size: str = "tiny", seed: int = 0) -> BaseModel:
    """Write a base of a named size into a new folder; the same seed gives the same bytes."""
    semantic_config, acoustic_config = SIZES[size]
    (folder / HUBERT_FOLDER).mkdir(parents=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        semantic = random_semantic(semantic_config)
        acoustic = random_acoustic(acoustic_config)
        hubert = HubertModel(HUBERT)
    save_weights(semantic.state_dict(), folder / SEMANTIC_FILE, half=True)
    save_weights(acoustic.state_dict(), folder / ACOUSTIC_FILE, half=True)
    HUBERT.save_pretrained(folder / HUBERT_FOLDER)
    save_weights(hubert.state_dict(), folder / HUBERT_FOLDER / "model.safetensors", half=True)
    return seal_base(
        folder,
        name=f"random-{size}-{seed}",
        speech=False,
        languages=("zh", "en"),
        semantic=semantic_config,
        acoustic=acoustic_config,
    )


def random_semantic(config: SemanticConfig) -> SemanticModel:
    """Weights scaled so that the codes depend on the text and end in sensible time."""
    model = SemanticModel(config)
    for parameter in model.parameters():
        if parameter.dim() == 2:
            nn.init.normal_(parameter, std=1 / math.sqrt(parameter.shape[1]))
    for table in (model.ar_text_embedding, model.ar_audio_embedding):
        nn.init.normal_(table.word_embeddings.weight)
    with torch.no_grad():
        model.ar_predict_layer.weight[config.eos] *= END_GAIN
    return model


def random_acoustic(config: AcousticConfig) -> AcousticModel:
    """Unit-gain convolutions, so that the sound is neither silent nor clipped."""
    model = AcousticModel(config)
    for module in model.modules():
        if isinstance(module, Normed):
            nn.init.normal_(module.weight_v)
    return model
