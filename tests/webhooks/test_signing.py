"""Messages that the reference library verifies, under every secret in force."""

from __future__ import annotations

import time

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from voiceassets.webhooks import signing

BODY = '{"type":"asset.released","data":{"id":"ast_1"}}'


def signed(*secrets: str) -> dict[str, str]:
    return signing.headers(secrets, message_id="evt_1", at_s=int(time.time()), body=BODY)


def test_the_reference_library_verifies_it() -> None:
    secret = signing.new_secret()
    assert Webhook(secret).verify(BODY, signed(secret))["type"] == "asset.released"


def test_while_secrets_overlap_either_verifies_it() -> None:
    old, new = signing.new_secret(), signing.new_secret()
    for secret in (old, new):
        Webhook(secret).verify(BODY, signed(new, old))
    with pytest.raises(WebhookVerificationError):
        Webhook(signing.new_secret()).verify(BODY, signed(new, old))


def test_a_changed_body_is_noticed() -> None:
    secret = signing.new_secret()
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY.replace("ast_1", "ast_2"), signed(secret))


def test_a_sealed_secret_shows_nothing_and_comes_back() -> None:
    secret = signing.new_secret()
    sealed = signing.seal(secret)
    assert secret not in sealed
    assert signing.unseal(sealed) == secret
