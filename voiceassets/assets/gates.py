"""Every right that speech needs at once: the version's, the training's and the speaking's."""

from __future__ import annotations

from voiceassets.consent import gate as consent_gate
from voiceassets.consent.models import ConsentRecord, Purpose
from voiceassets.consent.terms import Use
from voiceassets.registry import gate as version_gate
from voiceassets.registry.models import ModelVersion
from voiceassets.speakers.models import Speaker


def require(
    version: ModelVersion,
    *,
    speaker: Speaker,
    use: Use,
    preview: bool = False,
    lock: bool = False,
) -> ConsentRecord:
    """The consent in force that lets this version speak for this use.

    A consent limited to some languages does not cover `auto`, which could be any. With `lock`
    all rows are held FOR SHARE, so that revoking one of them waits for the caller to commit. The
    consents come first: what withdraws versions after a revocation is then never waited for.

    Raises:
        ConsentRefused: no consent in force covers it, or the one trained under was revoked.
        VersionRefused: the version is not approved (nor, with `preview`, a candidate).
    """
    consent = require_consents(version, speaker=speaker, use=use, lock=lock)
    version_gate.require_speaking(version, preview=preview, lock=lock)
    return consent


def require_consents(
    version: ModelVersion, *, speaker: Speaker, use: Use, lock: bool = False
) -> ConsentRecord:
    """The part of `require` that also audio already made depends on."""
    return consent_gate.require_both(
        version.consent_id, speaker, Purpose.SYNTHESIZE, use, lock=lock
    )
