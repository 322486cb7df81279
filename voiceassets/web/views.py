"""The pages that are ours: a person's account, and how an invitation is accepted."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from voiceassets.accounts.models import User
from voiceassets.audit.actions import Action
from voiceassets.core.context import platform_scope
from voiceassets.core.errors import DomainError, NotFound
from voiceassets.tenants import invitations
from voiceassets.tenants.members import memberships_of
from voiceassets.tenants.models import Invitation
from voiceassets.tenants.sign_ins import record_for
from voiceassets.web.forms import NewAccount
from voiceassets.web.pending import forget_invitation, keep_invitation, pending_invitation


@require_GET
@never_cache
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Who is signed in, and where they belong."""
    assert isinstance(request.user, User), "signed in"
    with platform_scope():
        members = memberships_of(request.user.pk)
    page = {"members": members, "invitation": pending_invitation(request)}
    return render(request, "web/account.html", page)


@require_GET
@never_cache
def follow_invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Take the secret out of the address, so that neither history nor a log keeps it."""
    try:
        keep_invitation(request, invitations.find(secret))
    except NotFound:
        forget_invitation(request)
    return redirect("accept_invitation")


@require_http_methods(["GET", "POST"])
@never_cache
def accept_invitation(request: HttpRequest) -> HttpResponseBase:
    """Join the company: with the account one has, or with a new one."""
    invitation = pending_invitation(request)
    if invitation is None:
        return _invitation_page(request, None)
    if isinstance(request.user, User):
        if request.method == "POST":
            return _join(request, invitation, request.user)
        return _invitation_page(request, invitation)
    if User.objects.filter(email__iexact=invitation.email).exists():
        return _invitation_page(request, invitation)
    form = NewAccount(request.POST or None, email=invitation.email)
    if not form.is_valid():
        return _invitation_page(request, invitation, form)
    try:
        user = _newcomer(invitation, form)
    except (DomainError, IntegrityError):
        # Somebody was faster, with the same link or mailbox: the page tells how things are now.
        return redirect("accept_invitation")
    forget_invitation(request)
    response: HttpResponseBase = perform_login(request, user)
    return response


@never_cache
def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was not sent from our page, or from one too old."""
    user = request.user if isinstance(request.user, User) else None
    record_for(user, Action.ACCESS_DENIED, operation="form", code="csrf")
    return render(request, "web/forged.html", status=403)


@transaction.atomic
def _newcomer(invitation: Invitation, form: NewAccount) -> User:
    """An account for whoever the invitation was sent to, who is a member from the beginning."""
    user = User.objects.create_user(
        invitation.email, form.cleaned_data["password"], name=form.cleaned_data["name"]
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    invitations.accept(invitation, user=user)
    return user


def _join(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponse:
    try:
        invitations.accept(invitation, user=user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("accept_invitation")
    forget_invitation(request)
    messages.success(request, _("You have joined %s.") % invitation.tenant.name)
    return redirect("account")


def _invitation_page(
    request: HttpRequest, invitation: Invitation | None, form: NewAccount | None = None
) -> HttpResponse:
    """404 without an invitation: it was used, taken back, or nobody sent one."""
    page = {"invitation": invitation, "form": form}
    return render(request, "web/invitation.html", page, status=200 if invitation else 404)
