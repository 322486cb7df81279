"""Everything a person or key may be allowed to do, and the built-in roles."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """`room:verb`; a key's scopes are drawn from the same words."""

    ASSETS_DELETE = "assets:delete"
    ASSETS_DOWNLOAD = "assets:download"
    ASSETS_READ = "assets:read"
    ASSETS_REDERIVE = "assets:rederive"
    AUDIT_READ = "audit:read"
    AUDIT_SEARCH = "audit:search"
    CONSENTS_READ = "consents:read"
    CONSENTS_WRITE = "consents:write"
    DATASETS_READ = "datasets:read"
    DATASETS_WRITE = "datasets:write"
    FINETUNES_CREATE = "finetunes:create"
    FINETUNES_READ = "finetunes:read"
    HOLDS_READ = "holds:read"
    HOLDS_WRITE = "holds:write"
    JOBS_CANCEL = "jobs:cancel"
    JOBS_READ = "jobs:read"
    KEYS_READ = "keys:read"
    KEYS_WRITE = "keys:write"
    LABELS_EXEMPT = "labels:exempt"
    MEMBERS_READ = "members:read"
    MEMBERS_WRITE = "members:write"
    NO_GO_READ = "nogo:read"
    NO_GO_SIGN = "nogo:sign"
    NO_GO_WRITE = "nogo:write"
    RECORDINGS_READ = "recordings:read"
    RECORDINGS_REVIEW = "recordings:review"
    RECORDINGS_WRITE = "recordings:write"
    SPEAKERS_ERASE = "speakers:erase"
    SPEAKERS_GRANT = "speakers:grant"
    SPEAKERS_READ = "speakers:read"
    SPEAKERS_WRITE = "speakers:write"
    SYNTHESIS_CLONE = "synthesis:clone"
    SYNTHESIS_CREATE = "synthesis:create"
    USAGE_READ = "usage:read"
    VERSIONS_APPROVE = "versions:approve"
    VERSIONS_READ = "versions:read"
    VERSIONS_RETIRE = "versions:retire"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"


class Role(StrEnum):
    OWNER = "owner"
    BRAND_MANAGER = "brand_manager"
    WRITER = "writer"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    APP = "app"


READ = frozenset(p for p in Permission if p.endswith(":read"))
SPEAK = frozenset(
    {
        Permission.SPEAKERS_READ,
        Permission.VERSIONS_READ,
        Permission.SYNTHESIS_CREATE,
        Permission.ASSETS_READ,
        Permission.ASSETS_DOWNLOAD,
        Permission.JOBS_READ,
        Permission.JOBS_CANCEL,
    }
)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.BRAND_MANAGER: frozenset(Permission)
    - {Permission.HOLDS_WRITE, Permission.KEYS_WRITE, Permission.MEMBERS_WRITE},
    Role.WRITER: SPEAK,
    Role.AUDITOR: READ | {Permission.ASSETS_REDERIVE, Permission.AUDIT_SEARCH},
    Role.OPERATOR: (READ - {Permission.AUDIT_READ, Permission.KEYS_READ, Permission.MEMBERS_READ})
    | {
        Permission.RECORDINGS_WRITE,
        Permission.DATASETS_WRITE,
        Permission.FINETUNES_CREATE,
        Permission.JOBS_CANCEL,
    },
    Role.APP: SPEAK,
}

# These roles see every voice of the tenant; the others only voices granted to them.
ALL_VOICES = frozenset({Role.OWNER, Role.BRAND_MANAGER, Role.AUDITOR, Role.OPERATOR})


@dataclass(frozen=True, kw_only=True)
class Granted:
    """What a role lets its holder do, and whether with every voice of the tenant."""

    permissions: frozenset[Permission]
    all_voices: bool


def granted_by(
    role: str, *, permissions: Iterable[str] | None = None, all_voices: bool | None = None
) -> Granted:
    """What a built-in `role` grants; without one, what a custom role says, as far as it is known.

    Raises:
        ValueError: there is no such built-in role.
    """
    if role:
        built_in = Role(role)
        return Granted(permissions=ROLE_PERMISSIONS[built_in], all_voices=built_in in ALL_VOICES)
    words = frozenset(permissions or ())
    return Granted(
        permissions=frozenset(p for p in Permission if p in words), all_voices=bool(all_voices)
    )
