"""How a version joins the line of its voice as a candidate, and which one others may go on from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Max

from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.consent import gate
from voiceassets.consent.gate import ConsentRefused
from voiceassets.consent.models import ConsentRecord, Purpose
from voiceassets.core.context import Actor
from voiceassets.core.errors import Conflict, Invalid
from voiceassets.registry import lineage
from voiceassets.registry.lineage import Role
from voiceassets.registry.models import ModelVersion, VersionState, VoiceModel
from voiceassets.speakers.models import Speaker
from voiceassets.storage.backends import Written
from voiceassets.storage.models import StoredObject
from voiceassets.storage.services import make_live


@dataclass(frozen=True, kw_only=True)
class StyleFacts:
    """What a bundle says of one of its styles: its clips, those that give a timbre, their time."""

    name: str
    clips: int
    timbre_clips: int
    duration_ms: int


def add_candidate(
    actor: Actor,
    *,
    speaker: Speaker,
    bundle: StoredObject,
    written: Written,
    styles: Sequence[StyleFacts] | None,
    sources: Mapping[Role, Iterable[lineage.Node]],
    note: Mapping[str, Any],
    **columns: Any,
) -> ModelVersion:
    """The next version of the voice, with everything it came from; `note` is for its event.

    Part of the caller's transaction, which has asked the gates.
    """
    make_live(bundle, written)
    voice, number = _next_number(speaker)
    version = ModelVersion.objects.create(
        tenant_id=speaker.tenant_id,
        voice_model=voice,
        number=number,
        bundle=bundle,
        styles=_plain(styles),
        **columns,
    )
    for role, nodes in sources.items():
        lineage.link(speaker.tenant_id, role=role, sources=nodes, target=lineage.node(version))
    record(
        actor,
        Action.VERSION_CREATED,
        version,
        speaker=speaker.public_id,
        number=number,
        dataset=version.dataset.public_id,
        bundle_hash=version.bundle_hash,
        **note,
    )
    return version


def note_styles(version: ModelVersion, styles: Sequence[StyleFacts]) -> None:
    """Keep what the bundle of a version says, where that was not known."""
    ModelVersion.objects.filter(pk=version.pk, styles__isnull=True).update(styles=_plain(styles))


def require_continuable(version: ModelVersion, speaker: Speaker) -> None:
    """Let another version be made from this one.

    Raises:
        Invalid: it is of another speaker.
        ConsentRefused: the consent it was trained under was revoked.
        Conflict: it was rejected or revoked.
    """
    if version.voice_model.speaker_id != speaker.pk:
        raise Invalid("This version is of another speaker.", field="continues")
    gate.require_unrevoked(version.consent)
    if version.state in {VersionState.REJECTED, VersionState.REVOKED}:
        raise Conflict(
            f"Version {version.number} is {version.state}; go on from another one.",
            code="version_not_continuable",
        )


def require_continued_consent(version: ModelVersion, *, lock: bool = False) -> ConsentRecord:
    """The consent in force that covers training, if it is the version's own or renews that.

    A version rests on one will: revoking a consent also revokes those that it renewed, so whichever
    of the two is taken back, the version that names the older one is withdrawn.

    Raises:
        ConsentRefused: there is none; `consent_not_renewed` when it is another one.
    """
    own = gate.require_unrevoked(version.consent, lock=lock)
    current = gate.require(version.voice_model.speaker, Purpose.TRAIN, lock=lock)
    link: ConsentRecord | None = current
    while link is not None and link.pk != own.pk:
        link = link.supersedes
    if link is None:
        raise ConsentRefused(
            f"Version {version.number} was trained under {own.public_id}, which the consent in "
            f"force, {current.public_id}, does not renew; train a version under that one first.",
            code="consent_not_renewed",
            consent=current.public_id,
        )
    return current


def _next_number(speaker: Speaker) -> tuple[VoiceModel, int]:
    voice, _ = VoiceModel.objects.get_or_create(tenant_id=speaker.tenant_id, speaker=speaker)
    VoiceModel.objects.select_for_update().get(pk=voice.pk)  # one number at a time
    last = voice.versions.aggregate(last=Max("number"))["last"] or 0
    return voice, last + 1


def _plain(styles: Sequence[StyleFacts] | None) -> list[dict[str, Any]] | None:
    return None if styles is None else [asdict(style) for style in styles]
