"""A voice on disk: voice.json, the two models in safetensors, and its reference clips."""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from synthesis import audio
from synthesis.bundles.sealed_folder import SealedFolder, open_sealed, seal
from synthesis.bundles.voice_card import FORMAT, FORMAT_VERSION, MANIFEST, ReferenceCard, VoiceCard
from synthesis.bundles.weights import load_model, save_weights
from synthesis.exchange.notes import Notes, save_notes
from synthesis.features.reference import ReferenceFeatures
from synthesis.models.semantic import SemanticModel
from synthesis.models.vits import AcousticModel
from synthesis.types import Pcm, Sampling

SEMANTIC_FILE = "s1.safetensors"
ACOUSTIC_FILE = "s2g.safetensors"
REFERENCES = "references"
# The posterior encoder is needed in training only.
POSTERIOR = "enc_q."


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A reference clip to be written: mono sound, transcript, and the features measured from it.

    Without `timbre` it lends its style only its manner.
    """

    pcm: Pcm
    sample_rate_hz: int
    transcript: str
    language: str
    features: ReferenceFeatures
    timbre: bool = True


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a voice comes from: its base model, its dataset, and the consents that allow it.

    `speech` is that of the base: False when it was never trained to speak.
    """

    base_name: str
    base_sha256: str
    dataset_sha256: str
    consent_ids: tuple[str, ...] = ()
    speech: bool = True


@dataclass(frozen=True, kw_only=True)
class VoiceBundle:
    """A verified bundle; `sha256` of its manifest identifies voice and content alike."""

    sealed: SealedFolder
    card: VoiceCard

    @property
    def sha256(self) -> str:
        """The digest that stands for every byte of the bundle."""
        return self.sealed.sha256

    @classmethod
    def open(cls, folder: Path | str) -> "VoiceBundle":
        """Verify every file of a bundle; BadBundle names the file that is wrong."""
        sealed = open_sealed(Path(folder), MANIFEST, kind=FORMAT, version=FORMAT_VERSION)
        return cls(sealed=sealed, card=VoiceCard.from_content(sealed.content))

    def semantic(self) -> SemanticModel:
        """Read the semantic model."""
        config = self.card.semantic
        return load_model(lambda: SemanticModel(config), self.sealed.path(SEMANTIC_FILE))

    def acoustic(self) -> AcousticModel:
        """Read the acoustic model, without the posterior encoder."""
        config = self.card.acoustic
        return load_model(
            lambda: AcousticModel(config, with_posterior=False), self.sealed.path(ACOUSTIC_FILE)
        )

    def references(self, style: str) -> list[ReferenceFeatures]:
        """Cached features of a style's clips."""
        return [
            ReferenceFeatures.load(self.sealed.path(card.features))
            for card in self.card.styles[style]
        ]


def write_bundle(
    folder: Path,
    *,
    semantic: SemanticModel,
    acoustic: AcousticModel,
    styles: Mapping[str, Sequence[Reference]],
    languages: Sequence[str],
    origin: Origin,
    uses_bert: bool = False,
    defaults: Sampling | None = None,
    half: bool = True,
    notes: Mapping[str, Notes] | None = None,
) -> VoiceBundle:
    """Write a bundle into a new folder and open it; nothing is left there if writing fails.

    `notes` are what foreign checkpoints said about themselves, for the way back.
    """
    folder.mkdir(parents=True)
    try:
        save_weights(semantic.state_dict(), folder / SEMANTIC_FILE, half=half)
        save_weights(
            {
                key: value
                for key, value in acoustic.state_dict().items()
                if not key.startswith(POSTERIOR)
            },
            folder / ACOUSTIC_FILE,
            half=half,
        )
        if notes:
            save_notes(folder, notes)
        (folder / REFERENCES).mkdir()
        card = VoiceCard(
            languages=tuple(languages),
            **vars(origin),
            uses_bert=uses_bert,
            semantic=semantic.config,
            acoustic=acoustic.config,
            styles={
                name: tuple(write_reference(folder, reference) for reference in references)
                for name, references in styles.items()
            },
            defaults=defaults or Sampling(),
            weights="float16" if half else "float32",
        )
        seal(folder, MANIFEST, card.as_content())
        return VoiceBundle.open(folder)
    except BaseException:
        shutil.rmtree(folder)
        raise


def write_reference(folder: Path, reference: Reference) -> ReferenceCard:
    """Write one clip and its features under a name made from the sound and what is said in it."""
    said = f"{reference.language}:{reference.transcript}".encode()
    digest = hashlib.sha256(audio.to_int16(reference.pcm).tobytes() + said)
    name = digest.hexdigest()[:16]
    clip, features = f"{REFERENCES}/{name}.wav", f"{REFERENCES}/{name}.safetensors"
    audio.write_wav(folder / clip, reference.pcm, reference.sample_rate_hz)
    reference.features.save(folder / features)
    return ReferenceCard(
        clip=clip,
        transcript=reference.transcript,
        language=reference.language,
        features=features,
        timbre=reference.timbre,
    )
