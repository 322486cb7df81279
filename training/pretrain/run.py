"""Runs the stages of a recipe, each from its last checkpoint, and puts the base together.

Every stage depends on the seed, the corpus and the stages before it, never on the process: stages
that do not need each other may run in processes of their own over one working folder.
"""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers import HubertModel

from synthesis.bundles.base import (
    ACOUSTIC_FILE,
    DISCRIMINATOR_FILE,
    HUBERT_FOLDER,
    RECOGNIZER_FOLDER,
    SEMANTIC_FILE,
    SPEAKER_FOLDER,
    BaseModel,
    seal_base,
)
from synthesis.bundles.weights import save_weights
from synthesis.device import usable_device
from synthesis.errors import Stopped
from synthesis.models.semantic import SemanticModel
from synthesis.models.vits import AcousticModel
from training import loop
from training.files import claim, read_state
from training.listener import Listener
from training.pretrain import autoencoder, decoder, prior, semantic
from training.pretrain.codes import Codes, mean_of_two, write_codes
from training.pretrain.content import ContentTask, Hardship, content_batch
from training.pretrain.judged import JudgedLearner
from training.pretrain.learner import Learner, Task
from training.pretrain.recipe import BadRecipe, Pace, Recipe
from training.pretrain.samples import Samples, write_page
from training.pretrain.speaker import SpeakerSize, SpeakerTask, speaker_batch
from training.pretrain.speech import Epochs, Speech
from training.progress import OnProgress, Progress, ShouldStop
from training.tracking import Tracker

STAGES = (
    "content",
    "codes",
    "autoencoder",
    "prior",
    "semantic",
    "recognizer",
    "speaker",
    "decoder",
)
SIZED = ("content", "semantic", "acoustic")
# The recogniser meets voices that nobody trained on, and sound that a vocoder has blurred.
HARDSHIPS = {
    "content": Hardship(spoilt_share=0.5),
    "recognizer": Hardship(spoilt_share=0.8, stretch=1.25),
}


