"""When the words of a sentence are heard, as offsets in the text that the caller wrote."""

from collections.abc import Sequence

import torch

from synthesis.speaking import alignment
from synthesis.speaking.alignment import Alignment
from synthesis.speaking.quality_gate import Pace
from synthesis.speaking.script import Line
from synthesis.speaking.silence import Range, moved
from synthesis.text.markup import written
from synthesis.text.words import words_of
from synthesis.types import Timing, WordTime
from synthesis.voices import LoadedVoice, Prompt


def phone_times(
    voice: LoadedVoice, prompt: Prompt, line: Line, codes_n: torch.Tensor, pace: Pace
) -> Alignment:
    """When each phone of a line is heard, in codes."""
    phones = line.read.phones
    if not pace.speech:
        return alignment.evenly(phones, 0.0, float(len(codes_n)))
    looks = alignment.attention(
        voice.decoder,
        torch.cat([prompt.phones, line.read.ids]),
        torch.cat([prompt.bert, line.read.bert], dim=1),
        prompt.codes,
        codes_n,
    )
    return alignment.align(looks[:, :, -len(phones) :], phones)


def word_times(
    line: Line,
    times: Alignment,
    *,
    samples: int,
    removed: Sequence[Range],
    start_ms: float,
    sample_rate_hz: int,
) -> tuple[WordTime, ...]:
    """The words of a line whose sound of so many `samples` was cut by `removed`, then handed out.

    They follow each other without overlap between the line's beginning and its end.
    """
    edges = times.edges
    if times.timing is Timing.PROPORTION:
        # Nothing was said in the silence around the sentence.
        start = float(removed[0][1]) if removed and removed[0][0] == 0 else 0.0
        end = float(removed[-1][0]) if removed and removed[-1][1] == samples else float(samples)
        edges = alignment.evenly(line.read.phones, start, end).edges
    else:
        edges = tuple(edge * samples / edges[-1] for edge in edges)
    heard_ms = [start_ms + moved(edge, removed) * 1000 / sample_rate_hz for edge in edges]
    words: list[WordTime] = []
    for word in words_of(line.read.text, line.read.runs):
        begin_ms = round(heard_ms[word.first])
        if words:
            begin_ms = max(begin_ms, words[-1].end_ms)
        words.append(
            WordTime(
                text=written(line.read.text[word.start : word.end]),
                start=line.places[word.start],
                end=line.places[word.end - 1] + 1,
                start_ms=begin_ms,
                end_ms=max(begin_ms, round(heard_ms[word.last])),
            )
        )
    return tuple(words)
