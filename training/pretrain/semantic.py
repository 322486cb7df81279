"""The semantic model from nothing: which codes follow the phones, alone and after a prompt.

Shapes: b batch, p phones, t codes.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from synthesis.models.semantic import SemanticConfig, SemanticModel, sequence_mask
from training.pretrain.codes import Codes
from training.pretrain.speech import Speech, Spoken

PROMPTED_SHARE = 0.5
STRAY_SHARE = 0.05


@dataclass(frozen=True, kw_only=True)
class Sequences:
    """Phones, codes as they are read (some replaced by strays), and the codes to be guessed."""

    phones_bp: Tensor
    phone_lens_b: Tensor
    codes_bt: Tensor
    code_lens_b: Tensor
    strayed_bt: Tensor


def sequences(
    speech: Speech, codes: Codes, chosen: list[Spoken], *, config: SemanticConfig, seed: int
) -> Sequences:
    """The batch of these utterances, or of each after another by the same voice, its prompt."""
    chance = np.random.default_rng(seed)
    prompted = config.prompted and chance.random() < PROMPTED_SHARE
    phones, found = [], []
    for utterance in chosen:
        phone_ids, own = [torch.from_numpy(utterance.ids)], [codes.of(utterance)]
        if prompted:
            same = speech.by_voice[utterance.voice]
            prompt = same[int(chance.integers(len(same)))]
            phone_ids.insert(0, torch.from_numpy(prompt.ids))
            own.insert(0, codes.of(prompt, with_ending=True))
        phones.append(torch.cat(phone_ids))
        found.append(torch.cat(own))
    codes_bt = pad_sequence(found, batch_first=True)
    stray = torch.from_numpy(chance.random(codes_bt.shape) < STRAY_SHARE)
    strays = torch.from_numpy(chance.integers(config.eos, size=codes_bt.shape))
    return Sequences(
        phones_bp=pad_sequence(phones, batch_first=True),
        phone_lens_b=torch.tensor([len(row) for row in phones]),
        codes_bt=codes_bt,
        code_lens_b=torch.tensor([len(row) for row in found]),
        strayed_bt=torch.where(stray, strays, codes_bt),
    )


class SemanticTask:
    """The semantic model; padding, on the right, is hidden from everything."""

    def __init__(self, model: SemanticModel) -> None:
        self.model = model
        self.modules: list[nn.Module] = [model]

    def losses(self, batch: Sequences) -> dict[str, Tensor]:
        """Cross entropy by code, the end included."""
        return {"guess": functional.cross_entropy(*self._guesses(batch), ignore_index=-1)}

    @torch.no_grad()
    def accuracy(self, batch: Sequences) -> float:
        """The share of codes that are the likeliest guess."""
        logits, labels = self._guesses(batch)
        known = labels >= 0
        return float(((logits.argmax(-1) == labels) & known).sum() / known.sum())

    def _guesses(self, batch: Sequences) -> tuple[Tensor, Tensor]:
        model = self.model
        p, t = batch.phones_bp.shape[1], batch.codes_bt.shape[1]
        labels_bt = model.labels(batch.codes_bt, batch.code_lens_b)
        device = labels_bt.device
        no_bert = torch.zeros(len(labels_bt), model.config.bert_width, p, device=device)
        x = torch.cat(
            [model.embed_text(batch.phones_bp, no_bert), model.embed_codes(batch.strayed_bt)], dim=1
        )
        hidden = torch.cat(
            [
                torch.arange(p, device=device) >= batch.phone_lens_b[:, None],
                torch.arange(t, device=device) >= batch.code_lens_b[:, None],
            ],
            dim=1,
        )
        out = model.h(x, sequence_mask(p, t, hidden))
        logits = model.ar_predict_layer(out[:, p - 1 :]).float()
        beyond = torch.arange(t + 1, device=device) > batch.code_lens_b[:, None]
        return logits.flatten(0, 1), labels_bt.masked_fill(beyond, -1).flatten()
