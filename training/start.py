"""Where a fine-tune's weights begin: at the base, or at a voice that was made from it before."""

from dataclasses import dataclass
from pathlib import Path

from synthesis.bundles.base import DISCRIMINATOR_FILE, HUBERT_FOLDER, BaseModel
from synthesis.bundles.bundle import VoiceBundle
from synthesis.bundles.weights import fit, load_tensors
from synthesis.errors import EngineError
from synthesis.models.semantic import SemanticModel
from synthesis.models.vits import AcousticConfig, AcousticModel
from training.discriminators import PERIODS, DiscriminatorConfig, Discriminators, divisor_of
from training.listener import Listener

RELEASED_DECODER_WIDTH = AcousticConfig.decoder_width


class AnotherBase(EngineError):
    """The voice to go on from was made from a base other than the one given."""

    code = "another_base"


@dataclass(frozen=True, kw_only=True)
class Start:
    """The base, and the voice to go on from if there is one."""

    base: BaseModel
    voice: VoiceBundle | None = None

    @classmethod
    def open(cls, base_dir: Path, voice_dir: Path | None) -> "Start":
        """Verify both folders.

        Raises:
            BadBundle: one of them is incomplete or altered.
            AnotherBase: they do not belong together.
        """
        base = BaseModel.open(base_dir)
        voice = VoiceBundle.open(voice_dir) if voice_dir else None
        if voice and voice.card.base_sha256 != base.sha256:
            raise AnotherBase(
                f"The voice was made from the base {voice.card.base_name!r}, not from"
                f" {base.name!r}; go on with its own base.",
                data={"voice_base": voice.card.base_sha256, "base": base.sha256},
            )
        return cls(base=base, voice=voice)

    def semantic(self) -> SemanticModel:
        """Read the semantic model to begin with."""
        return self.voice.semantic() if self.voice else self.base.semantic()

    def acoustic(self) -> AcousticModel:
        """Read the acoustic model to begin with; a voice has no posterior encoder of its own."""
        model = self.base.acoustic()
        if self.voice:
            model.load_state_dict({**model.state_dict(), **self.voice.acoustic().state_dict()})
        return model

    def listener(self) -> Listener:
        """Read what the base hears with."""
        return Listener.load(self.base.sealed.folder / HUBERT_FOLDER)

    def discriminators(self) -> Discriminators | None:
        """Read the base's discriminators, or make new ones that are as narrow as its decoder.

        None for a base that was made without any.
        """
        config = self.base.acoustic_config
        if config.decoder == "source_filter" and not self.base.has(DISCRIMINATOR_FILE):
            return None
        periods = PERIODS[config.version]
        if not self.base.has(DISCRIMINATOR_FILE):
            divisor = max(1, RELEASED_DECODER_WIDTH // config.decoder_width)
            return Discriminators(DiscriminatorConfig(periods=periods, channel_divisor=divisor))
        state = load_tensors(self.base.sealed.path(DISCRIMINATOR_FILE))
        return fit(
            lambda: Discriminators(
                DiscriminatorConfig(periods=periods, channel_divisor=divisor_of(state))
            ),
            state,
            DISCRIMINATOR_FILE,
        )
