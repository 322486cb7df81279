"""Columns that hold what is known about a person, sealed with that speaker's key.

A sealed value is `va1:` and the Base64 of speaker id, nonce and ciphertext. Reading opens it; once
the key is destroyed it reads as empty. Only `save()` and `bulk_create()` write one, and no query
can search for it.
"""

from __future__ import annotations

import base64
import json
from abc import abstractmethod
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import models

from voiceassets.core import envelope
from voiceassets.speakers import keys

MARK = "va1:"
ID_BYTES = 16
EMPTY: tuple[object, ...] = (None, "", [], {})


class NotSealed(TypeError):
    """Somebody tried to search for personal data, or to write it past `save()`."""


@dataclass(frozen=True)
class Writable:
    """What `pre_save` lets through to the database."""

    value: Any


def sealed(plain: bytes, *, subject_id: UUID, tenant_id: UUID) -> str:
    """Raises `PersonErased` when the speaker's key was destroyed."""
    key = keys.to_seal(subject_id, tenant_id)
    content = envelope.seal(key, plain, about=subject_id.bytes)
    return MARK + base64.urlsafe_b64encode(subject_id.bytes + content).decode()


def opened(token: str) -> bytes | None:
    """What was sealed, or None when the speaker's key was destroyed."""
    content = base64.urlsafe_b64decode(token.removeprefix(MARK))
    subject, content = content[:ID_BYTES], content[ID_BYTES:]
    key = keys.to_open(UUID(bytes=subject))
    return None if key is None else envelope.unseal(key, content, about=subject)


def name_index(tenant_id: UUID, name: str) -> str:
    """What a sealed name is found by, within its tenant; empty for no name."""
    return envelope.fingerprint(name, about=str(tenant_id)) if name else ""


class NameIndex(models.CharField):  # type: ignore[type-arg]
    """The `name_index` of the row's `name`, kept in step by every save."""

    def pre_save(self, model_instance: Any, add: bool) -> str:
        index = name_index(model_instance.tenant_id, model_instance.name)
        setattr(model_instance, self.attname, index)
        return index


class Sealed(models.Field):  # type: ignore[type-arg]
    """What both kinds of columns share. `subject` is the way from the row to its speaker's id."""

    def __init__(self, *args: Any, subject: str = "speaker_id", **options: Any) -> None:
        super().__init__(*args, **options)
        self.subject = subject

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "subject": self.subject}

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        value = getattr(model_instance, self.attname)
        if value in EMPTY:
            return value
        subject_id = attrgetter(self.subject)(model_instance)
        if subject_id is None:
            return Writable(value)
        tenant_id = model_instance.tenant_id
        return Writable(sealed(self.spelled(value), subject_id=subject_id, tenant_id=tenant_id))

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Writable):
            return value.value
        if value in EMPTY:
            return value
        raise NotSealed(f"{self.name} is sealed: save() writes it, and no query searches for it.")

    @abstractmethod
    def spelled(self, value: Any) -> bytes:
        """The value as the bytes that are sealed."""


class PersonalText(Sealed, models.TextField):  # type: ignore[type-arg]
    """Text about a person."""

    def spelled(self, value: Any) -> bytes:
        return str(value).encode()

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if value is None or not value.startswith(MARK):
            return value
        return (opened(value) or b"").decode()


class PersonalJSON(Sealed, models.JSONField):
    """A JSON value about a person; in a row without a speaker it is not sealed."""

    def spelled(self, value: Any) -> bytes:
        return json.dumps(value, cls=self.encoder).encode()

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        found = super().from_db_value(value, expression, connection)
        if not isinstance(found, str) or not found.startswith(MARK):
            return found
        plain = opened(found)
        return self.get_default() if plain is None else json.loads(plain)
