"""Who judges a voice: the phone recogniser and the speaker encoder that a base brings along."""

from dataclasses import dataclass

from synthesis.bundles.base import RECOGNIZER_FOLDER, SPEAKER_FOLDER, BaseModel
from training.evaluation.recognizer import PhoneRecognizer, Recognizer
from training.evaluation.sound import SpeakerEncoder
from training.pretrain.speaker import SpeakerEncoder as TrainedSpeakerEncoder


@dataclass(frozen=True, kw_only=True)
class Judges:
    """Each may be missing, and what it would measure is then not measured."""

    recognizer: Recognizer | None = None
    speaker: SpeakerEncoder | None = None

    @classmethod
    def of_base(cls, base: BaseModel) -> "Judges":
        """Those that lie in the base's folder."""
        folder = base.sealed.folder
        return cls(
            recognizer=PhoneRecognizer.load(folder / RECOGNIZER_FOLDER)
            if base.has(RECOGNIZER_FOLDER)
            else None,
            speaker=TrainedSpeakerEncoder.load(folder / SPEAKER_FOLDER)
            if base.has(SPEAKER_FOLDER)
            else None,
        )
