"""What a stage can do so far, every so many steps: held-out sentences as sound, picture or phones.

Beside them a page with the curves of all stages. Shapes: b batch of one, n codes, p phones.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from synthesis import audio
from synthesis.models.semantic import SemanticModel, sequence_mask
from synthesis.models.vits import AcousticModel
from synthesis.text.symbols import SYMBOLS_V2
from training.decode import decode
from training.device import on_device
from training.evaluation.page import curves_of, html_page
from training.evaluation.picture import curves, mel_picture
from training.pretrain.autoencoder import AutoencoderTask
from training.pretrain.codes import Codes
from training.pretrain.content import ContentTask
from training.pretrain.decoder import DecoderTask
from training.pretrain.prior import PriorTask
from training.pretrain.semantic import SemanticTask
from training.pretrain.speech import SILENCE, Speech, Spoken

SENTENCES = 3
PAGE = "progress.html"
# A sentence that does not end has been heard enough.
LONGEST_CODES = 200
QUIET_NOISE_SCALE = 0.15


@dataclass(frozen=True, kw_only=True)
class Samples:
    """Told every step of a stage; writes its samples and the page when they are due.

    `acoustic` gives the acoustic model of the stages that have ended, or None before that.
    """

    stage: str
    work: Path
    task: Any
    speech: Speech
    every_steps: int
    codes: Callable[[], Codes]
    acoustic: Callable[[], AcousticModel | None]

    def __call__(self, done: int, metrics: Mapping[str, float]) -> bool:
        """Always go on."""
        if done % self.every_steps == 0:
            self._write(done)
            write_page(self.work)
        return True

    @torch.no_grad()
    def _write(self, done: int) -> None:
        make = self._maker()
        if make is None:
            return
        modules = nn.ModuleList([m for m in vars(self.task).values() if isinstance(m, nn.Module)])
        learning = [module for module in modules.modules() if module.training]
        modules.eval()
        folder = self.work / "samples" / self.stage
        folder.mkdir(parents=True, exist_ok=True)
        for number, utterance in enumerate((self.speech.held_out or self.speech.train)[:SENTENCES]):
            path = folder / f"{done:07d}-{number}.wav"
            made = make(utterance)
            if isinstance(made, str):
                path.with_suffix(".txt").write_text(made + "\n", encoding="utf-8")
                continue
            pcm = made.flatten().float().cpu().clamp(-1, 1).numpy()
            audio.write_wav(path, pcm, audio.SAMPLE_RATE_HZ)
            path.with_suffix(".png").write_bytes(mel_picture(pcm, audio.SAMPLE_RATE_HZ))
        for module in learning:
            module.training = True

    def _maker(self) -> Callable[[Spoken], Tensor | str] | None:
        """How this stage's work is shown; None where it cannot be yet."""
        task = self.task
        if isinstance(task, ContentTask):
            return partial(_phones_heard, task, self.speech)
        if isinstance(task, AutoencoderTask):
            return partial(_copied, task.model, self.speech)
        if isinstance(task, PriorTask | DecoderTask):
            codes = self.codes()
            return lambda spoken: _voiced(task.model, self.speech, spoken, codes.of(spoken))
        if isinstance(task, SemanticTask) and (acoustic := self.acoustic()) is not None:
            acoustic = acoustic.to(next(task.model.parameters()).device).eval()
            return lambda spoken: _voiced(
                acoustic, self.speech, spoken, _likeliest_codes(task.model, spoken)
            )
        return None


def write_page(work: Path) -> None:
    """Write the page of all stages: their curves, and the newest of their samples."""
    body = []
    for stage, lines in curves_of(work).items():
        drawn = "".join(curves(name, {name: line}) for name, line in lines.items())
        body.append(f"<h2>{escape(stage)}</h2><div>{drawn}</div>")
        found = sorted((work / "samples" / stage).glob("*"))
        newest = [path for path in found if path.name.split("-")[0] == found[-1].name.split("-")[0]]
        body += [_shown(path, work) for path in newest]
    (work / PAGE).write_text(html_page("A base in the making", "".join(body)), encoding="utf-8")


