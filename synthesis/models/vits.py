"""The acoustic model: codes, phones and a reference to a waveform; versions are configurations.

Shapes: b batch, n codes at 25 Hz, p phones, f spectrogram bins, t frames at 50 Hz, g style
channels, w mixer width, c latent channels, s samples.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from synthesis.models.flow import Flow
from synthesis.models.posterior import PosteriorEncoder
from synthesis.models.prior import PriorEncoder, change_speed
from synthesis.models.quantizer import Quantizer
from synthesis.models.source_filter import SourceFilterDecoder
from synthesis.models.style_encoder import StyleEncoder
from synthesis.models.wave_decoder import WaveDecoder

VERSIONS = ("v1", "v2", "v2Pro", "v2ProPlus")


@dataclass(frozen=True, kw_only=True)
class AcousticConfig:
    """Sizes of the acoustic model; the defaults are v2's. See `for_version`.

    `decoder` is "wave", the released form, or "source_filter", which needs far less computation;
    `decoder_blocks` is read by the latter only. With `log_magnitudes` the encoders of sound read
    logarithms, in which quiet harmonics count too; the released models read plain magnitudes.
    """

    version: str = "v2"
    symbols: int = 732
    spec_bins: int = 1025
    style_bins: int = 704
    latent: int = 192
    hidden: int = 192
    inner: int = 768
    heads: int = 2
    layers: int = 6
    kernel: int = 3
    dropout: float = 0.1
    style_channels: int = 512
    mixer_width: int = 512
    mixer_heads: int = 4
    ssl_width: int = 768
    codes: int = 1024
    flow_layers: int = 4
    couplings: int = 4
    posterior_layers: int = 16
    gated_kernel: int = 5
    decoder_width: int = 512
    rates: tuple[int, ...] = (10, 8, 2, 2, 2)
    rate_kernels: tuple[int, ...] = (16, 16, 8, 2, 2)
    block_kernels: tuple[int, ...] = (3, 7, 11)
    dilations: tuple[int, ...] = (1, 3, 5)
    speaker_width: int = 0
    sample_rate_hz: int = 32_000
    decoder: str = "wave"
    decoder_blocks: int = 4
    log_magnitudes: bool = False

    @property
    def hop(self) -> int:
        """Samples per 50 Hz frame."""
        return math.prod(self.rates)

    @property
    def has_speaker(self) -> bool:
        """Whether the style also takes a speaker vector (v2Pro and v2ProPlus)."""
        return self.speaker_width > 0

    @classmethod
    def for_version(cls, version: str) -> "AcousticConfig":
        """The released configuration of "v1", "v2", "v2Pro" or "v2ProPlus"; KeyError for others."""
        pro = replace(
            cls(),
            version="v2Pro",
            style_channels=1024,
            speaker_width=20_480,
            dropout=0.0,
        )
        return {
            "v1": replace(cls(), version="v1", symbols=322, style_bins=1025),
            "v2": cls(),
            "v2Pro": pro,
            "v2ProPlus": replace(
                pro,
                version="v2ProPlus",
                decoder_width=768,
                rate_kernels=(20, 16, 8, 2, 2),
            ),
        }[version]


@dataclass(frozen=True, kw_only=True)
class Style:
    """A reference's style: `full_bg1` for flow and decoder, `mixer_bw1` for the mixer."""

    full_bg1: Tensor
    mixer_bw1: Tensor


@dataclass(frozen=True, kw_only=True)
class Prior:
    """The latent's distribution, and the sequence before any speed change (for streaming)."""

    mean_bct: Tensor
    log_std_bct: Tensor
    mixed_bct: Tensor


