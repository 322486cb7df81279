"""The decode loop: phones and a prompt to semantic codes, several sentences at once.

Shapes: b rows, p phones, t codes, v vocabulary. Sentences are left-padded to a common length; the
padding is masked for good, so a row in a batch computes what it would compute alone. A row that
ends leaves the batch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor

from synthesis.errors import Stopped
from synthesis.models.kv_cache import KvCache
from synthesis.models.semantic import SemanticModel
from synthesis.sampling import Noise, choose, penalise, probabilities
from synthesis.types import Sampling

MAX_STEPS = 1500
# The end token is cut off for this many steps, so that every sentence has at least so many codes.
MIN_CODES = 11


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


@torch.inference_mode()
def decode(
    model: SemanticModel,
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

    A row ends when the most likely code after the penalty, or the drawn one, is the end token, or
    at its limit of codes (1500, which is 60 s, unless `limits` says less). `should_stop` is asked
    between steps; Stopped is raised when it says yes. `on_code` receives each row's codes as they
    are drawn, and `on_logits` every step's raw logits.
    """
    eos = model.config.eos
    ceilings = [min(limit, MAX_STEPS) for limit in limits or [MAX_STEPS] * len(sentences)]
    text, padding = _left_padded(model, sentences)
    cache = _cache_for(model, text, prompt.shape[0] + max(ceilings))
    logits = model.prefill(text, padding, prompt.expand(len(sentences), -1), cache)
    seen = torch.zeros(len(sentences), eos + 1, dtype=torch.bool, device=logits.device)
    seen[:, prompt] = True
    rows = list(range(len(sentences)))
    codes: list[list[int]] = [[] for _ in rows]
    endings: dict[int, Ending] = {}
    step = 0
    while True:
        if should_stop is not None and should_stop():
            raise Stopped("The synthesis was stopped before it finished.")
        if on_logits is not None:
            on_logits(step, logits)
        columns = eos if step < MIN_CODES else eos + 1
        penalised = penalise(
            logits[:, :columns].float(), seen[:, :columns], sampling.repetition_penalty
        )
        drawn = choose(
            probabilities(penalised, sampling),
            noise(step, rows, columns).to(logits.device),
        )
        ended = (drawn == eos) | (penalised.argmax(dim=-1) == eos)
        kept: list[int] = []
        for index, (row, code, over) in enumerate(
            zip(rows, drawn.tolist(), ended.tolist(), strict=True)
        ):
            if over:
                endings[row] = Ending.EOS
                continue
            codes[row].append(code)
            if on_code is not None:
                on_code(row, code)
            if len(codes[row]) >= ceilings[row]:
                endings[row] = Ending.LIMIT
            else:
                kept.append(index)
        if not kept:
            break
        if len(kept) < len(rows):
            rows = [rows[index] for index in kept]
            selection = torch.tensor(kept, device=drawn.device)
            drawn, seen = drawn[selection], seen[selection]
            cache.keep_rows(selection)
        seen.scatter_(1, drawn[:, None], True)
        logits = model.step(drawn, prompt.shape[0] + step, cache)
        step += 1
    return [
        Decoded(codes=torch.tensor(found, dtype=torch.long), ending=endings[row])
        for row, found in enumerate(codes)
    ]


def _left_padded(model: SemanticModel, sentences: Sequence[Sentence]) -> tuple[Tensor, Tensor]:
    """Embedded text [b, p, d] with zero vectors in front, and where they are [b, p]."""
    device = model.bert_proj.weight.device
    longest = max(sentence.phones.shape[0] for sentence in sentences)
    text = torch.zeros(
        len(sentences),
        longest,
        model.config.width,
        device=device,
        dtype=model.bert_proj.weight.dtype,
    )
    padding = torch.zeros(len(sentences), longest, dtype=torch.bool, device=device)
    for row, sentence in enumerate(sentences):
        start = longest - sentence.phones.shape[0]
        bert = sentence.bert.to(device, text.dtype)
        text[row, start:] = model.embed_text(sentence.phones[None].to(device), bert[None])[0]
        padding[row, :start] = True
    return text, padding


def _cache_for(model: SemanticModel, text_bpd: Tensor, codes: int) -> KvCache:
    config = model.config
    return KvCache(
        layers=config.layers,
        rows=text_bpd.shape[0],
        heads=config.heads,
        slots=text_bpd.shape[1] + codes,
        head_width=config.width // config.heads,
        dtype=text_bpd.dtype,
        device=text_bpd.device,
    )
