"""The content encoder and the phone recogniser: HuBERT's architecture, taught with known phones.

Shapes: b batch, s samples at 16 kHz, t frames at 50 Hz, d width, v symbols + 1 (0 is silence,
and the blank of the alignment-free loss).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence
from transformers import HubertConfig, HubertForCTC

from synthesis import audio
from synthesis.bundles.weights import save_weights
from synthesis.features.hubert import SAMPLE_RATE_HZ
from training.pretrain.augment import spoil
from training.pretrain.recipe import ContentSize
from training.pretrain.speech import Speech, Spoken, frame_labels, heard_phones

# A speed is rounded to this, so that resampling needs few taps.
RATE_STEP_HZ = 500
EARLY_WEIGHT = 0.3
SEQUENCE_WEIGHT = 0.3


class ContentTask:
    """The encoder with three heads: phones of frames, early and late, and the phone sequence."""

    def __init__(self, size: ContentSize, symbols: int) -> None:
        config = HubertConfig(
            hidden_size=size.width,
            num_hidden_layers=size.layers,
            num_attention_heads=size.heads,
            intermediate_size=size.inner,
            conv_dim=size.channels,
            num_conv_pos_embeddings=32,
            num_conv_pos_embedding_groups=4,
            vocab_size=symbols + 1,
            pad_token_id=0,
            mask_time_prob=0.0,
            layerdrop=0.0,
            hidden_dropout=0.05,
            attention_dropout=0.05,
            activation_dropout=0.0,
            feat_proj_dropout=0.0,
            final_dropout=0.0,
        )
        self.ctc = HubertForCTC(config)
        self.early = nn.Linear(size.width, symbols + 1)
        self.late = nn.Linear(size.width, symbols + 1)
        self.modules: list[nn.Module] = [self.ctc, self.early, self.late]

    def losses(self, batch: tuple[Tensor, Tensor, list[Tensor]]) -> dict[str, Tensor]:
        """Of waves [b, s], frame labels [b, t] (-1 is padding) and phone sequences."""
        wave_bs, labels_bt, sequences = batch
        found: Any = self.ctc.hubert(wave_bs, output_hidden_states=True)
        last = found.last_hidden_state
        frames = min(last.shape[1], labels_bt.shape[1])
        labels = labels_bt[:, :frames]

        def frame_loss(head: nn.Linear, hidden_btd: Tensor) -> Tensor:
            logits = head(hidden_btd[:, :frames]).float()
            return functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-1)

        log_probs = self.ctc.lm_head(last[:, :frames]).float().log_softmax(-1)
        lengths = (labels >= 0).sum(1)
        sequence = functional.ctc_loss(
            log_probs.transpose(0, 1),
            pad_sequence(sequences, batch_first=True),
            lengths,
            torch.tensor([len(row) for row in sequences], device=lengths.device),
            zero_infinity=True,
        )
        return {
            "frame": frame_loss(self.late, last),
            "early": EARLY_WEIGHT * frame_loss(self.early, found.hidden_states[0]),
            "sequence": SEQUENCE_WEIGHT * sequence,
        }

    @torch.no_grad()
    def accuracy(self, batch: tuple[Tensor, Tensor, list[Tensor]]) -> float:
        """The share of frames whose phone is named right."""
        wave_bs, labels_bt, _ = batch
        hidden = self.ctc.hubert(wave_bs).last_hidden_state
        frames = min(hidden.shape[1], labels_bt.shape[1])
        right = self.late(hidden[:, :frames]).argmax(-1) == labels_bt[:, :frames]
        known = labels_bt[:, :frames] >= 0
        return float((right & known).sum() / known.sum())

    def save_encoder(self, folder: Path) -> None:
        """Write the encoder alone, as `synthesis.features.hubert` reads it."""
        _save(self.ctc.hubert, self.ctc.config, folder)

    def save_recognizer(self, folder: Path) -> None:
        """Write the encoder with its sequence head, as `PhoneRecognizer` reads it."""
        _save(self.ctc, self.ctc.config, folder)


@dataclass(frozen=True, kw_only=True)
class Hardship:
    """What sound goes through before it is learned from.

    ``spoilt_share`` of the rows pass `spoil`; all are played at a speed between 1 / ``stretch``
    and ``stretch``, which moves pitch and formants as other throats do.
    """

    spoilt_share: float
    stretch: float = 1.0


def content_batch(
    speech: Speech, chosen: list[Spoken], hardship: Hardship
) -> tuple[Tensor, Tensor, list[Tensor]]:
    """Waves at 16 kHz after the hardship, their frame labels and phone sequences."""
    longest = max(u.samples for u in chosen)
    waves = torch.stack([speech.wave(u, samples=longest) for u in chosen])
    stretch = hardship.stretch ** float(2 * torch.rand(()) - 1)
    rate_hz = round(SAMPLE_RATE_HZ * stretch / RATE_STEP_HZ) * RATE_STEP_HZ
    waves = audio.resample(waves, audio.SAMPLE_RATE_HZ, rate_hz)
    spoilt = torch.rand(len(chosen)) < hardship.spoilt_share
    if spoilt.any():
        waves[spoilt] = spoil(waves[spoilt])
    hop = audio.HOP * SAMPLE_RATE_HZ / rate_hz
    frames = int(longest / hop)
    labels = [frame_labels(u, int(u.samples / hop), hop) for u in chosen]
    padded = torch.stack([functional.pad(row, (0, frames - len(row)), value=-1) for row in labels])
    return waves, padded, [heard_phones(u) for u in chosen]


def _save(model: nn.Module, config: HubertConfig, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    config.save_pretrained(folder)
    save_weights(model.state_dict(), folder / "model.safetensors", half=True)
