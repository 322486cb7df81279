"""The networks that tell recorded speech from generated speech while the acoustic model learns.

One looks at the wave as it is, the others fold it by a prime period. Shapes: b batch, c channels,
t samples or frames, p period. Parameter names equal those of published discriminator checkpoints.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from synthesis.models.weight_norm import NormedConv1d, NormedConv2d

PERIODS = {
    "v1": (2, 3, 5, 7, 11),
    "v2": (2, 3, 5, 7, 11),
    "v2Pro": (2, 3, 5, 7, 11, 17, 23),
    "v2ProPlus": (2, 3, 5, 7, 11, 17, 23),
}
SLOPE = 0.1
SCALE_CHANNELS = (16, 64, 256, 1024, 1024, 1024)
SCALE_KERNELS = (15, 41, 41, 41, 41, 5)
SCALE_STRIDES = (1, 4, 4, 4, 4, 1)
PERIOD_CHANNELS = (32, 128, 512, 1024, 1024)
PERIOD_STRIDES = (3, 3, 3, 3, 1)
GROUP_WIDTH = 4


@dataclass(frozen=True, kw_only=True)
class DiscriminatorConfig:
    """Which periods are folded, and by what the published channel counts are divided."""

    periods: tuple[int, ...] = PERIODS["v2"]
    channel_divisor: int = 1


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What every discriminator made of a batch: its scores `[b, n]` and its feature maps."""

    scores: tuple[Tensor, ...]
    maps: tuple[tuple[Tensor, ...], ...]

    def exact(self) -> "Verdict":
        """The same as float32, in which losses are taken."""
        return Verdict(
            scores=tuple(score.float() for score in self.scores),
            maps=tuple(tuple(x.float() for x in maps) for maps in self.maps),
        )


class Discriminators(nn.Module):
    """All discriminators of one model version."""

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        divisor = config.channel_divisor
        periodic = (PeriodDiscriminator(period, divisor) for period in config.periods)
        self.discriminators = nn.ModuleList([ScaleDiscriminator(divisor), *periodic])

    def forward(self, wave_b1t: Tensor) -> Verdict:
        """Judge waves `[b, 1, t]`."""
        judged = [judge(wave_b1t) for judge in self.discriminators]
        return Verdict(
            scores=tuple(score for score, _ in judged), maps=tuple(maps for _, maps in judged)
        )


class ScaleDiscriminator(nn.Module):
    """Strided, increasingly grouped convolutions over the wave itself."""

    def __init__(self, divisor: int) -> None:
        super().__init__()
        channels = (1, *(c // divisor for c in SCALE_CHANNELS))
        last = len(SCALE_STRIDES) - 1
        self.convs = nn.ModuleList(
            NormedConv1d(
                before,
                after,
                kernel,
                stride=stride,
                padding=kernel // 2,
                # Every group has four input channels, but the last convolution is dense.
                groups=1 if i == last else max(1, before // GROUP_WIDTH),
            )
            for i, ((before, after), kernel, stride) in enumerate(
                zip(pairwise(channels), SCALE_KERNELS, SCALE_STRIDES, strict=True)
            )
        )
        self.conv_post = NormedConv1d(channels[-1], 1, 3, padding=1)

    def forward(self, x_b1t: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        return _listen(x_b1t, self.convs, self.conv_post)


class PeriodDiscriminator(nn.Module):
    """Convolutions along time over a wave folded into rows of `period` samples."""

    def __init__(self, period: int, divisor: int) -> None:
        super().__init__()
        self.period = period
        channels = (1, *(c // divisor for c in PERIOD_CHANNELS))
        self.convs = nn.ModuleList(
            NormedConv2d(before, after, (5, 1), stride=(stride, 1), padding=(2, 0))
            for (before, after), stride in zip(pairwise(channels), PERIOD_STRIDES, strict=True)
        )
        self.conv_post = NormedConv2d(channels[-1], 1, (3, 1), padding=(1, 0))

    def forward(self, x_b1t: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        missing = -x_b1t.shape[-1] % self.period
        if missing:
            x_b1t = functional.pad(x_b1t, (0, missing), mode="reflect")
        rows_b1tp = x_b1t.view(len(x_b1t), 1, -1, self.period)
        return _listen(rows_b1tp, self.convs, self.conv_post)


def divisor_of(state: Mapping[str, Tensor]) -> int:
    """Return the `channel_divisor` of stored discriminators; 1 for anything unknown."""
    first = state.get("discriminators.1.convs.0.bias")
    return 1 if first is None else max(1, PERIOD_CHANNELS[0] // max(1, len(first)))


def _listen(
    x: Tensor, convs: nn.ModuleList, conv_post: nn.Module
) -> tuple[Tensor, tuple[Tensor, ...]]:
    maps: list[Tensor] = []
    for conv in convs:
        x = functional.leaky_relu(conv(x), SLOPE)
        maps.append(x)
    x = conv_post(x)
    maps.append(x)
    return x.flatten(1), tuple(maps)
