"""Who is calling: an API key in `Authorization: Bearer va_live_…`, or in `xi-api-key`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from voiceassets.core.addresses import client_address, network_of
from voiceassets.core.context import Actor, ActorKind
from voiceassets.core.errors import Unauthenticated
from voiceassets.tenants import keys

SCHEME = "Bearer"
# Where ElevenLabs' clients put it.
KEY_HEADER = "xi-api-key"


@dataclass(frozen=True, kw_only=True)
class Principal:
    """What the framework calls `request.user`: the actor behind the key."""

    actor: Actor
    is_authenticated: bool = True


def principal_of(request: Request) -> Principal:
    """Who is calling. Without a key it is nobody, known by their network; few may be."""
    principal: Any = request.user
    if isinstance(principal, Principal):
        return principal
    network = network_of(client_address(request))
    nobody = Actor(kind=ActorKind.USER, id=f"anonymous:{network}", tenant_id=None)
    return Principal(actor=nobody, is_authenticated=False)


class KeyAuthentication(BaseAuthentication):
    """Raises `Unauthenticated` for a key that opens nothing; no key at all is judged later."""

    def authenticate(self, request: Request) -> tuple[Principal, None] | None:
        header = request.headers.get("Authorization", "")
        if not header:
            token = request.headers.get(KEY_HEADER, "")
            return _principal(request, token) if token else None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != SCHEME.lower():
            raise Unauthenticated(f"Send the key as `Authorization: {SCHEME} va_live_…`.")
        return _principal(request, token.strip())

    def authenticate_header(self, request: Request) -> str:
        return SCHEME


def _principal(request: Request, token: str) -> tuple[Principal, None]:
    return Principal(actor=keys.authenticate(token, address=client_address(request))), None
