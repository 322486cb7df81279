"""From two trained models to a voice: its reference clip, its bundle, and a first sentence."""

import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from synthesis import audio
from synthesis.bundles.base import BaseModel
from synthesis.bundles.bundle import Origin, Reference, VoiceBundle, write_bundle
from synthesis.bundles.voice_card import DEFAULT_STYLE
from synthesis.engine import Engine
from synthesis.errors import BadBundle, EngineError
from synthesis.exchange.notes import Notes
from synthesis.features.reference import LONGEST_MS, SHORTEST_MS, measure_reference
from synthesis.models.semantic import SemanticModel
from synthesis.models.vits import AcousticModel
from synthesis.types import Speech, Utterance
from training.features import read_sound
from training.prepare.manifest import ManifestClip

IDEAL_MS = 6_000
GOOD_MS = (4_000, 9_000)
# Above this a recording is clean, and a difference below the other is not heard.
CLEAN_DB, AUDIBLE_DB = 35.0, 5.0
FIRST_SENTENCES = {
    "zh": "您好，很高兴为您服务。",
    "en": "Hello, it is a pleasure to serve you.",
}


class NoReference(EngineError):
    """No clip of the dataset can be the voice's reference."""

    code = "no_reference_clip"


class OutputInUse(EngineError):
    """The folder for the new voice holds something else."""

    code = "output_in_use"


@dataclass(frozen=True, kw_only=True)
class FirstSentence:
    """The sentence a new voice has spoken, as proof that it loads and makes sound."""

    text: str
    language: str
    duration_ms: int
    pcm_sha256: str


def choose_references(clips: Iterable[ManifestClip]) -> dict[str, ManifestClip]:
    """The reference clip of every style: clean, of 4 to 9 s, near to six seconds.

    A style without a clip of 3 to 10 s gets none. The default style is always there: where no clip
    is of it, the best of all clips stands for it.

    Raises:
        NoReference: there is none at all.
    """
    fitting = [clip for clip in clips if SHORTEST_MS <= clip.duration_ms <= LONGEST_MS]
    if not fitting:
        raise NoReference(
            "No usable clip of the dataset lasts 3 to 10 s, so the voice would have no reference;"
            " add one."
        )
    by_style: dict[str, ManifestClip] = {}
    for clip in sorted(fitting, key=_worse_as_reference):
        by_style.setdefault(clip.style, clip)
    return {DEFAULT_STYLE: next(iter(by_style.values())), **by_style}


def _worse_as_reference(clip: ManifestClip) -> tuple[bool, int, int, str]:
    """Sorts clips: of good length first, then by noise in steps that can be heard, then length."""
    low, high = GOOD_MS
    clean_db = CLEAN_DB if clip.snr_db is None else min(clip.snr_db, CLEAN_DB)
    return (
        not low <= clip.duration_ms <= high,
        -int(clean_db // AUDIBLE_DB),
        abs(clip.duration_ms - IDEAL_MS),
        clip.sha256,
    )


def require_replaceable(out_dir: Path, *, base: BaseModel, dataset_sha256: str) -> None:
    """Allow a folder that does not exist, or holds a voice of the same base and dataset.

    Raises:
        OutputInUse: it holds anything else, which must not be overwritten.
    """
    if not out_dir.exists():
        return
    try:
        card = VoiceBundle.open(out_dir).card
    except BadBundle:
        card = None
    if card is None or (card.base_sha256, card.dataset_sha256) != (base.sha256, dataset_sha256):
        raise OutputInUse(f"{out_dir} exists and holds something else; name a new folder.")


def write_voice(
    out_dir: Path,
    *,
    base: BaseModel,
    semantic: SemanticModel,
    acoustic: AcousticModel,
    dataset_dir: Path,
    dataset_sha256: str,
    references: Mapping[str, ManifestClip],
    consent_ids: Sequence[str],
    notes: Mapping[str, Notes],
) -> VoiceBundle:
    """Write the bundle beside `out_dir`, then give it its name: it is whole or not there."""
    partial = out_dir.with_name(f".{out_dir.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(out_dir, ignore_errors=True)
    front_end, hubert, speaker = base.front_end(), base.hubert(), base.speaker()

    def measured(clip: ManifestClip) -> Reference:
        sound = read_sound(dataset_dir, clip)
        features = measure_reference(
            sound,
            audio.SAMPLE_RATE_HZ,
            clip.text,
            clip.language,
            front=front_end,
            hubert=hubert,
            acoustic=acoustic,
            speaker=speaker,
        )
        return Reference(
            pcm=sound,
            sample_rate_hz=audio.SAMPLE_RATE_HZ,
            transcript=clip.text,
            language=clip.language,
            features=features,
        )

    write_bundle(
        partial,
        semantic=semantic,
        acoustic=acoustic,
        styles={style: [measured(clip)] for style, clip in references.items()},
        languages=base.languages,
        origin=Origin(
            base_name=base.name,
            base_sha256=base.sha256,
            dataset_sha256=dataset_sha256,
            consent_ids=tuple(consent_ids),
            speech=base.speech,
        ),
        uses_bert=front_end.uses_bert,
        defaults=base.defaults,
        notes=notes,
    )
    partial.rename(out_dir)
    return VoiceBundle.open(out_dir)


def speak_first_sentence(
    bundle: VoiceBundle, base: BaseModel, languages: Iterable[str], *, seed: int
) -> tuple[FirstSentence, Speech]:
    """Speak a fixed sentence in the language most of the clips are in."""
    counted = Counter(language for language in languages if language in FIRST_SENTENCES)
    language = counted.most_common(1)[0][0] if counted else next(iter(FIRST_SENTENCES))
    text = FIRST_SENTENCES[language]
    speech = Engine(base=base).speak(
        bundle,
        Utterance(text=text, language=language, sampling=replace(bundle.card.defaults, seed=seed)),
    )
    sentence = FirstSentence(
        text=text,
        language=language,
        duration_ms=round(len(speech.pcm) * 1000 / speech.sample_rate_hz),
        pcm_sha256=speech.pcm_sha256,
    )
    return sentence, speech
