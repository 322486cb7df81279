"""Spoken evidence: which is still to be listened to, and what was heard in it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import QuerySet

from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.consent.models import ConsentRecord, ConsentState
from voiceassets.consent.statements import NEAR_ENOUGH_PERCENT
from voiceassets.core.context import Actor
from voiceassets.storage.models import ObjectState


@dataclass(frozen=True, kw_only=True)
class Check:
    """What listening to a spoken consent told; what nothing could tell is None.

    `words_percent` is how much of the wording a transcript holds, `words_doubt` why a phone
    recogniser does not believe that it is said. `voice_percent` is how far the voice is from the
    one of the recordings: by a calibrated encoder in hundredths of cosine distance, else 100 being
    as far as one voice is from itself. `voice_most_percent` is where another person begins, for
    what measured it (`voice_by`).
    """

    heard: str = ""
    words_by: str = ""
    words_percent: int | None = None
    words_doubt: str = ""
    voice_by: str = ""
    voice_percent: int | None = None
    voice_most_percent: int | None = None

    @property
    def is_doubted(self) -> bool:
        """Whether a person should listen before anything rests on this consent."""
        far = (
            self.voice_percent is not None
            and self.voice_most_percent is not None
            and self.voice_percent > self.voice_most_percent
        )
        few = self.words_percent is not None and self.words_percent < NEAR_ENOUGH_PERCENT
        return far or few or bool(self.words_doubt)


def to_listen_to(*, again: bool = False) -> QuerySet[ConsentRecord]:
    """The active consents of the tenant in scope that were given aloud; unheard ones first."""
    rows = ConsentRecord.objects.filter(
        state=ConsentState.ACTIVE,
        evidence__state=ObjectState.LIVE,
        evidence__content_type__regex="^(audio|video)/",
    )
    rows = rows if again else rows.filter(evidence_check__isnull=True)
    return rows.select_related("evidence", "speaker").order_by("id")


@transaction.atomic
def keep_check(actor: Actor, *, consent: ConsentRecord, check: Check) -> ConsentRecord:
    """Keep what was heard with the consent; the log holds the figures and no word."""
    locked = ConsentRecord.objects.select_for_update().get(pk=consent.pk)
    locked.evidence_check = asdict(check) | {"doubted": check.is_doubted}
    locked.save(update_fields=["evidence_check"])
    record(
        actor,
        Action.CONSENT_EVIDENCE_CHECKED,
        locked,
        words_percent=check.words_percent,
        voice_percent=check.voice_percent,
        doubted=check.is_doubted,
    )
    return locked
