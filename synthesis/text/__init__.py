"""Text to phones: `phonemize` for one sentence, `split_sentences` to get sentences."""

from synthesis.text.phonemizer import phonemize, warm_up
from synthesis.text.runs import TextRun
from synthesis.text.sentences import split_sentences

__all__ = ["TextRun", "phonemize", "split_sentences", "warm_up"]
