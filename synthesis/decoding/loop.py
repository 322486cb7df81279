"""The decode loop: phones and a prompt to semantic codes, for rows that join and leave.

Shapes: b rows, p phones, t codes, v vocabulary. Each row has its own slot of keys and values, its
own settings and its own noise, so it draws the same codes alone and beside any others.
"""

from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import torch
from torch import Tensor
from torch.nn import functional

from synthesis.decoding.decoder import Decoder
from synthesis.decoding.sampling import Noise, RowSettings, choose, penalise, probabilities
from synthesis.errors import BrokenVoice, Stopped
from synthesis.models.kv_cache import KvSlots
from synthesis.types import Sampling

MAX_STEPS = 1500
# The end token is cut off for this many steps, so that every sentence has at least so many codes.
MIN_CODES = 11

_ENDED, _BROKEN = 1, 2


class Ending(StrEnum):
    """Why a row stopped: the model said so, or a limit was reached."""

    EOS = "eos"
    LIMIT = "limit"


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """Phones [p] of prompt and target together, and their text features [width, p]."""

    phones: Tensor
    bert: Tensor


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """The new codes [t] of one sentence, without prompt and end token."""

    codes: Tensor
    ending: Ending


@dataclass(eq=False, kw_only=True)
class Row:
    """One sentence on its way through a batch; `noise` gives [columns] numbers for a step.

    It is over when it has an `ending`, or when the model gave it no numbers (`broken`).
    """

    sentence: Sentence
    prompt: Tensor
    sampling: Sampling
    noise: Callable[[int, int], Tensor]
    limit: int = MAX_STEPS
    codes: list[int] = field(default_factory=list)
    ending: Ending | None = None
    broken: bool = False
    slot: int = -1

    @property
    def most_positions(self) -> int:
        """How many positions of a slot the row may come to need."""
        return self.start + min(self.limit, MAX_STEPS)

    @property
    def start(self) -> int:
        """Positions of phones and prompt."""
        return len(self.sentence.phones) + len(self.prompt)

    @property
    def over(self) -> bool:
        """Whether nothing follows."""
        return self.broken or self.ending is not None

    def decoded(self) -> Decoded:
        """What came of it; BrokenVoice when the model computed what is no number."""
        if self.broken or self.ending is None:
            raise BrokenVoice("The voice's model computes no numbers; train or import it again.")
        return Decoded(codes=torch.tensor(self.codes, dtype=torch.long), ending=self.ending)


