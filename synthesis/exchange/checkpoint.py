"""Imports foreign checkpoints (.ckpt, .pth) as plain tensors.

A checkpoint is a pickle. It is opened in a child process by a reader that builds tensors and plain
containers and nothing else; there is no second way to open one. The child writes safetensors, so
this process never unpickles. What a file is follows from its tensors' names and shapes alone.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from torch import Tensor

from synthesis.bundles.weights import fit, load_tensors
from synthesis.errors import BadBundle, UnsupportedCheckpoint
from synthesis.exchange.notes import Notes
from synthesis.models.semantic import SemanticConfig, SemanticModel
from synthesis.models.speaker import SpeakerConfig, SpeakerNet
from synthesis.models.vits import AcousticConfig, AcousticModel

TIME_LIMIT_S = 300
SEMANTIC_PREFIX = "model."
# The pooling head of the speaker network is in its file but has no use.
SPEAKER_HEAD = "seg_1."
DISCRIMINATOR_COUNTS = {6: "v2", 8: "v2Pro"}

State = dict[str, Tensor]


class Kind(StrEnum):
    """What a checkpoint holds."""

    SEMANTIC = "semantic"
    ACOUSTIC = "acoustic"
    DISCRIMINATOR = "discriminator"
    SPEAKER = "speaker"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Tensors under our names, and the configuration that they fit exactly.

    `version` is empty for a semantic model or speaker network, which no single version owns, and
    `config` is None for discriminators, whose sizes follow from the version.
    """

    kind: Kind
    version: str
    state: State
    config: SemanticConfig | AcousticConfig | SpeakerConfig | None
    notes: Notes


Read = Callable[[Path], Checkpoint]


def read_checkpoint(path: Path) -> Checkpoint:
    """Import a file; UnsupportedCheckpoint says why one is refused."""
    state, notes = read_tensors(path)
    try:
        return _identified(state, notes, path.name)
    except BadBundle as error:
        raise UnsupportedCheckpoint(error.message, data=error.data) from error


def read_tensors(path: Path) -> tuple[State, Notes]:
    """The tensors of any pickled file in float32, and what the file says about itself."""
    with tempfile.TemporaryDirectory(prefix="checkpoint-") as folder:
        output = Path(folder) / "tensors.safetensors"
        notes = _read_in_child(path, output)
        return load_tensors(output), notes


def _read_in_child(path: Path, output: Path) -> Notes:
    """Let the child write the tensors; returns the checkpoint's own description."""
    command = [sys.executable, "-m", "synthesis.exchange.checkpoint_reader", str(path), str(output)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIME_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise _refusal(path.name, "it could not be read in time") from error
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        raise _refusal(path.name, lines[-1] if lines else "its reader was ended by the system")
    return Notes(**json.loads(done.stdout))


def _identified(state: State, notes: Notes, name: str) -> Checkpoint:
    if f"{SEMANTIC_PREFIX}ar_predict_layer.weight" in state:
        return _semantic(state, notes, name)
    if any(key.startswith("cfm.") for key in state):
        raise _refusal(name, "it is of version v3 or v4; use one of v1, v2, v2Pro or v2ProPlus")
    if "enc_p.text_embedding.weight" in state:
        return _acoustic(state, notes, name)
    if "fuse34.local_att.0.weight" in state:
        return _speaker(state, notes, name)
    if any(key.startswith("discriminators.") for key in state):
        version = DISCRIMINATOR_COUNTS.get(len({key.split(".")[1] for key in state}), "")
        return Checkpoint(
            kind=Kind.DISCRIMINATOR, version=version, state=state, config=None, notes=notes
        )
    raise _refusal(name, "its tensors are not those of a known model")


def _semantic(state: State, notes: Notes, name: str) -> Checkpoint:
    plain = {key.removeprefix(SEMANTIC_PREFIX): value for key, value in state.items()}
    config = SemanticConfig(phonemes=_rows(plain, "ar_text_embedding.word_embeddings.weight"))
    fit(lambda: SemanticModel(config), plain, name)
    return Checkpoint(kind=Kind.SEMANTIC, version="", state=plain, config=config, notes=notes)


def _acoustic(state: State, notes: Notes, name: str) -> Checkpoint:
    if "sv_emb.weight" in state:
        wide = AcousticConfig.for_version("v2ProPlus").decoder_width
        version = "v2ProPlus" if _rows(state, "dec.conv_pre.weight") == wide else "v2Pro"
    else:
        v1_symbols = AcousticConfig.for_version("v1").symbols
        version = "v1" if _rows(state, "enc_p.text_embedding.weight") == v1_symbols else "v2"
    config = AcousticConfig.for_version(version)
    # Fine-tuned exports leave the posterior encoder out; pretrained files have it.
    posterior = any(key.startswith("enc_q.") for key in state)
    fit(lambda: AcousticModel(config, with_posterior=posterior), state, name)
    return Checkpoint(kind=Kind.ACOUSTIC, version=version, state=state, config=config, notes=notes)


def _speaker(state: State, notes: Notes, name: str) -> Checkpoint:
    used = {key: value for key, value in state.items() if not key.startswith(SPEAKER_HEAD)}
    config = SpeakerConfig()
    fit(lambda: SpeakerNet(config), used, name)
    return Checkpoint(kind=Kind.SPEAKER, version="", state=used, config=config, notes=notes)


def _rows(state: Mapping[str, Tensor], key: str) -> int:
    return state[key].shape[0] if key in state else 0


def _refusal(name: str, reason: str) -> UnsupportedCheckpoint:
    return UnsupportedCheckpoint(f"{name} cannot be used: {reason}.", data={"file": name})
