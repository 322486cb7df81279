"""The face of this room: asking for speech, releasing it, and taking it back."""

from voiceassets.assets.lexicons import get_lexicon, replace_lexicon
from voiceassets.assets.receipts import issue_due
from voiceassets.assets.release import (
    Spoken,
    abandon,
    download,
    record_download_refusal,
    refuse,
    release,
)
from voiceassets.assets.requests import record_refusal, request_synthesis
from voiceassets.assets.withdrawal import delete_asset, revoke_assets_of

__all__ = [
    "Spoken",
    "abandon",
    "delete_asset",
    "download",
    "get_lexicon",
    "issue_due",
    "record_download_refusal",
    "record_refusal",
    "refuse",
    "release",
    "replace_lexicon",
    "request_synthesis",
    "revoke_assets_of",
]
