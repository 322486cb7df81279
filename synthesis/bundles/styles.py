"""Styles of a voice: measured from clips, added to a bundle and taken from it, never in place.

A bundle is sealed, so each change writes a new one beside it, with the same models.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from synthesis import audio
from synthesis.bundles.base import BaseModel
from synthesis.bundles.bundle import REFERENCES, Reference, VoiceBundle, write_reference
from synthesis.bundles.sealed_folder import seal
from synthesis.bundles.voice_card import MANIFEST, ReferenceCard
from synthesis.errors import BadBundle, BadReference
from synthesis.features.reference import ReferenceFeatures, measure_reference, measure_sound
from synthesis.front_end import FrontEnd
from synthesis.models.vits import AcousticModel

LONGEST_NAME = 64

Styles = Mapping[str, tuple[ReferenceCard, ...]]


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A reference recording of 3 to 10 s (WAV or FLAC), what is said in it, and its language.

    Without `timbre` it lends a style its manner only.
    """

    path: Path
    transcript: str
    language: str
    timbre: bool = True


def measured(
    clips: Sequence[Clip], *, base: BaseModel, acoustic: AcousticModel, front: FrontEnd
) -> list[Reference]:
    """What the base hears in clips, for a voice with this acoustic model and front end.

    Raises:
        BadReference: a clip is too short, too long or silent.
    """
    hubert, speaker = base.hubert(), base.speaker()
    references = []
    for clip in clips:
        pcm, rate_hz = audio.read_mono(clip.path)
        features = measure_reference(
            pcm,
            rate_hz,
            clip.transcript,
            clip.language,
            front=front,
            hubert=hubert,
            acoustic=acoustic,
            speaker=speaker,
        )
        references.append(
            Reference(
                pcm=pcm,
                sample_rate_hz=rate_hz,
                transcript=clip.transcript,
                language=clip.language,
                features=features,
                timbre=clip.timbre,
            )
        )
    return references


def heard(clip: Clip, *, bundle: VoiceBundle, base: BaseModel) -> ReferenceFeatures:
    """What a voice needs to speak like a clip without keeping it.

    Without a transcript the clip gives the timbre, and the manner stays that of the voice.

    Raises:
        BadBundle: the voice was made from another base.
        BadReference: the clip is too short, too long or silent.
    """
    front = _front(bundle, base)
    acoustic = bundle.acoustic()
    if clip.transcript:
        return measured([clip], base=base, acoustic=acoustic, front=front)[0].features
    pcm, rate_hz = audio.read_mono(clip.path)
    _, style = measure_sound(
        pcm, rate_hz, hubert=base.hubert(), acoustic=acoustic, speaker=base.speaker()
    )
    return replace(bundle.references(bundle.card.main_style)[0], style=style)


def with_style(
    bundle: VoiceBundle, folder: Path, *, name: str, clips: Sequence[Clip], base: BaseModel
) -> VoiceBundle:
    """Write the voice into a new folder with one style more, or another one of that name.

    The first clip gives the manner, and the mean of all that have a `timbre` gives the timbre;
    where none has, it is that of the voice's default style.

    Raises:
        BadBundle: the voice was made from another base.
        BadReference: the name or a clip cannot be used.
    """
    card = bundle.card
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadReference(f"A style's name has 1 to {LONGEST_NAME} characters that can be shown.")
    if not clips:
        raise BadReference(f"The style {name!r} needs a clip that it is spoken like.")
    front = _front(bundle, base)
    references = measured(clips, base=base, acoustic=bundle.acoustic(), front=front)
    timbres: list[ReferenceCard] = []
    if not any(clip.timbre for clip in clips):
        timbres = [clip for clip in card.style(card.main_style) if clip.timbre]

    def styles(into: Path) -> Styles:
        new = [write_reference(into, reference) for reference in references]
        return {**card.styles, name: (*new, *timbres)}

    return _rewritten(bundle, folder, styles)


def without_style(bundle: VoiceBundle, folder: Path, *, name: str) -> VoiceBundle:
    """Write the voice into a new folder with one style less; clips that no style uses go too.

    Raises:
        BadBundle: there is no such style, or it is the one that is spoken in by default.
    """
    card = bundle.card
    card.style(name)
    if name == card.main_style:
        raise BadBundle(
            f"{name!r} is spoken in when no style is named; give it other clips instead.",
            code="default_style",
            data={"style": name},
        )
    rest = {other: clips for other, clips in card.styles.items() if other != name}
    return _rewritten(bundle, folder, lambda _into: rest)


def _front(bundle: VoiceBundle, base: BaseModel) -> FrontEnd:
    """How the voice reads text, with the text encoder of the base that it was made from."""
    card = bundle.card
    if base.sha256 != card.base_sha256:
        raise BadBundle(
            f"The voice was made from the base {card.base_name!r}, whose digest begins with "
            f"{card.base_sha256[:12]}; give that one.",
            code="another_base",
            data={"base": card.base_name, "sha256": card.base_sha256},
        )
    return FrontEnd(
        version=card.symbols,
        bert_width=card.semantic.bert_width,
        uses_bert=card.uses_bert,
        bert=base.bert() if card.uses_bert else None,
    )


def _rewritten(bundle: VoiceBundle, folder: Path, styles: Callable[[Path], Styles]) -> VoiceBundle:
    """The bundle with other styles, in a new folder; nothing is left there if writing fails."""
    shutil.copytree(bundle.sealed.folder, folder)
    try:
        chosen = styles(folder)
        used = {file for clips in chosen.values() for x in clips for file in (x.clip, x.features)}
        for path in (folder / REFERENCES).iterdir():
            if f"{REFERENCES}/{path.name}" not in used:
                path.unlink()
        seal(folder, MANIFEST, replace(bundle.card, styles=chosen).as_content())
        return VoiceBundle.open(folder)
    except BaseException:
        shutil.rmtree(folder)
        raise
