"""The semantic stage's losses do not depend on what a clip is batched with, if so configured."""

import torch

from synthesis.models.semantic import SemanticConfig, SemanticModel
from training.config import FinetuneConfig, SemanticSettings, TextMask
from training.semantic import SemanticBatch, batch_losses

SIZE = SemanticConfig(width=16, heads=2, layers=2, phonemes=20, bert_width=4)


def batch(*clips: tuple[int, int]) -> SemanticBatch:
    """Clips of so many phones and codes, the same numbers wherever they are."""
    phones, codes = max(p for p, _ in clips), max(c for _, c in clips)
    rows = [torch.arange(p) % 19 + 1 for p, _ in clips]
    tokens = [torch.arange(c) % 7 for _, c in clips]
    return SemanticBatch(
        phones_bp=torch.stack([torch.nn.functional.pad(r, (0, phones - len(r))) for r in rows]),
        phone_lens_b=torch.tensor([p for p, _ in clips]),
        codes_bt=torch.stack(
            [torch.nn.functional.pad(t, (0, codes - len(t)), value=SIZE.eos) for t in tokens]
        ),
        code_lens_b=torch.tensor([c for _, c in clips]),
        bert_bwp=torch.zeros(len(clips), 4, phones),
    )


def test_with_the_correct_mask_a_clip_is_told_the_same_alone_and_among_longer_ones() -> None:
    torch.manual_seed(0)
    model = SemanticModel(SIZE).eval()
    short = (5, 6)

    def logits_of(many: SemanticBatch, *, hides_padding: bool) -> torch.Tensor:
        found, _ = model(
            many.phones_bp,
            many.phone_lens_b,
            many.codes_bt,
            many.code_lens_b,
            many.bert_bwp,
            hides_padding=hides_padding,
        )
        return torch.Tensor(found[0, :7])

    alone, among = batch(short), batch(short, (11, 9))
    for hides_padding in (True, False):
        same = torch.allclose(
            logits_of(alone, hides_padding=hides_padding),
            logits_of(among, hides_padding=hides_padding),
            atol=1e-5,
        )
        assert same is hides_padding


def test_the_mask_is_a_setting_that_survives_json() -> None:
    torch.manual_seed(0)
    model, many = SemanticModel(SIZE).eval(), batch((5, 6), (11, 9))
    reference, correct = (batch_losses(model, many, mask).total for mask in TextMask)
    assert reference != correct
    assert batch_losses(model, many).total == reference

    config = FinetuneConfig(semantic=SemanticSettings(text_mask=TextMask.CORRECT))
    assert FinetuneConfig.from_dict(config.as_dict()) == config
