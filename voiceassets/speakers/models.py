"""The people whose voices a tenant keeps, and who may see, use or manage each voice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from guardian.managers import GroupObjectPermissionManager, UserObjectPermissionManager
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from voiceassets.core.managers import TenantManager
from voiceassets.core.models import TenantOwned
from voiceassets.core.states import Transitions
from voiceassets.speakers.personal import NameIndex, PersonalText


class SpeakerState(models.TextChoices):
    ACTIVE = "active"
    ARCHIVED = "archived"
    ERASING = "erasing"
    ERASED = "erased"


class Speaker(TenantOwned):
    """One voice. Consents, recordings, versions and assets hang from it.

    What it tells of a person is sealed, here and in the rows that hang from it: see `personal`.
    """

    PREFIX = "spk"
    TRANSITIONS: ClassVar[Transitions] = {
        SpeakerState.ACTIVE: frozenset({SpeakerState.ARCHIVED, SpeakerState.ERASING}),
        SpeakerState.ARCHIVED: frozenset({SpeakerState.ERASING}),
        SpeakerState.ERASING: frozenset({SpeakerState.ERASED}),
        SpeakerState.ERASED: frozenset(),
    }

    name = PersonalText(subject="pk")
    name_index = NameIndex(max_length=64, blank=True, editable=False)
    description = PersonalText(subject="pk", blank=True)
    languages = models.JSONField(default=list)
    state = models.CharField(
        max_length=16, choices=SpeakerState.choices, default=SpeakerState.ACTIVE.value
    )

    class Meta(TenantOwned.Meta):
        abstract = False
        permissions: ClassVar = [
            ("see_voice", "Know that this voice exists"),
            ("use_voice", "Let this voice speak"),
            ("manage_voice", "Record, train and keep this voice"),
        ]
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["tenant", "-id"], name="speakers_newest")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "name_index"],
                condition=models.Q(state=SpeakerState.ACTIVE),
                name="speakers_one_active_name",
            )
        ]

    def __str__(self) -> str:
        return str(self.name)


class VoiceGrants(TenantManager[Any]):
    """A grant belongs to the tenant of its voice, also when guardian's own functions write it."""

    def get_or_create(
        self, defaults: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> tuple[Any, bool]:
        tenant = {"tenant_id": kwargs["content_object"].tenant_id}
        return super().get_or_create({**(defaults or {}), **tenant}, **kwargs)


class UserGrants(VoiceGrants, UserObjectPermissionManager):
    """Grants to persons."""


class GroupGrants(VoiceGrants, GroupObjectPermissionManager):
    """Grants to groups."""


class SpeakerUserPermission(TenantOwned, UserObjectPermissionBase):
    """A person may do something with a voice (guardian, with a direct foreign key)."""

    content_object = models.ForeignKey(
        Speaker, on_delete=models.CASCADE, related_name="user_permissions"
    )

    objects: ClassVar[Any] = UserGrants()

    class Meta(TenantOwned.Meta, UserObjectPermissionBase.Meta):
        abstract = False


class SpeakerGroupPermission(TenantOwned, GroupObjectPermissionBase):
    """Everybody of a group may do something with a voice."""

    content_object = models.ForeignKey(
        Speaker, on_delete=models.CASCADE, related_name="group_permissions"
    )

    objects: ClassVar[Any] = GroupGrants()

    class Meta(TenantOwned.Meta, GroupObjectPermissionBase.Meta):
        abstract = False