def _shown(path: Path, work: Path) -> str:
    address = escape(str(path.relative_to(work)))
    if path.suffix == ".wav":
        return f'<p><audio controls src="{address}"></audio></p>'
    if path.suffix == ".png":
        return f'<p><img src="{address}" alt="{escape(path.stem)}"></p>'
    return f"<pre>{escape(path.read_text(encoding='utf-8'))}</pre>"


def _phones_heard(task: ContentTask, speech: Speech, spoken: Spoken) -> str:
    """The phones that an utterance has, and those that are written down."""
    wave = audio.resample(speech.wave(spoken)[None], audio.SAMPLE_RATE_HZ, 16_000)
    hidden = task.ctc.hubert(on_device(wave, task.late.weight.device)).last_hidden_state
    best = task.ctc.lm_head(hidden)[0].argmax(-1).unique_consecutive()
    heard = [SYMBOLS_V2[int(label) - 1] for label in best if int(label) != SILENCE]
    said = [SYMBOLS_V2[int(label) - 1] for label in spoken.labels if int(label) != SILENCE]
    return f"said:  {' '.join(said)}\nheard: {' '.join(heard)}"


def _copied(model: AcousticModel, speech: Speech, spoken: Spoken) -> Tensor:
    """Sound to the latent and back, at the pitch that the decoder finds."""
    spec = on_device(_spectrum(speech, spoken), _device_of(model))
    mask = spec.new_ones(1, 1, spec.shape[-1])
    style = model.style(spec, mask)
    noise = spec.new_zeros(1, model.config.latent, spec.shape[-1])
    latent, _, _ = model.posterior(spec, mask, style, noise)
    wave, _ = decode(model, latent, style, None)
    return wave


def _voiced(model: AcousticModel, speech: Speech, spoken: Spoken, codes_n: Tensor) -> Tensor:
    """Codes and text to sound, in the utterance's own style."""
    device = _device_of(model)
    style = model.style_of([on_device(_spectrum(speech, spoken), device)])
    noise = torch.randn(1, model.config.latent, 2 * len(codes_n), device=device)
    return model.speak(
        codes_n[None].to(device),
        torch.from_numpy(spoken.ids)[None].to(device),
        style,
        noise_bct=noise,
        noise_scale=QUIET_NOISE_SCALE,
    )


def _likeliest_codes(model: SemanticModel, spoken: Spoken) -> Tensor:
    """[n] Code after code the likeliest, from the phones alone; at least one."""
    device = next(model.parameters()).device
    phones = torch.from_numpy(spoken.ids)[None].to(device)
    p = phones.shape[1]
    text = model.embed_text(phones, torch.zeros(1, model.config.bert_width, p, device=device))
    codes = torch.zeros(1, 0, dtype=torch.long, device=device)
    while codes.shape[1] < LONGEST_CODES:
        t = codes.shape[1]
        x = torch.cat([text, model.embed_codes(codes)], dim=1) if t else text
        nothing_hidden = torch.zeros(1, p + t, dtype=torch.bool, device=device)
        logits = model.ar_predict_layer(model.h(x, sequence_mask(p, t, nothing_hidden))[:, -1])
        if t == 0:
            logits[:, model.config.eos] = -torch.inf
        best = logits.argmax(-1, keepdim=True)
        if int(best) == model.config.eos:
            break
        codes = torch.cat([codes, best], dim=1)
    return codes[0]


def _spectrum(speech: Speech, spoken: Spoken) -> Tensor:
    return audio.spectrogram(speech.wave(spoken, samples=spoken.frames * audio.HOP)[None])


def _device_of(model: nn.Module) -> torch.device:
    return next(model.parameters()).device
