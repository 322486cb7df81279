"""What operators see and may change: accounts, companies, and the rows of the one they entered."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from voiceassets.accounts.closing import close
from voiceassets.accounts.models import User
from voiceassets.audit.actions import Action
from voiceassets.audit.models import Event
from voiceassets.core.context import Actor, ActorKind
from voiceassets.tenants import services
from voiceassets.tenants.models import ApiKey, CustomRole, Invitation, Membership, Tenant
from voiceassets.tenants.sign_ins import record_for

ENTERED_KEY = "operators_company"


def entered_company(request: HttpRequest) -> UUID | None:
    """The company whose rows this session may see now."""
    company, until = request.session.get(ENTERED_KEY, ("", 0.0))
    return UUID(company) if until > time.time() else None


def operator_of(request: HttpRequest) -> Actor:
    """Who acts on a company by right of the platform."""
    assert isinstance(request.user, User), "the site let them in"
    return Actor(
        kind=ActorKind.SYSTEM,
        id=f"operator {request.user.public_id}",
        tenant_id=None,
        user_id=request.user.pk,
        all_voices=True,
    )


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """A list and a page of each row; nothing is added, changed or deleted past the services."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OfCompany(ReadOnly):
    """Rows of the company that was entered; without one, there is nothing here."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return entered_company(request) is not None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


class Accounts(ReadOnly):
    """Everybody who can sign in; outside of companies, whose logs are told when one is closed."""

    list_display = ("email", "name", "is_active", "is_superuser", "is_service", "last_login")
    list_filter = ("is_active", "is_superuser", "is_service")
    search_fields = ("email", "name")
    fields = (*list_display, "created_at", "privileges_changed_at")
    actions = ("close_accounts",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return entered_company(request) is None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.action(description="Close the accounts", permissions=["view"])
    def close_accounts(self, request: HttpRequest, accounts: QuerySet[User]) -> None:
        by = operator_of(request).id
        for user in accounts:
            if user != request.user and close(user):
                record_for(user, Action.ACCOUNT_CLOSED, by=by)


class Companies(ReadOnly):
    """Every company by its name; limits of the one that was entered."""

    list_display = ("slug", "name", "characters_per_month", "concurrent_requests", "created_at")
    search_fields = ("slug", "name")
    fields = ("slug", "name", "characters_per_month", "concurrent_requests", "created_at")
    readonly_fields = ("slug", "name", "created_at")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and obj.pk == entered_company(request)

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:
        services.set_limits(
            operator_of(request),
            tenant=obj,
            characters_per_month=obj.characters_per_month,
            concurrent_requests=obj.concurrent_requests,
        )

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """The company's own log has it."""


class Members(OfCompany):
    list_display = ("public_id", "user", "role", "custom_role")
    list_select_related = ("user", "custom_role")


class Keys(OfCompany):
    list_display = ("public_id", "name", "user", "hint", "expires_at", "revoked_at", "last_used_at")
    list_select_related = ("user",)
    exclude = ("secret_hash",)


class Roles(OfCompany):
    list_display = ("public_id", "name", "permissions", "all_voices")


class Invitations(OfCompany):
    list_display = ("public_id", "email", "role", "expires_at", "accepted_at", "revoked_at")
    exclude = ("secret_hash",)


class Log(OfCompany):
    list_display = ("seq", "occurred_at", "action", "actor_kind", "actor_id", "object_id")
    ordering = ("-seq",)


PAGES: dict[type[Model], type[ReadOnly]] = {
    User: Accounts,
    Tenant: Companies,
    Membership: Members,
    ApiKey: Keys,
    CustomRole: Roles,
    Invitation: Invitations,
    Event: Log,
}
