"""What a voice bundle says about itself in voice.json."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from synthesis.bundles.weights import config_from
from synthesis.errors import BadBundle
from synthesis.models.semantic import SemanticConfig
from synthesis.models.vits import AcousticConfig
from synthesis.types import Sampling

MANIFEST = "voice.json"
FORMAT = "voice-bundle"
FORMAT_VERSION = 1
# What an utterance that names no style is spoken in.
DEFAULT_STYLE = "default"


@dataclass(frozen=True, kw_only=True)
class ReferenceCard:
    """A reference clip: its file, what is said in it, and the file of its cached features.

    Without `timbre` the clip lends a style only its manner, and other clips the sound of the voice.
    """

    clip: str
    transcript: str
    language: str
    features: str
    timbre: bool = True


@dataclass(frozen=True, kw_only=True)
class VoiceCard:
    """Origin, configuration and styles of a voice.

    The first reference of a style is its prompt: the voice goes on in that manner. The timbre is
    the mean of all its references that give it one. `uses_bert` says whether the voice was trained
    with text features, and `speech` is False when its base was never trained to speak.
    """

    languages: tuple[str, ...]
    base_name: str
    base_sha256: str
    dataset_sha256: str
    consent_ids: tuple[str, ...]
    uses_bert: bool
    semantic: SemanticConfig
    acoustic: AcousticConfig
    styles: Mapping[str, tuple[ReferenceCard, ...]]
    defaults: Sampling = field(default_factory=Sampling)
    weights: str = "float16"
    speech: bool = True

    @property
    def model_version(self) -> str:
        """ "v1", "v2", "v2Pro" or "v2ProPlus"."""
        return self.acoustic.version

    @property
    def symbols(self) -> str:
        """The phone inventory: v1 has its own, every later version shares v2's."""
        return "v1" if self.model_version == "v1" else "v2"

    @property
    def main_style(self) -> str:
        """The style of an utterance that names none."""
        return DEFAULT_STYLE if DEFAULT_STYLE in self.styles else next(iter(self.styles))

    def style(self, name: str) -> tuple[ReferenceCard, ...]:
        """The references of a style; BadBundle names the styles that there are."""
        if name not in self.styles:
            raise BadBundle(
                f"The voice has no style {name!r}; it has {', '.join(self.styles)}.",
                code="unknown_style",
                data={"style": name, "styles": list(self.styles)},
            )
        return self.styles[name]

    def as_content(self) -> dict[str, object]:
        """The content of voice.json, less the file list."""
        content = asdict(self)
        del content["defaults"]["seed"]
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "model_version": self.model_version,
            **content,
        }

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> "VoiceCard":
        """The reverse of `as_content`; BadBundle for anything missing or unknown."""
        given = {
            key: value
            for key, value in content.items()
            if key not in ("format", "format_version", "model_version", "files")
        }
        styles = given.get("styles")
        if not isinstance(styles, dict) or not styles or not all(styles.values()):
            raise BadBundle(f"{MANIFEST} names no style with a reference.", data={"file": MANIFEST})
        given["semantic"] = config_from(SemanticConfig, given.get("semantic"), MANIFEST)
        given["acoustic"] = config_from(AcousticConfig, given.get("acoustic"), MANIFEST)
        given["defaults"] = config_from(Sampling, given.get("defaults"), MANIFEST)
        given["styles"] = {
            name: tuple(config_from(ReferenceCard, entry, MANIFEST) for entry in references)
            for name, references in styles.items()
        }
        for name, references in given["styles"].items():
            if not any(reference.timbre for reference in references):
                raise BadBundle(
                    f"{MANIFEST}: no reference of the style {name!r} gives it a timbre.",
                    data={"file": MANIFEST, "style": name},
                )
        return config_from(cls, given, MANIFEST)
