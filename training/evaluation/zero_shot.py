"""A voice from a base and one clip, without any training."""

from pathlib import Path

from synthesis.bundles.base import BaseModel
from synthesis.bundles.bundle import Origin, Reference, VoiceBundle, write_bundle
from synthesis.features.reference import measure_reference
from synthesis.types import Pcm
from training.corpus.utterance import front_end_language

STYLE = "default"


def zero_shot_voice(
    folder: Path,
    base: BaseModel,
    pcm: Pcm,
    sample_rate_hz: int,
    *,
    transcript: str,
    language: str,
) -> VoiceBundle:
    """Write the bundle of a clip of 3 to 10 s into a new folder."""
    acoustic = base.acoustic()
    front = base.front_end()
    spoken_in = front_end_language(language)
    features = measure_reference(
        pcm,
        sample_rate_hz,
        transcript,
        spoken_in,
        front=front,
        hubert=base.hubert(),
        acoustic=acoustic,
        speaker=base.speaker(),
    )
    return write_bundle(
        folder,
        semantic=base.semantic(),
        acoustic=acoustic,
        styles={
            STYLE: [
                Reference(
                    pcm=pcm,
                    sample_rate_hz=sample_rate_hz,
                    transcript=transcript,
                    language=spoken_in,
                    features=features,
                )
            ]
        },
        languages=base.languages,
        defaults=base.defaults,
        origin=Origin(
            base_name=base.name,
            base_sha256=base.sha256,
            dataset_sha256="",
            speech=base.speech,
        ),
        uses_bert=front.uses_bert,
    )
