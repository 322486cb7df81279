"""Text features for Chinese from a local BERT: one row per character, repeated per phone.

Shapes: c characters, d feature width, p phones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from transformers import BertModel

# The features are taken before the last two layers, which therefore need not exist.
LAYERS_LEFT_OUT = 2


class Bert:
    """A BERT cut off after the layer that is read, with its vocabulary."""

    def __init__(self, model: BertModel, vocabulary: Mapping[str, int]) -> None:
        self._model = model.train(False)
        self._vocabulary = vocabulary

    @classmethod
    def load(cls, folder: Path, device: torch.device | str = "cpu") -> Bert:
        """Read `config.json`, `vocab.txt` and `model.safetensors`."""
        # transformers takes seconds to import, and only voices with text features need it.
        from transformers import BertConfig, BertModel

        from synthesis.features.local_model import load_packed

        config = BertConfig.from_pretrained(folder, local_files_only=True)
        config.num_hidden_layers -= LAYERS_LEFT_OUT
        model = load_packed(BertModel, folder, device, config=config, add_pooling_layer=False)
        words = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
        return cls(model, {word: index for index, word in enumerate(words)})

    @property
    def width(self) -> int:
        """Numbers per character."""
        return int(self._model.config.hidden_size)

    def features(self, text: str, word2ph: Sequence[int]) -> Tensor:
        """[d, p]: character i's row repeated `word2ph[i]` times."""
        if len(text) != len(word2ph):
            raise ValueError(f"{len(text)} characters but {len(word2ph)} phone counts")
        unknown = self._vocabulary["[UNK]"]
        ids = [self._vocabulary.get(character.lower(), unknown) for character in text]
        return self.features_of_ids(
            [self._vocabulary["[CLS]"], *ids, self._vocabulary["[SEP]"]], word2ph
        )

    @torch.inference_mode()
    def features_of_ids(self, ids: Sequence[int], word2ph: Sequence[int]) -> Tensor:
        """[d, p] of token ids that include the two end marks."""
        device = self._model.embeddings.word_embeddings.weight.device
        rows: Tensor = self._model(torch.tensor([list(ids)], device=device)).last_hidden_state
        repeats = torch.tensor(list(word2ph), device=device)
        return rows[0, 1:-1].repeat_interleave(repeats, dim=0).T
