"""People and service accounts, across tenants."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Now

from voiceassets.core import ids


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Someone who can act; what they may do comes from their membership in a tenant.

    A service account is no person: it has keys and never signs in. The key of every session is
    changed after `privileges_changed_at`. Only a superuser, the platform's operator, gets past
    the door of the operators' site.
    """

    PREFIX = "usr"

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    is_service = models.BooleanField(default=False)
    privileges_changed_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.email

    @property
    def public_id(self) -> str:
        return ids.encode(self.PREFIX, self.pk)


class SignInFailures(models.Model):
    """How often signing in has failed of late, for one account or from one network.

    `subject` is a keyed digest, so that the table names nobody.
    """

    subject = models.CharField(primary_key=True, max_length=64)
    failures = models.PositiveIntegerField(default=0)
    failed_at = models.DateTimeField(db_default=Now(), db_index=True)
    locked_until = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[SignInFailures]] = models.Manager()
