"""Styles of a voice: from somebody naming clips to the candidate that also speaks like them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.consent import gate
from voiceassets.consent.models import ConsentRecord
from voiceassets.core.context import Actor
from voiceassets.core.errors import Conflict, Invalid, NotAllowed, NotFound
from voiceassets.corpus.datasets import lock_accepted
from voiceassets.corpus.models import DEFAULT_STYLE, STYLE_NAME, Segment
from voiceassets.jobs import services as jobs
from voiceassets.jobs.kinds import JobKind
from voiceassets.registry import lineage
from voiceassets.registry.candidates import (
    StyleFacts,
    add_candidate,
    require_continuable,
    require_continued_consent,
)
from voiceassets.registry.lineage import Role
from voiceassets.registry.models import ModelVersion, StyleChange, StyleClip
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker
from voiceassets.speakers.services import require_active
from voiceassets.storage.backends import Written
from voiceassets.storage.models import StoredObject
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize
from voiceassets.voiceprints import services as voiceprints

# What the engine takes as a reference.
SHORTEST_MS, LONGEST_MS = 3_000, 10_000
MOST_CLIPS, MOST_STYLES = 16, 32
LONGEST_NAME = 64


@dataclass(frozen=True, kw_only=True)
class Restyled:
    """What a worker reports of the bundle that it wrote."""

    bundle_hash: str
    code_version: str
    styles: tuple[StyleFacts, ...]


@transaction.atomic
def request_style(
    actor: Actor,
    *,
    version: ModelVersion,
    name: str,
    clips: Sequence[Segment],
    timbre_clips: Sequence[Segment] | None = None,
) -> StyleChange:
    """Have a version made like this one with one style more, or with other clips for one it has.

    The first of `clips` gives the manner. The timbre is the mean of `timbre_clips`; where these are
    not given, of all `clips`; where they are empty, that of the default style.

    Raises:
        ConsentRefused: no consent in force covers training, or none that renews the version's own.
        Conflict: the version was rejected or revoked, or a clip's recording is not accepted.
        Invalid: the name or a clip cannot be used.
    """
    asker_id = _require_allowed(actor, version)
    if not re.fullmatch(STYLE_NAME, name):
        raise Invalid(
            "A style's name has small letters, digits, - and _ and begins with a letter.",
            field="name",
        )
    wanted = _with_timbre(clips, timbre_clips)
    speaker = version.voice_model.speaker
    _require_usable(speaker, list(wanted))
    known = {style["name"] for style in version.styles or ()}
    if len(known | {name}) > MOST_STYLES:
        raise Conflict(f"A voice has {MOST_STYLES} styles at most; remove one first.")
    voiceprints.require_allowed(speaker)
    consent = require_continued_consent(version)
    change = StyleChange(name=name, consent=consent, requested_by_id=asker_id)
    _submit(actor, version, change, Action.STYLE_REQUESTED)
    StyleClip.objects.bulk_create(
        StyleClip(
            tenant_id=change.tenant_id,
            change=change,
            segment=segment,
            position=position,
            timbre=timbre,
        )
        for position, (segment, timbre) in enumerate(wanted.items())
    )
    return change


@transaction.atomic
def request_removal(actor: Actor, *, version: ModelVersion, name: str) -> StyleChange:
    """Have a version made like this one without one of its styles.

    Raises:
        NotFound: there is no such style.
        Conflict: it is the default style, or the version was rejected or revoked.
    """
    asker_id = _require_allowed(actor, version)
    if not _may_have(version, name):
        raise NotFound("This version has no such style.")
    if name == DEFAULT_STYLE:
        raise Conflict(
            f"{name!r} is spoken in when no style is named; give it other clips instead.",
            code="default_style",
        )
    change = StyleChange(name=name, removes=True, consent=version.consent, requested_by_id=asker_id)
    _submit(actor, version, change, Action.STYLE_REMOVAL_REQUESTED)
    return change


@transaction.atomic
def record_style_refusal(actor: Actor, *, version: ModelVersion, code: str) -> None:
    """A gate refused a style for this version; in a transaction of its own, after the refusal."""
    record(actor, Action.STYLE_REFUSED, version, code=code)


@transaction.atomic
def refuse_style(actor: Actor, *, change: StyleChange, code: str) -> None:
    """A gate refused the result; the worker ends the job in this transaction."""
    record(actor, Action.STYLE_REFUSED, change, code=code)


@transaction.atomic
def complete_style(
    actor: Actor,
    *,
    change: StyleChange,
    bundle: StoredObject,
    written: Written,
    restyled: Restyled,
) -> ModelVersion:
    """Keep the bundle that was written as a candidate: the models of its source, other styles.

    The worker calls this within the transaction in which it holds and ends the job.

    Raises:
        ConsentRefused: a consent was revoked or ended meanwhile; nothing is kept.
        Conflict: the source was rejected or revoked meanwhile.
    """
    locked = StyleChange.objects.select_for_update(of=("self",)).get(pk=change.pk)
    if locked.version_id is not None:
        raise Conflict("This change has its version already.", code="already_completed")
    source, speaker = locked.source, locked.speaker
    consent = require_rights(locked, lock=True)
    segments = Segment.objects.filter(styles__change=locked).select_related("recording")
    clips = {lineage.node(row) for segment in segments for row in (segment, segment.recording)}
    version = add_candidate(
        actor,
        speaker=speaker,
        bundle=bundle,
        written=written,
        styles=restyled.styles,
        sources={
            Role.CONTINUED_FROM: [lineage.node(source)],
            Role.TRAINED_ON: [lineage.node(source.dataset)],
            Role.STYLED_AFTER: clips,
            Role.PERMITTED_BY: {lineage.node(source.consent), lineage.node(consent)},
            Role.STARTED_FROM: [lineage.node(source.base)],
            Role.ASKED_FOR_BY: [lineage.node(locked)],
        },
        note={"style_change": locked.public_id, "consent": consent.public_id},
        bundle_hash=restyled.bundle_hash,
        code_version=restyled.code_version,
        requested_by_id=locked.requested_by_id,
        consent=source.consent,
        base=source.base,
        base_hash=source.base_hash,
        dataset=source.dataset,
        dataset_hash=source.dataset_hash,
        metrics=source.metrics,
        mlflow_run_id=source.mlflow_run_id,
    )
    locked.version = version
    locked.save(update_fields=["version"])
    return version


def require_rights(change: StyleChange, *, lock: bool = False) -> ConsentRecord:
    """What a change rests on, asked for again by who carries it out.

    Raises:
        ConsentRefused: a consent was revoked or ended.
        Conflict: the source was rejected or revoked.
    """
    require_continuable(change.source, change.speaker)
    if change.removes:
        return gate.require_unrevoked(change.source.consent, lock=lock)
    return require_continued_consent(change.source, lock=lock)


def _require_allowed(actor: Actor, version: ModelVersion) -> UUID:
    """Who asks, if that person may have another version made from this one."""
    authorize(actor, Permission.FINETUNES_CREATE)
    speaker = version.voice_model.speaker
    access.require(actor, speaker, "manage")
    require_active(speaker)
    if actor.user_id is None:
        raise NotAllowed("A style is asked for by a person, so that another can approve it.")
    require_continuable(version, speaker)
    return actor.user_id


def _may_have(version: ModelVersion, name: str) -> bool:
    """Whether it has a style of this name; where that was not noted, the worker finds out."""
    if version.styles is None:
        return name.isprintable() and len(name) <= LONGEST_NAME
    return name in {style["name"] for style in version.styles}


def _with_timbre(
    clips: Sequence[Segment], timbre_clips: Sequence[Segment] | None
) -> dict[Segment, bool]:
    """Every clip once, and whether it gives its timbre; the first one gives the manner."""
    if not clips:
        raise Invalid("Name the clip that the style is spoken like.", field="clips")
    if timbre_clips is None:
        return dict.fromkeys(clips, True)
    if len(set(clips)) > 1:
        raise Invalid(
            "A style is spoken in the manner of one clip: with `timbre_clips`, name one in `clips`."
            " To mix their timbres, name all of them in `timbre_clips`.",
            field="clips",
        )
    return {clips[0]: False} | dict.fromkeys(timbre_clips, True)


def _require_usable(speaker: Speaker, clips: Sequence[Segment]) -> None:
    if len(clips) > MOST_CLIPS:
        raise Invalid(f"A style has {MOST_CLIPS} clips at most.", field="clips")
    lock_accepted(speaker, [clip.recording for clip in clips])
    for clip in clips:
        if not clip.included:
            raise Conflict(
                f"The segment {clip.public_id} was left out; include it first.",
                code="segment_left_out",
                segment=clip.public_id,
            )
        if not SHORTEST_MS <= clip.duration_ms <= LONGEST_MS:
            raise Invalid(
                f"The segment {clip.public_id} lasts {clip.duration_ms / 1000:.1f} s; name clips "
                f"of {SHORTEST_MS // 1000} to {LONGEST_MS // 1000} s.",
                field="clips",
            )


def _submit(actor: Actor, version: ModelVersion, change: StyleChange, action: Action) -> None:
    """Complete the row, and have a worker see to it."""
    change.tenant_id, change.source = version.tenant_id, version
    change.speaker = version.voice_model.speaker
    change.job = jobs.submit(
        actor, kind=JobKind.STYLE, tenant_id=change.tenant_id, subject_id=change.pk
    )
    change.save(force_insert=True)
    record(
        actor,
        action,
        change,
        speaker=change.speaker.public_id,
        version=version.public_id,
        consent=change.consent.public_id,
        job=change.job.public_id,
    )
