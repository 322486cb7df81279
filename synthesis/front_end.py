"""Text to what the models read: phones, their ids, and text features where the language has them.

Shapes: p phones, w text-feature width.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from synthesis.errors import EngineError
from synthesis.features.bert import Bert
from synthesis.text import NO_WORDS, Lexicon, Profile, TextRun, phonemize

# The only language whose phones were trained with text features.
BERT_LANGUAGE = "zh"


@dataclass(frozen=True, kw_only=True)
class SpokenText:
    """One sentence: its text, phones, their ids [p] and text features [w, p], zero where none.

    `runs` tell how the phones came about, language by language.
    """

    text: str
    phones: tuple[str, ...]
    ids: Tensor
    bert: Tensor
    runs: tuple[TextRun, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FrontEnd:
    """How a voice reads text: its phone inventory, and its text encoder if it was trained so."""

    version: str
    bert_width: int
    uses_bert: bool
    bert: Bert | None = None

    def __post_init__(self) -> None:
        if self.uses_bert and self.bert is None:
            raise EngineError(
                "This voice was trained with text features; give the engine a base with bert/.",
                code="text_encoder_missing",
            )

    def read(
        self,
        text: str,
        language: str,
        *,
        lexicon: Lexicon = NO_WORDS,
        profile: Profile = "studio",
    ) -> SpokenText:
        """Phones of one sentence; UnspeakableText when there is nothing to say."""
        runs = phonemize(text, language, profile=profile, version=self.version, lexicon=lexicon)
        features = []
        for run in runs:
            width = torch.zeros(self.bert_width, len(run.ids))
            if self.uses_bert and self.bert and run.language == BERT_LANGUAGE and run.word2ph:
                width = self.bert.features(run.normalized, run.word2ph).cpu()
            features.append(width)
        return SpokenText(
            text=text,
            phones=tuple(phone for run in runs for phone in run.phones),
            ids=torch.tensor([index for run in runs for index in run.ids], dtype=torch.long),
            bert=torch.cat(features, dim=1),
            runs=runs,
        )