class Batch:
    """Rows of one decoder that decode together, in the order of their slots.

    They join and leave between steps.
    """

    def __init__(self, decoder: Decoder, slots: KvSlots) -> None:
        self.decoder, self.slots = decoder, slots
        self.rows: list[Row] = []
        width = decoder.config.vocabulary
        self.logits = torch.empty(0, width, device=decoder.device)
        self._seen = torch.empty(0, width, dtype=torch.bool, device=decoder.device)
        self._settings: RowSettings | None = None

    @torch.inference_mode()
    def join(self, row: Row) -> None:
        """Read the row's sentence into a free slot; it draws its first code in the next step."""
        row.slot = self.slots.take()
        try:
            sentence = row.sentence
            logits = self.decoder.read(
                sentence.phones, sentence.bert, row.prompt, self.slots, row.slot
            )
        except BaseException:
            self.slots.give_back(row.slot)
            raise
        seen = self._seen.new_zeros(1, self._seen.shape[1])
        seen[:, row.prompt] = True
        place = bisect(self.rows, row.slot, key=lambda other: other.slot)
        self.rows.insert(place, row)
        self.logits = torch.cat([self.logits[:place], logits[None], self.logits[place:]])
        self._seen = torch.cat([self._seen[:place], seen, self._seen[place:]])
        self._settings = None

    def leave(self, row: Row) -> None:
        """Give up a row that is not over."""
        self._keep([index for index, other in enumerate(self.rows) if other is not row])

    @torch.inference_mode()
    def step(self) -> list[Row]:
        """Draw one code for every row, and take those that go on one step further.

        A row ends when the most likely code after the penalty, or the drawn one, is the end token,
        or at its limit of codes. Returns the rows that are over now; they have left.
        """
        drawn, states = self._draw()
        before, kept = self.rows, []
        for index, (row, code, state) in enumerate(
            zip(before, drawn.tolist(), states.tolist(), strict=True)
        ):
            if state == _BROKEN:
                row.broken = True
            elif state == _ENDED:
                row.ending = Ending.EOS
            else:
                row.codes.append(code)
                if len(row.codes) >= min(row.limit, MAX_STEPS):
                    row.ending = Ending.LIMIT
                else:
                    kept.append(index)
        if len(kept) < len(before):
            self._keep(kept)
            drawn = drawn[torch.tensor(kept, dtype=torch.long, device=drawn.device)]
        if self.rows:
            self._seen.scatter_(1, drawn[:, None], True)
            new = [len(row.codes) - 1 for row in self.rows]
            self.logits = self.decoder.step(
                drawn,
                [len(row.prompt) + count for row, count in zip(self.rows, new, strict=True)],
                self.slots,
                [row.slot for row in self.rows],
                [row.start + count for row, count in zip(self.rows, new, strict=True)],
            )
        return [row for row in before if row.over]

    def _draw(self) -> tuple[Tensor, Tensor]:
        """A code for every row [b], and what became of the row [b]."""
        eos, device = self.decoder.config.eos, self.decoder.device
        if self._settings is None:
            self._settings = RowSettings.of([row.sampling for row in self.rows], device)
        columns = [eos if len(row.codes) < MIN_CODES else eos + 1 for row in self.rows]
        noise = [
            functional.pad(row.noise(len(row.codes), width), (0, eos + 1 - width), value=1.0)
            for row, width in zip(self.rows, columns, strict=True)
        ]
        early = torch.tensor([width == eos for width in columns], device=device)
        finite = self.logits.isfinite().all(dim=-1)
        logits = penalise(self.logits, self._seen, self._settings.penalty)
        logits[:, eos].masked_fill_(early, -torch.inf)
        drawn = choose(probabilities(logits, self._settings), torch.stack(noise).to(device))
        ended = (drawn == eos) | (logits.argmax(dim=-1) == eos)
        return drawn, torch.where(finite, ended.long() * _ENDED, _BROKEN)

    def _keep(self, kept: list[int]) -> None:
        for index in set(range(len(self.rows))) - set(kept):
            row = self.rows[index]
            if not bool(self.logits[index].isfinite().all()):
                self.slots.wipe(row.slot, row.start + len(row.codes) + 1)
            self.slots.give_back(row.slot)
        self.rows = [self.rows[index] for index in kept]
        selection = torch.tensor(kept, dtype=torch.long, device=self.decoder.device)
        self.logits, self._seen = self.logits[selection], self._seen[selection]
        self._settings = None


def of_row(noise: Noise, row: int) -> Callable[[int, int], Tensor]:
    """The noise of one row, by step and number of columns."""
    return lambda step, columns: noise(step, [row], columns)[0]


def decode(
    decoder: Decoder,
    sentences: Sequence[Sentence],
    prompt: Tensor,
    sampling: Sampling,
    noise: Noise,
    *,
    limits: Sequence[int] | None = None,
    should_stop: Callable[[], bool] | None = None,
    on_code: Callable[[int, int], None] | None = None,
    on_logits: Callable[[int, Tensor], None] | None = None,
) -> list[Decoded]:
    """Continue every sentence after the same prompt codes [t] (empty for no prompt).

    Each has at most so many codes as its limit says (1500, which is 60 s). `should_stop` is asked
    between steps; Stopped is raised when it says yes. `on_code` receives each row's codes as they
    are drawn, and `on_logits` every step's raw logits.
    """
    rows = [
        Row(
            sentence=sentence,
            prompt=prompt,
            sampling=sampling,
            noise=of_row(noise, index),
            limit=limit,
        )
        for index, (sentence, limit) in enumerate(
            zip(sentences, limits or [MAX_STEPS] * len(sentences), strict=True)
        )
    ]
    slots = decoder.slots(len(rows), max(row.most_positions for row in rows))
    batch = Batch(decoder, slots)
    for row in rows:
        batch.join(row)
    step = 0
    while batch.rows:
        if should_stop is not None and should_stop():
            raise Stopped("The synthesis was stopped before it finished.")
        if on_logits is not None:
            on_logits(step, batch.logits)
        batch.step()
        if on_code is not None:
            for index, row in enumerate(rows):
                if len(row.codes) > step:
                    on_code(index, row.codes[step])
        step += 1
    return [row.decoded() for row in rows]
