"""Lets the audio sequence look at the text: one cross attention, with the speaker's style added.

Shapes: b batch, c channels, t audio frames, p phones.
"""

from torch import Tensor, nn

from synthesis.models.attention import Attention


class TextAudioMixer(nn.Module):
    """`c_post(attention(audio, text) + audio + style)` at an inner width of `width` channels."""

    def __init__(self, channels: int, width: int, heads: int) -> None:
        super().__init__()
        self.cross_attention = Attention(width, heads)
        self.c_pre = nn.Conv1d(channels, width, 1)
        self.text_pre = nn.Conv1d(channels, width, 1)
        self.c_post = nn.Conv1d(width, channels, 1)

    def forward(
        self,
        audio_bct: Tensor,
        audio_mask_b1t: Tensor,
        text_bcp: Tensor,
        text_mask_b1p: Tensor,
        style_bw1: Tensor,
    ) -> Tensor:
        pairs_btp = audio_mask_b1t.transpose(1, 2) * text_mask_b1p
        audio = self.c_pre(audio_bct * audio_mask_b1t)
        text = self.text_pre(text_bcp * text_mask_b1p)
        mixed = self.cross_attention(audio * audio_mask_b1t, text * text_mask_b1p, pairs_btp)
        out: Tensor = self.c_post((mixed + audio + style_bw1) * audio_mask_b1t)
        return out
