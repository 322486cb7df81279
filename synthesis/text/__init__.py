"""Text to phones: `phonemize` for one sentence, `split_sentences` to get sentences."""

from synthesis.text.lexicon import Entry, Lexicon
from synthesis.text.phonemizer import NO_WORDS, Profile, phonemize, warm_up
from synthesis.text.runs import TextRun
from synthesis.text.sentences import Cuts, split_sentences

__all__ = [
    "NO_WORDS",
    "Cuts",
    "Entry",
    "Lexicon",
    "Profile",
    "TextRun",
    "phonemize",
    "split_sentences",
    "warm_up",
]
