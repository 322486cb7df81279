"""The site of the platform's operators: accounts and companies; one company's rows, once entered.

Only a superuser whose account has a second factor gets in. Rows of companies are seen for one
company at a time: it is entered on purpose, for an hour, and its log says so. Every page is built
inside that company's scope, so that row-level security holds here like anywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.validators import RegexValidator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, URLResolver, path, reverse

from voiceassets.accounts.models import User
from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.core.context import tenant_scope
from voiceassets.tenants.models import Tenant
from voiceassets.tenants.sign_ins import record_for
from voiceassets.web.operator_pages import ENTERED_KEY, PAGES, entered_company, operator_of

STAY_S = 3600
View = Callable[..., HttpResponseBase]


class EnterCompany(forms.Form):
    """Which company, and the ticket that says why."""

    company = forms.ModelChoiceField(Tenant.objects.order_by("slug"))
    ticket = forms.CharField(
        max_length=40,
        validators=[RegexValidator(r"\A[A-Za-z0-9._-]+\Z", "Letters, digits, dots and dashes.")],
        help_text="The number of the request that asks for it; the company's log shows it.",
    )


class OperatorsSite(admin.AdminSite):
    site_header = site_title = "Voice Assets: operators"
    index_title = "Platform"
    index_template = "web/operators/index.html"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return (
            isinstance(user, User) and user.is_active and user.is_superuser and is_mfa_enabled(user)
        )

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Where somebody is sent who may not enter."""
        user = request.user
        if not isinstance(user, User):
            return redirect_to_login(reverse("operators:index"))
        if self.has_permission(request):
            return redirect("operators:index")
        missing = "second_factor" if user.is_superuser else "operator"
        record_for(user, Action.ACCESS_DENIED, operation="operators", code=f"no_{missing}")
        if not user.is_superuser:
            raise Http404
        messages.info(request, "Operators need a second factor; set one up first.")
        return redirect("mfa_activate_totp")

    def get_urls(self) -> list[URLResolver | URLPattern]:
        own: list[URLResolver | URLPattern] = [
            path("company/", super().admin_view(self.enter), name="enter"),
            path("company/leave/", super().admin_view(self.leave), name="leave"),
        ]
        return own + super().get_urls()

    def admin_view(self, view: View, cacheable: bool = False) -> Any:
        """Build the page, and render it, inside the scope of the company that was entered."""

        @wraps(view)
        def scoped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            entered = entered_company(request)
            if entered is None:
                return view(request, *args, **kwargs)
            with tenant_scope(entered):
                response = view(request, *args, **kwargs)
                render_now = getattr(response, "render", None)
                return render_now() if render_now else response

        return super().admin_view(scoped, cacheable)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        entered = entered_company(request)
        company = Tenant.objects.filter(pk=entered).first() if entered else None
        return {**super().each_context(request), "company": company}

    def enter(self, request: HttpRequest) -> HttpResponse:
        """Enter a company: from now on, and for an hour, its rows are shown."""
        form = EnterCompany(request.POST or None)
        if not form.is_valid():
            page = {**self.each_context(request), "form": form, "title": "Enter a company"}
            return render(request, "web/operators/enter.html", page)
        company, ticket = form.cleaned_data["company"], form.cleaned_data["ticket"]
        with tenant_scope(company.pk):
            record(operator_of(request), Action.TENANT_ENTERED, company, ticket=ticket)
        request.session[ENTERED_KEY] = [str(company.pk), time.time() + STAY_S]
        return redirect("operators:index")

    def leave(self, request: HttpRequest) -> HttpResponse:
        request.session.pop(ENTERED_KEY, None)
        return redirect("operators:index")


site = OperatorsSite(name="operators")
for model, page in PAGES.items():
    site.register(model, page)
