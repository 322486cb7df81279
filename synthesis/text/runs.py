"""The value that the text front end returns: a run of text in one language with its phones."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class TextRun:
    """A stretch of one language.

    ``phones`` and ``ids`` have equal lengths.  ``word2ph`` (Mandarin and Cantonese) says how many
    phones each character of ``normalized`` owns and sums to that length.  ``unspoken`` holds what
    of the original text cannot be spoken, as (offset in that text, characters).  ``why`` tells a
    person what gave the run its language: the request, the script of its words, or a prescription.
    """

    language: str
    text: str
    normalized: str
    phones: tuple[str, ...]
    ids: tuple[int, ...]
    word2ph: tuple[int, ...] | None
    unspoken: tuple[tuple[int, str], ...] = ()
    why: str = ""
