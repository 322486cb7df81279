"""Makes a voice bundle from a pair of foreign checkpoints and reference clips."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from synthesis.bundles.base import BaseModel
from synthesis.bundles.bundle import POSTERIOR, Origin, VoiceBundle, write_bundle
from synthesis.bundles.styles import Clip, measured
from synthesis.bundles.weights import fit
from synthesis.errors import UnsupportedCheckpoint
from synthesis.exchange.checkpoint import Kind, Read, read_checkpoint
from synthesis.models.semantic import SemanticConfig, SemanticModel
from synthesis.models.vits import AcousticConfig, AcousticModel


def import_voice(
    folder: Path,
    *,
    semantic: Path,
    acoustic: Path,
    styles: Mapping[str, Sequence[Clip]],
    base: BaseModel,
    consent_ids: Sequence[str] = (),
    read: Read = read_checkpoint,
) -> VoiceBundle:
    """Write a bundle into a new folder; the base measures the clips and must be of the version."""
    s1, s2 = read(semantic), read(acoustic)
    if not isinstance(s1.config, SemanticConfig) or s1.kind is not Kind.SEMANTIC:
        raise _not_a(semantic, Kind.SEMANTIC)
    if not isinstance(s2.config, AcousticConfig) or s2.kind is not Kind.ACOUSTIC:
        raise _not_a(acoustic, Kind.ACOUSTIC)
    s1_config, s2_config = s1.config, s2.config
    generator = fit(
        lambda: AcousticModel(s2_config, with_posterior=False),
        {key: value for key, value in s2.state.items() if not key.startswith(POSTERIOR)},
        acoustic.name,
    )
    front = base.front_end()
    return write_bundle(
        folder,
        semantic=fit(lambda: SemanticModel(s1_config), s1.state, semantic.name),
        acoustic=generator,
        styles={
            name: measured(clips, base=base, acoustic=generator, front=front)
            for name, clips in styles.items()
        },
        languages=base.languages,
        origin=Origin(
            base_name=base.name,
            base_sha256=base.sha256,
            dataset_sha256="",
            consent_ids=tuple(consent_ids),
        ),
        uses_bert=front.uses_bert,
        notes={found.kind: found.notes for found in (s1, s2)},
    )


def _not_a(path: Path, kind: Kind) -> UnsupportedCheckpoint:
    return UnsupportedCheckpoint(
        f"{path.name} does not hold a {kind} model.", data={"file": path.name}
    )
