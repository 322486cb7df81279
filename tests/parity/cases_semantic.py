"""Parity of the semantic model: teacher-forced logits, the sampler, and decode loops."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from synthesis.decoding.decoder import Decoder
from synthesis.decoding.loop import Decoded, Ending, Sentence, decode
from synthesis.decoding.sampling import RowSettings, choose, penalise, probabilities
from synthesis.models.semantic import SemanticConfig, SemanticModel
from synthesis.types import Sampling
from tests.parity import fill
from tests.parity.registry import Case, Check, runner

MAX_STEPS = 1500


def load_semantic(case: Case) -> SemanticModel:
    """The filled model of `s1_small_*` or `s1_full_*`."""
    config = SemanticConfig()
    if case.name.startswith("s1_small"):
        config = SemanticConfig(phonemes=50, vocabulary=65, width=64, heads=4, layers=3)
    return case.load(SemanticModel(config))


def batch_bert(case: Case) -> Tensor:
    """Text features [b, 1024, p]: stored, or per row from the salt with odd rows zero."""
    if case.has("bert"):
        return case.tensor("bert")
    phones, lengths = case.tensor("x"), case.tensor("x_lens").tolist()
    bert = torch.zeros(phones.shape[0], 1024, phones.shape[1])
    for row in range(0, len(lengths), 2):
        bert[row, :, : lengths[row]] = case.input(f"bert{row}", (1024, lengths[row]))
    return bert


@runner("s1_*_teacher_*")
@torch.inference_mode()
def teacher(case: Case) -> Iterator[Check]:
    """The training-style forward pass."""
    model = load_semantic(case)
    logits, labels = model(
        case.tensor("x"),
        case.tensor("x_lens"),
        case.tensor("y"),
        case.tensor("y_lens"),
        batch_bert(case),
    )
    yield case.equal("targets", labels)
    if "out_logits" in case.arrays:
        yield case.close("logits", logits)
    else:
        yield case.close("logits_slice", logits[:, ::7, ::41])
        yield case.digest("logits_digest", logits, noise="logits_slice")
        yield case.equal("argmax", logits.argmax(dim=-1))
    loss = functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="sum")
    expected = float(case.arrays["out_ce_sum"])
    yield Check(what="ce_sum", error=abs(float(loss) - expected) / expected, tolerance=1e-5)


@runner("s1_sampler*")
def sampler(case: Case) -> Iterator[Check]:
    """Probabilities and chosen codes for every combination of settings."""
    logits, previous = case.tensor("logits"), case.tensor("previous")
    seen = torch.zeros(logits.shape, dtype=torch.bool).scatter(1, previous, True)
    found: list[Tensor] = []
    for top_k, top_p, temperature, penalty in case.array("combos_topk_topp_temp_rep").tolist():
        sampling = Sampling(
            top_k=int(top_k),
            top_p=top_p,
            temperature=temperature,
            repetition_penalty=penalty,
        )
        rows = RowSettings.of([sampling])
        found.append(probabilities(penalise(logits, seen, rows.penalty), rows))
    probs = torch.stack(found)
    order = (-probs).argsort(dim=-1, stable=True)[..., :16]
    yield case.close("probs_top16", probs.gather(-1, order))
    yield case.equal("probs_argsorted_top16", order)
    yield case.equal("n_nonzero", (probs > 0).sum(dim=-1))
    chosen = choose(probs.flatten(0, 1), case.tensor("q")).view(probs.shape[:2])
    yield case.equal("token_given_q", chosen)


class StoredNoise:
    """The fixed noise of a sampling case: every row sees the same numbers at a step."""

    def __init__(self, case: Case, vocabulary: int) -> None:
        self._q = (
            torch.from_numpy(fill.expo(case.salt, f"{case.name}/q", (MAX_STEPS, vocabulary)))
            if case.array("use_q")
            else torch.ones(MAX_STEPS, vocabulary)
        )

    def __call__(self, step: int, rows: Sequence[int], columns: int) -> Tensor:
        return self._q[step, :columns].expand(len(rows), -1)


@runner("s1_*_greedy_*", "s1_*_sample_*", "s1_*_noprompt*")
def loops(case: Case) -> Iterator[Check]:
    """Whole decodes; a case is either one batch or its sentences one by one."""
    decoder = Decoder(load_semantic(case))
    top_k, top_p, temperature, penalty, early = case.array("params_topk_topp_temp_rep_early")
    sampling = Sampling(
        top_k=int(top_k),
        top_p=float(top_p),
        temperature=float(temperature),
        repetition_penalty=float(penalty),
    )
    prompt = case.tensor("prompt") if case.has("prompt") else torch.empty(0, dtype=torch.long)
    lengths = case.tensor("x_lens").tolist()
    sentences = [
        Sentence(phones=case.tensor(f"x{row}"), bert=case.input(f"bert{row}", (1024, length)))
        for row, length in enumerate(lengths)
    ]
    batched = bool(case.array("batched"))
    first_logits: list[Tensor] = []
    decoded: list[Decoded] = []
    for group in [sentences] if batched else [[sentence] for sentence in sentences]:
        decoded += decode(
            decoder,
            group,
            prompt,
            sampling,
            StoredNoise(case, decoder.config.vocabulary),
            limits=[MAX_STEPS if early < 0 else int(early) + 1] * len(group),
            on_logits=lambda _step, logits: first_logits.append(logits),
        )
    yield from _sequences(case, decoded, prompt, batched)
    if "out_first_logits" in case.arrays:
        logits = torch.stack(first_logits[:4])
        full = case.name.startswith("s1_full")
        yield case.close("first_logits", logits[..., ::17] if full else logits)


def _sequences(
    case: Case, decoded: list[Decoded], prompt: Tensor, batched: bool
) -> Iterator[Check]:
    """The reference counts the code at a limit differently alone and in a batch; see `idx`."""
    indices = []
    for row, one in enumerate(decoded):
        codes = one.codes
        index = len(codes)
        if one.ending is Ending.LIMIT:
            index -= 1
            codes = codes[:-1] if batched else codes
        indices.append(index if len(prompt) else 0)
        yield case.equal(f"y{row}", torch.cat([prompt, codes]))
    yield case.equal("idx", torch.tensor(indices))
