"""A base model on disk: the pretrained parts that voices are made from.

`base.json`, `s1.safetensors`, `s2g.safetensors` (with the posterior encoder), `hubert/`, and where
a base has them `s2d.safetensors`, `sv.safetensors`, `bert/`, `recognizer/` and `speaker/`.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from synthesis.bundles.sealed_folder import SealedFolder, open_sealed, seal
from synthesis.bundles.weights import config_from, load_model
from synthesis.features.bert import Bert
from synthesis.features.hubert import Hubert
from synthesis.front_end import FrontEnd
from synthesis.models.semantic import SemanticConfig, SemanticModel
from synthesis.models.speaker import SpeakerConfig, SpeakerNet
from synthesis.models.vits import AcousticConfig, AcousticModel
from synthesis.types import Sampling

MANIFEST = "base.json"
FORMAT = "base-model"
FORMAT_VERSION = 1
SEMANTIC_FILE = "s1.safetensors"
ACOUSTIC_FILE = "s2g.safetensors"
DISCRIMINATOR_FILE = "s2d.safetensors"
SPEAKER_FILE = "sv.safetensors"
HUBERT_FOLDER = "hubert"
BERT_FOLDER = "bert"
# Not for speaking: what judges a voice by its phones, and by whose voice it is.
RECOGNIZER_FOLDER = "recognizer"
SPEAKER_FOLDER = "speaker"


@dataclass(frozen=True, kw_only=True)
class BaseModel:
    """A verified base. `speech` is False for one that was never trained, whose sound is noise.

    `defaults` is how its voices speak best when nobody says otherwise.
    """

    sealed: SealedFolder
    name: str
    speech: bool
    languages: tuple[str, ...]
    defaults: Sampling
    semantic_config: SemanticConfig
    acoustic_config: AcousticConfig
    speaker_config: SpeakerConfig | None

    @property
    def sha256(self) -> str:
        """The digest that stands for every byte of the base."""
        return self.sealed.sha256

    @classmethod
    def open(cls, folder: Path | str) -> "BaseModel":
        """Verify every file; BadBundle names the one that is wrong."""
        sealed = open_sealed(Path(folder), MANIFEST, kind=FORMAT, version=FORMAT_VERSION)
        content = sealed.content
        speaker = content.get("speaker")
        return cls(
            sealed=sealed,
            name=str(content.get("name", "")),
            speech=bool(content.get("speech")),
            languages=tuple(content.get("languages", ())),
            defaults=config_from(Sampling, content.get("defaults", {}), MANIFEST),
            semantic_config=config_from(SemanticConfig, content.get("semantic"), MANIFEST),
            acoustic_config=config_from(AcousticConfig, content.get("acoustic"), MANIFEST),
            speaker_config=config_from(SpeakerConfig, speaker, MANIFEST) if speaker else None,
        )

    def has(self, name: str) -> bool:
        """Whether a file, or a folder with files, of this name is part of the base."""
        return any(
            listed == name or listed.startswith(f"{name}/")
            for listed in self.sealed.content["files"]
        )

    def semantic(self) -> SemanticModel:
        """Read the semantic model."""
        return load_model(
            lambda: SemanticModel(self.semantic_config), self.sealed.path(SEMANTIC_FILE)
        )

    def acoustic(self) -> AcousticModel:
        """Read the acoustic model with its posterior encoder."""
        return load_model(
            lambda: AcousticModel(self.acoustic_config), self.sealed.path(ACOUSTIC_FILE)
        )

    def speaker(self) -> SpeakerNet | None:
        """Read the speaker network if the base has one."""
        config = self.speaker_config
        if config is None:
            return None
        return load_model(lambda: SpeakerNet(config), self.sealed.path(SPEAKER_FILE))

    def hubert(self) -> Hubert:
        """Read HuBERT."""
        return Hubert.load(self.sealed.folder / HUBERT_FOLDER)

    def bert(self) -> Bert | None:
        """Read the text encoder if the base has one."""
        return Bert.load(self.sealed.folder / BERT_FOLDER) if self.has(BERT_FOLDER) else None

    def front_end(self) -> FrontEnd:
        """How voices of this base read text: with text features if it has a text encoder."""
        bert = self.bert()
        return FrontEnd(
            version="v1" if self.acoustic_config.version == "v1" else "v2",
            bert_width=self.semantic_config.bert_width,
            uses_bert=bert is not None,
            bert=bert,
        )


def seal_base(
    folder: Path,
    *,
    name: str,
    speech: bool,
    languages: tuple[str, ...],
    semantic: SemanticConfig,
    acoustic: AcousticConfig,
    speaker: SpeakerConfig | None = None,
    defaults: Sampling | None = None,
) -> BaseModel:
    """Write base.json over the files that lie in `folder`, and open the base."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "name": name,
        "speech": speech,
        "languages": languages,
        "defaults": asdict(defaults or Sampling()),
        "semantic": asdict(semantic),
        "acoustic": asdict(acoustic),
        "speaker": asdict(speaker) if speaker else None,
    }
    seal(folder, MANIFEST, content)
    return BaseModel.open(folder)
