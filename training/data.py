"""From extracted clips to padded batches: what is read, what is left out and why, how it is padded.

Shapes: b batch, n codes at 25 Hz, p phones, f spectrogram bins, t frames at 50 Hz, s samples.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from synthesis import audio
from training.acoustic import AcousticBatch
from training.semantic import SemanticBatch, corrupt

FRAMES_PER_S = 50
ACOUSTIC_FRAMES = (32, 1900)
LONGEST_CODES = 54 * 25
LONGEST_PHONES = 540
PHONES_PER_S = (3.0, 25.0)


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """A clip that a stage does not learn from, and why, in words."""

    clip: str
    stage: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Item:
    """One extracted clip on disk, with the lengths that decide where it goes."""

    clip: str
    path: Path
    frames: int
    phones: int
    codes: int


@dataclass(frozen=True, kw_only=True)
class Features:
    """What both stages read of a clip: the wave is 16-bit, `bert_wp` and `speaker_v` may be absent.

    `codes_n` covers every frame of the wave; the semantic stage reads only the first `codes` of
    the item, those made from sound alone.
    """

    phones_p: Tensor
    codes_n: Tensor
    wave_s: Tensor
    bert_wp: Tensor | None
    speaker_v: Tensor | None


def read_features(path: Path) -> Features:
    """Read one file of the feature cache."""
    with safe_open(path, framework="pt") as file:
        names = set(file.keys())
        optional = {n: file.get_tensor(n) if n in names else None for n in ("bert", "speaker")}
        return Features(
            phones_p=file.get_tensor("phones").long(),
            codes_n=file.get_tensor("codes").long(),
            wave_s=file.get_tensor("wave"),
            bert_wp=optional["bert"],
            speaker_v=optional["speaker"],
        )


def acoustic_items(items: Iterable[Item]) -> tuple[list[Item], list[Dropped]]:
    """Sort out clips whose length the acoustic stage cannot use."""
    low, high = ACOUSTIC_FRAMES

    def reason(item: Item) -> str | None:
        if low < item.frames <= high:
            return None
        limits = f"between {low / FRAMES_PER_S:g} and {high / FRAMES_PER_S:g} s"
        return f"lasts {item.frames / FRAMES_PER_S:.2f} s; the acoustic stage needs {limits}"

    return _sorted_out(items, "acoustic", reason)


def semantic_items(items: Iterable[Item]) -> tuple[list[Item], list[Dropped]]:
    """Sort out clips whose length or pace the semantic stage cannot use."""
    slowest, fastest = PHONES_PER_S

    def reason(item: Item) -> str | None:
        if item.codes > LONGEST_CODES:
            return f"lasts {item.codes / 25:.1f} s; cut it to at most {LONGEST_CODES // 25} s"
        if item.phones > LONGEST_PHONES:
            return f"has {item.phones} phones; cut it to at most {LONGEST_PHONES}"
        pace = 25 * item.phones / max(1, item.codes)
        if not slowest <= pace <= fastest:
            return (
                f"has {pace:.1f} phones per second, which no speaker does"
                f" ({slowest:g} to {fastest:g}); check that the transcript fits the sound"
            )
        return None

    return _sorted_out(items, "semantic", reason)


def _sorted_out(
    items: Iterable[Item], stage: str, reason: Callable[[Item], str | None]
) -> tuple[list[Item], list[Dropped]]:
    kept, dropped = [], []
    for item in items:
        why = reason(item)
        if why is None:
            kept.append(item)
        else:
            dropped.append(Dropped(clip=item.clip, stage=stage, reason=why))
    return kept, dropped


def collate_acoustic(features: Sequence[Features]) -> AcousticBatch:
    """Pad to an even number of frames, at least one more than the longest clip has."""
    rows = sorted(features, key=lambda row: len(row.wave_s), reverse=True)
    specs = [audio.spectrogram(_wave(row)[None])[0] for row in rows]
    lens = torch.tensor([spec.shape[-1] for spec in specs])
    frames = 2 * (int(lens.max()) // 2 + 1)
    speakers = [row.speaker_v for row in rows if row.speaker_v is not None]
    return AcousticBatch(
        codes_bn=torch.stack([_padded(row.codes_n, frames // 2) for row in rows]),
        phones_bp=pad_sequence([row.phones_p for row in rows], batch_first=True),
        phone_lens_b=torch.tensor([len(row.phones_p) for row in rows]),
        spec_bft=torch.stack([_padded(spec, frames) for spec in specs]),
        spec_lens_b=lens,
        wave_b1s=torch.stack([_padded(_wave(row), frames * audio.HOP)[None] for row in rows]),
        speaker_bv=torch.stack(speakers) if speakers else None,
    )


def collate_semantic(
    features: Sequence[Features],
    code_counts: Sequence[int],
    *,
    bert_width: int,
    end_token: int,
    preference: bool,
) -> SemanticBatch:
    """Pad on the right: phones and text features with zeros, codes with the end token."""
    codes = [row.codes_n[:count] for row, count in zip(features, code_counts, strict=True)]
    codes_bt = pad_sequence(codes, batch_first=True, padding_value=end_token)
    phones_bp = pad_sequence([row.phones_p for row in features], batch_first=True)
    bert = torch.zeros(len(features), bert_width, phones_bp.shape[1])
    for i, row in enumerate(features):
        if row.bert_wp is not None:
            bert[i, :, : row.bert_wp.shape[1]] = row.bert_wp.float()
    rejected, rejected_lens = corrupt(codes_bt, end_token=end_token) if preference else (None, None)
    return SemanticBatch(
        phones_bp=phones_bp,
        phone_lens_b=torch.tensor([len(row.phones_p) for row in features]),
        codes_bt=codes_bt,
        code_lens_b=torch.tensor([len(row) for row in codes]),
        bert_bwp=bert,
        rejected_bt=rejected,
        rejected_lens_b=rejected_lens,
    )


def _wave(row: Features) -> Tensor:
    return row.wave_s.float() / 32768.0


def _padded(x: Tensor, size: int) -> Tensor:
    return functional.pad(x, (0, size - x.shape[-1]))
