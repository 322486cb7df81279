"""The face of this room: recording a consent, giving it its evidence, and letting it end."""

from voiceassets.consent.ending import expire_due, give_notice, revoke
from voiceassets.consent.granting import attach_evidence, record_consent

__all__ = ["attach_evidence", "expire_due", "give_notice", "record_consent", "revoke"]