class AcousticModel(nn.Module):
    """Every stored tensor of a released s2 file, under its stored name."""

    def __init__(self, config: AcousticConfig, *, with_posterior: bool = True) -> None:
        super().__init__()
        self.config = c = config
        self.enc_p = PriorEncoder(
            quantized=c.ssl_width,
            latent=c.latent,
            hidden=c.hidden,
            inner=c.inner,
            heads=c.heads,
            layers=c.layers,
            kernel=c.kernel,
            dropout=c.dropout,
            symbols=c.symbols,
            mixer_width=c.mixer_width,
            mixer_heads=c.mixer_heads,
        )
        self.dec = _decoder(c)
        if with_posterior:
            self.enc_q = PosteriorEncoder(
                c.spec_bins,
                c.latent,
                c.hidden,
                c.gated_kernel,
                c.posterior_layers,
                c.style_channels,
            )
        self.flow = Flow(
            c.latent,
            c.hidden,
            kernel=c.gated_kernel,
            layers=c.flow_layers,
            couplings=c.couplings,
            style_channels=c.style_channels,
        )
        self.ref_enc = StyleEncoder(c.style_bins, c.style_channels)
        self.ssl_proj = nn.Conv1d(c.ssl_width, c.ssl_width, 2, stride=2)
        self.quantizer = Quantizer(c.codes, c.ssl_width)
        if c.has_speaker:
            self.sv_emb = nn.Linear(c.speaker_width, c.style_channels)
            self.ge_to512 = nn.Linear(c.style_channels, c.mixer_width)
            self.prelu = nn.PReLU(c.style_channels)

    def extract_codes(self, ssl_bdt: Tensor) -> Tensor:
        """Semantic codes [b, t // 2] of self-supervised features at 50 Hz."""
        return self.quantizer.encode(self.ssl_proj(ssl_bdt))

    def quantized(self, codes_bn: Tensor) -> Tensor:
        """The codes' vectors, each repeated to 50 Hz: [b, d, 2 * n]."""
        return self.quantizer.decode(codes_bn).repeat_interleave(2, dim=2)

    def heard(self, spec_bft: Tensor) -> Tensor:
        """The spectrogram as this configuration's encoders of sound read it."""
        return 0.5 * (spec_bft + 1e-2).log() if self.config.log_magnitudes else spec_bft

    def posterior(
        self, spec_bft: Tensor, mask_b1t: Tensor, style_bg1: Tensor, noise_bct: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """A sample of the latent of recorded sound, its mean and its log deviation."""
        out: tuple[Tensor, Tensor, Tensor] = self.enc_q(
            self.heard(spec_bft), mask_b1t, style_bg1, noise_bct
        )
        return out

    def style(self, spec_bft: Tensor, mask_b1t: Tensor, speaker_bv: Tensor | None = None) -> Tensor:
        """The style vector [b, g, 1] of one reference; the Pro versions need its speaker vector."""
        heard = self.heard(spec_bft[:, : self.config.style_bins])
        style_bg1: Tensor = self.ref_enc(heard, mask_b1t)
        if not self.config.has_speaker:
            return style_bg1
        if speaker_bv is None:
            raise ValueError(f"{self.config.version} needs a speaker vector for every reference")
        style_bg1 = style_bg1 + self.sv_emb(speaker_bv)[:, :, None]
        out: Tensor = self.prelu(style_bg1)
        return out

    def mixer_style(self, style_bg1: Tensor) -> Tensor:
        """The style at the mixer's width [b, w, 1]."""
        if not self.config.has_speaker:
            return style_bg1
        out: Tensor = self.ge_to512(style_bg1.transpose(1, 2)).transpose(1, 2)
        return out

    def style_of(
        self, specs_bft: Sequence[Tensor], speakers_bv: Sequence[Tensor] | None = None
    ) -> Style:
        """The mean style of one or several references of any lengths."""
        vectors = []
        for index, spec in enumerate(specs_bft):
            mask = spec.new_ones(spec.shape[0], 1, spec.shape[-1])
            vectors.append(self.style(spec, mask, speakers_bv[index] if speakers_bv else None))
        full = torch.stack(vectors).mean(dim=0)
        return Style(full_bg1=full, mixer_bw1=self.mixer_style(full))

    def prior(
        self,
        codes_bn: Tensor,
        phones_bp: Tensor,
        style: Style,
        *,
        speed: float = 1.0,
        keep_codes: int | None = None,
        previous_bct: Tensor | None = None,
    ) -> Prior:
        """The latent's distribution for whole (unpadded) sequences.

        `keep_codes` keeps the frames of the last codes only, and `previous_bct` are the last frames
        of the chunk before, faded into the first frames of this one with equal power.
        """
        quantized = self.quantized(codes_bn)
        mask = quantized.new_ones(codes_bn.shape[0], 1, quantized.shape[-1])
        phone_mask = quantized.new_ones(phones_bp.shape[0], 1, phones_bp.shape[-1])
        mixed = self.enc_p.encode(quantized, mask, phones_bp, phone_mask, style.mixer_bw1)
        if keep_codes is not None:
            mixed = mixed[:, :, -2 * keep_codes :]
        if previous_bct is not None:
            mixed = _fade_in(mixed, previous_bct)
        resized = change_speed(mixed, speed)
        mean, log_std = self.enc_p.project(
            resized, resized.new_ones(resized.shape[0], 1, resized.shape[-1])
        )
        return Prior(mean_bct=mean, log_std_bct=log_std, mixed_bct=mixed)

    def latent(self, prior: Prior, style: Style, noise_bct: Tensor, noise_scale: float) -> Tensor:
        """A sample of the prior through the inverse flow; extra noise frames are ignored."""
        frames = prior.mean_bct.shape[-1]
        noise = noise_bct[:, :, :frames] * noise_scale
        sample = prior.mean_bct + noise * torch.exp(prior.log_std_bct)
        mask = sample.new_ones(sample.shape[0], 1, frames)
        out: Tensor = self.flow(sample, mask, style.full_bg1, inverse=True)
        return out

    def lay_out_for_processor(self) -> None:
        """Have the waves computed in the layout that suits a processor; the sound stays."""
        if isinstance(self.dec, WaveDecoder):
            self.dec.lay_side_by_side()

    def render(self, latent_bct: Tensor, style: Style) -> Tensor:
        """The waveform [b, 1, s] of a latent."""
        out: Tensor = self.dec(latent_bct, style.full_bg1)
        return out

    def speak(
        self,
        codes_bn: Tensor,
        phones_bp: Tensor,
        style: Style,
        *,
        noise_bct: Tensor,
        noise_scale: float = 0.5,
        speed: float = 1.0,
    ) -> Tensor:
        """Codes to a waveform [b, 1, s], s = hop * `frames_for(n, speed)`."""
        prior = self.prior(codes_bn, phones_bp, style, speed=speed)
        return self.render(self.latent(prior, style, noise_bct, noise_scale), style)


def _decoder(config: AcousticConfig) -> WaveDecoder | SourceFilterDecoder:
    latent, style = config.latent, config.style_channels
    if config.decoder == "source_filter":
        return SourceFilterDecoder(
            latent, style, width=config.decoder_width, blocks=config.decoder_blocks
        )
    return WaveDecoder(
        latent,
        style,
        width=config.decoder_width,
        rates=config.rates,
        kernels=config.rate_kernels,
        block_kernels=config.block_kernels,
        dilations=config.dilations,
    )


def frames_for(codes: int, speed: float = 1.0) -> int:
    """Latent frames for so many codes at a speed; use it to draw the noise."""
    return 2 * codes if speed == 1 else int(2 * codes / speed) + 1


def _fade_in(mixed_bct: Tensor, previous_bct: Tensor) -> Tensor:
    """Cross-fade the first frames with the previous chunk's last ones at equal power."""
    overlap = previous_bct.shape[-1]
    steps = torch.arange(overlap, device=mixed_bct.device, dtype=mixed_bct.dtype)
    rising = torch.sin(math.pi * steps / (2 * overlap))
    falling = torch.sin(math.pi * (steps + overlap) / (2 * overlap))
    faded = rising * mixed_bct[:, :, :overlap] + falling * previous_bct
    return torch.cat([faded, mixed_bct[:, :, overlap:]], dim=2)
