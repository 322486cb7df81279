"""Asking for speech: who may, with which version, by what right."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from voiceassets.assets import cloning, gates, labelling, lexicons
from voiceassets.assets.cloning import SentClip
from voiceassets.assets.delivery import Delivery, require_speakable
from voiceassets.assets.labelling import Wish
from voiceassets.assets.models import Asset, AudioFormat, SynthesisRequest
from voiceassets.audit.actions import Action
from voiceassets.audit.services import event_of, record
from voiceassets.consent.terms import Use, require_spelled
from voiceassets.core.context import Actor
from voiceassets.core.errors import Invalid
from voiceassets.core.statements import insert
from voiceassets.jobs import services as jobs
from voiceassets.jobs.kinds import JobKind
from voiceassets.registry import selectors as registry
from voiceassets.registry.gate import VersionRefused, require_approved, require_style
from voiceassets.registry.models import ModelVersion, VersionState
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker
from voiceassets.speakers.services import require_active
from voiceassets.tenants import metering
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import allows, authorize

AUTO = "auto"


def request_synthesis(
    actor: Actor,
    *,
    speaker: Speaker,
    text: str,
    language: str = AUTO,
    style: str = "default",
    version: ModelVersion | None = None,
    delivery: Delivery | None = None,
    format: str = AudioFormat.WAV,  # noqa: A002  the word of the API, the model and the file
    batch: bool = False,
    streamed: bool = False,
    territory: str = "",
    channel: str = "",
    commercial: bool = False,
    clip: SentClip | None = None,
    label: Wish | None = None,
) -> SynthesisRequest:
    """Have `speaker` say `text` with the approved version, or a candidate to somebody who approves.

    All of it is written at once, at the end, in the caller's transaction.
    `territory` and `channel` say where it is meant to be heard: a consent that is limited to some
    covers only speech that names one of them.

    Raises:
        Refused: a gate says no; the door records that with `record_refusal` once this rolled back.
    """
    text = require_speakable(text)
    fields = admit(
        actor,
        speaker=speaker,
        version=version,
        style=style,
        format=format,
        use=Use(
            language=language,
            territory=territory,
            channel=channel,
            commercial=commercial,
            cloned=clip is not None,
        ),
    )
    settings = (delivery or Delivery()).as_settings()
    request = SynthesisRequest(
        text=text,
        lexicon=lexicons.words_for(speaker, text),
        settings=settings,
        streamed=streamed,
        **fields,
    )
    labelling.apply(actor, request, label or Wish())
    if clip is not None:
        cloning.attach(actor, request, clip)
    reserved = metering.reserved(
        actor, speaker_id=speaker.pk, characters={request.pk: len(text)}, batch=batch
    )
    request.job = jobs.queued(
        actor,
        kind=JobKind.SYNTHESIZE_BATCH if batch else JobKind.SYNTHESIZE,
        tenant_id=speaker.tenant_id,
        subject_id=request.pk,
    )
    asset = Asset(tenant_id=speaker.tenant_id, request=request)
    requested = event_of(
        actor,
        Action.SYNTHESIS_REQUESTED,
        request,
        speaker=speaker.public_id,
        version=request.version.public_id,
        consent=request.consent.public_id,
        asset=asset.public_id,
        job=request.job.public_id,
        language=language,
        characters=len(text),
        preview=request.preview,
        **({"clip_sha256": clip.written.sha256} if clip else {}),
    )
    insert(*reserved, request.job, request, asset, requested)
    labelling.record_exemption(actor, request)
    return request


def admit(
    actor: Actor,
    *,
    speaker: Speaker,
    version: ModelVersion | None,
    style: str,
    format: str,  # noqa: A002
    use: Use,
) -> dict[str, Any]:
    """Everything about a request but its text and settings, when every gate lets it pass.

    An explicit `version` was read in the caller's transaction.

    Raises:
        Refused: a gate says no.
    """
    authorize(actor, Permission.SYNTHESIS_CREATE)
    access.require(actor, speaker, "use")
    require_active(speaker)
    if format not in AudioFormat.values:
        raise Invalid(f"format must be one of {', '.join(AudioFormat.values)}.", field="format")
    chosen = _version(speaker, version)
    require_style(chosen, style)
    preview = chosen.state == VersionState.CANDIDATE and allows(actor, Permission.VERSIONS_APPROVE)
    require_spelled(territory=use.territory or "", channel=use.channel or "")
    consent = gates.require_consents(chosen, speaker=speaker, use=use)
    require_approved(chosen, preview=preview)
    return {
        "tenant_id": speaker.tenant_id,
        "speaker": speaker,
        "version": chosen,
        "consent": consent,
        "style": style,
        "format": format,
        "preview": preview,
        "requested_by_id": actor.user_id,
        "language": use.language or AUTO,
        "territory": use.territory or "",
        "channel": use.channel or "",
        "commercial": use.commercial,
    }


@transaction.atomic
def record_refusal(actor: Actor, *, speaker: Speaker, code: str) -> None:
    """A gate refused to have this voice speak; in a transaction of its own, after the refusal."""
    record(actor, Action.SYNTHESIS_REFUSED, speaker, code=code)


def _version(speaker: Speaker, version: ModelVersion | None) -> ModelVersion:
    if version is not None and version.voice_model.speaker_id != speaker.pk:
        raise Invalid("This version is of another speaker.", field="version")
    chosen = version or registry.production_version(speaker)
    if chosen is None:
        raise VersionRefused("This voice has no approved version yet; have one approved first.")
    return chosen
