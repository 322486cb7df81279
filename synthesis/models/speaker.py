"""The speaker network: filter-bank features to the 20480 numbers the Pro versions condition on.

Shapes: b batch, c channels, f mel bands, t frames. A residual network of multi-scale blocks whose
last two stages are fused by attention (Chen et al. 2024, arXiv:2406.02167). Its pooling head is
not used.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, kw_only=True)
class SpeakerConfig:
    """Sizes of the speaker network; the defaults are the released ones."""

    base_channels: int = 64
    base_width: int = 24
    scale: int = 4
    expansion: int = 4
    blocks: tuple[int, ...] = (3, 4, 6, 3)
    bands: int = 80

    @property
    def output_width(self) -> int:
        """Channels of the last stage times its frequency bands."""
        last = self.base_channels << (len(self.blocks) - 1)
        return last * self.expansion * (self.bands >> (len(self.blocks) - 1))


class Fusion(nn.Module):
    """Weighs two maps against each other: `x * a + y * (2 - a)` with `a` in (0, 2)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        inner = channels // 4
        self.local_att = nn.Sequential(
            nn.Conv2d(2 * channels, inner, 1),
            nn.BatchNorm2d(inner),
            nn.SiLU(),
            nn.Conv2d(inner, channels, 1),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x_bcft: Tensor, y_bcft: Tensor) -> Tensor:
        weight = 1 + torch.tanh(self.local_att(torch.cat([x_bcft, y_bcft], dim=1)))
        return x_bcft * weight + y_bcft * (2 - weight)


class MultiScaleBlock(nn.Module):
    """A bottleneck whose channel groups feed one another, by sum or (when `fused`) by Fusion."""

    def __init__(
        self,
        inputs: int,
        channels: int,
        stride: int,
        config: SpeakerConfig,
        *,
        fused: bool,
    ) -> None:
        super().__init__()
        width = channels * config.base_width // 64
        outputs = channels * config.expansion
        self.conv1 = nn.Conv2d(inputs, width * config.scale, 1, stride=stride, bias=False)
        self.bn1 = nn.BatchNorm2d(width * config.scale)
        self.convs = nn.ModuleList(
            nn.Conv2d(width, width, 3, padding=1, bias=False) for _ in range(config.scale)
        )
        self.bns = nn.ModuleList(nn.BatchNorm2d(width) for _ in range(config.scale))
        if fused:
            self.fuse_models = nn.ModuleList(Fusion(width) for _ in range(config.scale - 1))
        self.conv3 = nn.Conv2d(width * config.scale, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False),
                nn.BatchNorm2d(outputs),
            )
        self.fused = fused

    def forward(self, x_bcft: Tensor) -> Tensor:
        groups = _clamped(self.bn1(self.conv1(x_bcft))).chunk(len(self.convs), dim=1)
        done: list[Tensor] = []
        for index, group in enumerate(groups):
            joined = self._join(index, done[-1], group) if done else group
            done.append(_clamped(self.bns[index](self.convs[index](joined))))
        out = self.bn3(self.conv3(torch.cat(done, dim=1)))
        return _clamped(out + self.shortcut(x_bcft))

    def _join(self, index: int, last: Tensor, group: Tensor) -> Tensor:
        if not self.fused:
            return last + group
        joined: Tensor = self.fuse_models[index - 1](last, group)
        return joined


def _clamped(x: Tensor) -> Tensor:
    """The blocks' activation is bounded on both sides."""
    return x.clamp(0, 20)


class SpeakerNet(nn.Module):
    """[b, t, bands] features to [b, output_width], averaged over time."""

    def __init__(self, config: SpeakerConfig) -> None:
        super().__init__()
        base, expansion = config.base_channels, config.expansion
        self.conv1 = nn.Conv2d(1, base, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(base)
        stages = []
        inputs = base
        for stage, count in enumerate(config.blocks):
            channels = base << stage
            blocks = []
            for block in range(count):
                stride = 2 if stage and not block else 1
                blocks.append(MultiScaleBlock(inputs, channels, stride, config, fused=stage >= 2))
                inputs = channels * expansion
            stages.append(nn.Sequential(*blocks))
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        self.layer3_ds = nn.Conv2d(inputs // 2, inputs, 3, stride=2, padding=1, bias=False)
        self.fuse34 = Fusion(inputs)

    def forward(self, features_btf: Tensor) -> Tensor:
        x = features_btf.transpose(1, 2)[:, None]
        x = self.layer2(self.layer1(functional.relu(self.bn1(self.conv1(x)))))
        third = self.layer3(x)
        fused = self.fuse34(self.layer4(third), self.layer3_ds(third))
        out: Tensor = fused.flatten(1, 2).mean(dim=-1)
        return out
