"""The prior encoder: semantic codes, phones and style to the latent's mean and log deviation.

Shapes: b batch, q quantised width, t frames at 50 Hz, p phones, c channels, w style width (512).
"""

from torch import Tensor, nn
from torch.nn import functional

from synthesis.models.encoder import Encoder
from synthesis.models.mrte import TextAudioMixer


class PriorEncoder(nn.Module):
    """Audio encoder, text encoder, their mixer, and a second audio encoder."""

    def __init__(
        self,
        *,
        quantized: int,
        latent: int,
        hidden: int,
        inner: int,
        heads: int,
        layers: int,
        kernel: int,
        dropout: float,
        symbols: int,
        mixer_width: int,
        mixer_heads: int,
    ) -> None:
        super().__init__()
        shape = (hidden, inner, heads)
        self.ssl_proj = nn.Conv1d(quantized, hidden, 1)
        self.encoder_ssl = Encoder(*shape, layers // 2, kernel, dropout)
        self.text_embedding = nn.Embedding(symbols, hidden)
        self.encoder_text = Encoder(*shape, layers, kernel, dropout)
        self.mrte = TextAudioMixer(hidden, mixer_width, mixer_heads)
        self.encoder2 = Encoder(*shape, layers // 2, kernel, dropout)
        self.proj = nn.Conv1d(hidden, 2 * latent, 1)

    def encode(
        self,
        quantized_bqt: Tensor,
        mask_b1t: Tensor,
        phones_bp: Tensor,
        phone_mask_b1p: Tensor,
        style_bw1: Tensor,
    ) -> Tensor:
        """The mixed sequence [b, c, t], before speed change and projection."""
        audio = self.ssl_proj(quantized_bqt * mask_b1t) * mask_b1t
        audio = self.encoder_ssl(audio, mask_b1t)
        text = self.text_embedding(phones_bp).transpose(1, 2)
        text = self.encoder_text(text, phone_mask_b1p)
        mixed = self.mrte(audio, mask_b1t, text, phone_mask_b1p, style_bw1)
        out: Tensor = self.encoder2(mixed, mask_b1t)
        return out

    def project(self, mixed_bct: Tensor, mask_b1t: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log deviation, each [b, c, t]."""
        mean, log_std = (self.proj(mixed_bct) * mask_b1t).chunk(2, dim=1)
        return mean, log_std


def change_speed(mixed_bct: Tensor, speed: float) -> Tensor:
    """Resize linearly in time to `int(t / speed) + 1` frames; speed 1 is untouched."""
    if speed == 1:
        return mixed_bct
    frames = int(mixed_bct.shape[-1] / speed) + 1
    return functional.interpolate(mixed_bct, size=frames, mode="linear", align_corners=False)