@dataclass(frozen=True, kw_only=True)
class Pretraining:
    """One base in the making: its recipe, its working folder, and whom it tells."""

    recipe: Recipe
    corpus: Path
    work: Path
    on_progress: OnProgress
    should_stop: ShouldStop
    tracker: Tracker
    names: Sequence[str] = field(default=STAGES)

    def run(self) -> None:
        """Run the named stages in order.

        Raises:
            Stopped: it was told to; every stage goes on from its checkpoint when run again.
            BadRecipe: a stage is unknown or needs one that has not ended yet, or the working
                folder was begun with other sizes.
        """
        unknown = [name for name in self.names if name not in STAGES]
        if unknown:
            raise BadRecipe(f"There is no stage {unknown[0]!r}. Known: {', '.join(STAGES)}.")
        self._claim()
        for name in self.names:
            if name == "codes":
                self._make_codes()
            else:
                self._learn(name)

    def assemble(self, out: Path) -> BaseModel:
        """Write the base into a new folder, from stages that have all ended."""
        acoustic = self._with(self._acoustic_task("decoder"), "decoder").model
        language = self._with(self._semantic_task(), "semantic").model
        speaker = self._with(self._speaker_task(), "speaker").encoder
        partial = out.with_name(f".{out.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        save_weights(acoustic.state_dict(), partial / ACOUSTIC_FILE, half=True)
        if self.recipe.discriminators:
            judges = self._ended("autoencoder")["discriminators"]
            save_weights(judges, partial / DISCRIMINATOR_FILE, half=True)
        save_weights(language.state_dict(), partial / SEMANTIC_FILE, half=True)
        self._with(self._content_task("content"), "content").save_encoder(partial / HUBERT_FOLDER)
        recognizer = self._with(self._content_task("recognizer"), "recognizer")
        recognizer.save_recognizer(partial / RECOGNIZER_FOLDER)
        speaker.save(partial / SPEAKER_FOLDER)
        seal_base(
            partial,
            name=self.recipe.name,
            speech=True,
            languages=self.recipe.languages,
            semantic=self.recipe.semantic,
            acoustic=self.recipe.acoustic,
            defaults=self.recipe.sampling,
        )
        partial.replace(out)
        return BaseModel.open(out)

    def _claim(self) -> None:
        """Make the working folder this base's own, or find that it already is."""
        sizes = {name: asdict(getattr(self.recipe, name)) for name in SIZED}
        if changed := claim(self.work / "sizes.json", sizes):
            raise BadRecipe(
                f"{self.work} was begun with other sizes of {' and '.join(changed)}; name another"
                " folder, or go on with those."
            )

    def _learn(self, name: str) -> None:
        pace: Pace = getattr(self.recipe.stages, name)
        seed = self.recipe.seed + STAGES.index(name)
        task, batch_at = self._stage(name, pace, seed)
        every_steps = self.recipe.sample_every_steps
        samples = every_steps and Samples(
            stage=name,
            work=self.work,
            task=task,
            speech=self.speech,
            every_steps=every_steps,
            codes=lambda: self.codes,
            acoustic=self._acoustic_if_ended,
        )
        loop.run(
            self._learner(name, task, pace),
            batch_at,
            loop.Schedule(
                stage=name,
                total_steps=pace.steps,
                seed=seed,
                checkpoint=self._checkpoint(name),
                checkpoint_every_steps=pace.keep_every_steps,
            ),
            on_progress=self._noted,
            should_stop=self.should_stop,
            tracker=self.tracker,
            **({"after_step": samples} if samples else {}),
        )
        write_page(self.work)

    def _learner(self, name: str, task: Any, pace: Pace) -> Learner[Any]:
        if name == "autoencoder" and self.recipe.discriminators:
            return JudgedLearner(task, self.recipe)
        return Learner(task, pace, precision=self.recipe.precision, device=self.recipe.device)

    def _stage(self, name: str, pace: Pace, seed: int) -> tuple[Task[Any], Callable[[int], Any]]:
        """What a stage learns, and its batch at every step."""
        speech = self.speech
        epochs = Epochs(speech.train, seconds=pace.batch, seed=seed)
        if name in HARDSHIPS:
            return self._content_task(name), lambda step: content_batch(
                speech, epochs(step), HARDSHIPS[name]
            )
        if name == "autoencoder":
            return self._acoustic_task(name), lambda step: autoencoder.segments(
                speech, pace.batch, seed=seed, step=step
            )
        if name == "prior":
            return self._acoustic_task(name), lambda step: prior.utterances(
                speech, self.codes, epochs(step), seed=seed * loop.STEP_STRIDE + step
            )
        if name == "decoder":
            return self._acoustic_task(name), lambda step: decoder.pieces(
                speech, self.codes, epochs(step), seed=seed * loop.STEP_STRIDE + step
            )
        if name == "semantic":
            return self._semantic_task(), lambda step: semantic.sequences(
                speech,
                self.codes,
                epochs(step),
                config=self.recipe.semantic,
                seed=seed * loop.STEP_STRIDE + step,
            )
        return self._speaker_task(), lambda step: speaker_batch(
            speech, pace.batch, seed=seed, step=step
        )

    @cached_property
    def speech(self) -> Speech:
        """The corpus."""
        return Speech(self.corpus)

    @cached_property
    def codes(self) -> Codes:
        """The codes of the corpus, once they are made."""
        return Codes.read(self._codes_file(), self.speech.utterances)

    def _content_task(self, name: str) -> ContentTask:
        """The content encoder, or the recogniser, whose start is another."""
        self._seed(name)
        return ContentTask(self.recipe.content, self.recipe.acoustic.symbols)

    def _semantic_task(self) -> semantic.SemanticTask:
        self._seed("semantic")
        return semantic.SemanticTask(SemanticModel(self.recipe.semantic))

    def _speaker_task(self) -> SpeakerTask:
        self._seed("speaker")
        return SpeakerTask(SpeakerSize(), len(self.speech.by_voice))

    def _acoustic_task(self, name: str) -> Any:
        """The acoustic model's outer half; its inner half once the outer one has ended; then the
        decoder again."""
        self._seed("autoencoder")
        model = AcousticModel(self.recipe.acoustic)
        outer = autoencoder.AutoencoderTask(model)
        if name == "autoencoder":
            return outer
        self._with(outer, "autoencoder")
        for module in outer.modules:
            module.requires_grad_(False).eval()
        model.ssl_proj = mean_of_two(self.recipe.acoustic.ssl_width)
        model.quantizer.table_nd.copy_(self._codebook())
        inner = prior.PriorTask(model)
        if name == "prior":
            return inner
        listener = Listener(self._with(self._content_task("content"), "content").ctc.hubert)
        return decoder.DecoderTask(self._with(inner, "prior").model, listener)

    def _acoustic_if_ended(self) -> AcousticModel | None:
        """The acoustic model, once both of its halves have ended."""
        for name in ("decoder", "prior"):
            if self._has_ended(name):
                model: AcousticModel = self._with(self._acoustic_task(name), name).model
                return model
        return None

    def _make_codes(self) -> None:
        if self._codes_file().exists():
            return
        listening = self._with(self._content_task("content"), "content").ctc.hubert.eval()
        encoder: HubertModel = listening.to(usable_device(self.recipe.device))

        def obey() -> None:
            if self.should_stop():
                raise Stopped("Stopped while making codes; start it again.", data={})

        write_codes(
            self._codes_file(),
            encoder,
            self.speech,
            self.recipe.acoustic.codes,
            seed=self.recipe.seed,
            should_stop=obey,
        )

    def _codebook(self) -> Tensor:
        return load_file(self._codes_file())["codebook"]

    def _codes_file(self) -> Path:
        return self.work / "codes.safetensors"

    def _checkpoint(self, name: str) -> Path:
        return self.work / f"{name}.pt"

    def _with(self, task: Any, name: str) -> Any:
        """The task with the weights that a stage has ended with."""
        torch.nn.ModuleList(task.modules).load_state_dict(self._ended(name)["modules"])
        return task

    def _ended(self, name: str) -> dict[str, Any]:
        """The trainer's state at the end of a stage."""
        state = read_state(self._checkpoint(name))
        if not self._is_end(name, state):
            raise BadRecipe(f"Stage {name} has not ended yet; run it first.")
        assert state is not None, "nothing is no end"
        trainer: dict[str, Any] = state["trainer"]
        return trainer

    def _has_ended(self, name: str) -> bool:
        return self._is_end(name, read_state(self._checkpoint(name)))

    def _is_end(self, name: str, state: dict[str, Any] | None) -> bool:
        pace: Pace = getattr(self.recipe.stages, name)
        return state is not None and bool(state["steps_done"] >= pace.steps)

    def _seed(self, name: str) -> None:
        torch.manual_seed(self.recipe.seed * loop.STEP_STRIDE + STAGES.index(name))

    def _noted(self, progress: Progress) -> None:
        """Add a line to the stage's curve, and tell."""
        with (self.work / f"{progress.stage}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": progress.done, **progress.metrics}) + "\n")
        self.on_progress(progress)
