"""Performs a script: sentences, silences and marks in order, finished and timed."""

from collections.abc import Callable, Sequence

import numpy as np

from synthesis.speaking import quality_gate
from synthesis.speaking.finishing import Leveller, LineFinish, Outlet
from synthesis.speaking.script import Line, Script
from synthesis.speaking.sentences import SentenceSpeaker, Take
from synthesis.speaking.timing import phone_times, word_times
from synthesis.text.markup import written
from synthesis.text.plan import Mark, Silence
from synthesis.types import MarkTime, Pcm, SentenceReport, Timing, Utterance, WordTime

UNJUDGED = "judged by its sound only: the base of this voice was never trained to speak"


class Performance:
    """One utterance on its way out of a speaker; `run` once."""

    def __init__(
        self,
        script: Script,
        speaker: SentenceSpeaker,
        utterance: Utterance,
        *,
        sample_rate_hz: int,
        emit: Callable[[Pcm], None],
        stream: bool,
    ) -> None:
        self._script, self._speaker, self._utterance = script, speaker, utterance
        self._rate_hz = sample_rate_hz
        self._emit, self._stream = emit, stream
        self._leveller = Leveller(utterance.finish.loudness_lufs)
        self._outlet = Outlet(sample_rate_hz, utterance.finish.sample_rate_hz or sample_rate_hz)
        self._samples = 0
        self.reports: list[SentenceReport] = []
        self.marks: list[MarkTime] = []

    def run(self) -> None:
        """Hand out everything in order, and fill `reports` and `marks`."""
        takes = None if self._stream else self._speaker.takes(self._script.lines)
        waiting: list[Silence | Mark] = []
        for step in self._script.steps:
            if not isinstance(step, Line):
                waiting.append(step)
                continue
            # Nothing is heard for a sentence that is stopped or fails, not even its pause.
            take = next(takes) if takes is not None else None
            self._rest(waiting)
            waiting.clear()
            self._line(step, take)
        self._rest(waiting)
        rest = self._outlet.end()
        if len(rest):
            self._emit(rest)

    def _rest(self, steps: Sequence[Silence | Mark]) -> None:
        for step in steps:
            if isinstance(step, Silence):
                self._give(np.zeros(self._rate_hz * step.duration_ms // 1000, dtype=np.float32))
            else:
                self.marks.append(MarkTime(name=step.name, at_ms=round(self._now_ms)))

    def _line(self, line: Line, take: Take | None) -> None:
        begin_ms = self._now_ms
        finish = LineFinish(
            finish=self._utterance.finish,
            sample_rate_hz=self._rate_hz,
            leveller=self._leveller,
            volume_db=line.volume_db,
        )
        index = len(self.reports)
        if take is None and self._speaker.speed_of(line) == 1:
            take = self._speaker.stream(
                line, index, lambda pcm, last: self._give(finish.add(pcm, last=last))
            )
        else:
            take = take or next(self._speaker.takes([line], first=index))
            self._give(finish.add(take.pcm, last=True))
        words, timing = self._words(line, take, finish, begin_ms)
        self.reports.append(
            SentenceReport(
                text=written(line.text),
                phones=line.read.phones,
                tokens=len(take.codes),
                attempts=take.attempts,
                note=_note(take, judged=self._speaker.pace.speech),
                start=min(line.places),
                end=max(line.places) + 1,
                start_ms=round(begin_ms),
                end_ms=round(self._now_ms),
                faults=quality_gate.in_order(take.faults),
                rejected=tuple(quality_gate.in_order(faults) for faults in take.rejected),
                words=words,
                timing=timing,
            )
        )

    def _words(
        self, line: Line, take: Take, finish: LineFinish, begin_ms: float
    ) -> tuple[tuple[WordTime, ...], Timing | None]:
        if not self._utterance.timestamps:
            return (), None
        speaker = self._speaker
        times = phone_times(speaker.voice, speaker.prompt, line, take.codes, speaker.pace)
        words = word_times(
            line,
            times,
            samples=len(take.pcm),
            removed=finish.removed,
            start_ms=begin_ms,
            sample_rate_hz=self._rate_hz,
        )
        return words, times.timing

    @property
    def _now_ms(self) -> float:
        return self._samples * 1000 / self._rate_hz

    def _give(self, pcm: Pcm) -> None:
        self._samples += len(pcm)
        piece = self._outlet.add(pcm)
        if len(piece):
            self._emit(piece)


def _note(take: Take, *, judged: bool) -> str:
    parts = []
    if take.rejected:
        parts.append(f"spoken again because of: {quality_gate.tally(take.rejected)}")
    if take.faults:
        parts.append(f"kept although: {quality_gate.tally([sorted(take.faults)])}")
    if not judged:
        parts.append(UNJUDGED)
    return "; ".join(parts)
