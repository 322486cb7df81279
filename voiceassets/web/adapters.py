"""Where allauth asks us: who may sign in, how often they may try, and what goes on record."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.db.models.functions import Now
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from voiceassets.accounts import lockout, secrets
from voiceassets.accounts.models import User
from voiceassets.audit.actions import Action
from voiceassets.core.addresses import client_address, is_address
from voiceassets.tenants.sign_ins import record_for
from voiceassets.web.pending import pending_invitation

NO_ADDRESS = "::"
# What allauth tells a person by mail is what a log must hold; anything else is mailed only.
NOTICES = {
    "account/email/password_changed": Action.PASSWORD_CHANGED,
    "account/email/password_set": Action.PASSWORD_CHANGED,
    "account/email/password_reset": Action.PASSWORD_RESET,
    "mfa/email/totp_activated": Action.AUTHENTICATOR_ADDED,
    "mfa/email/totp_deactivated": Action.AUTHENTICATOR_REMOVED,
    "mfa/email/recovery_codes_generated": Action.RECOVERY_CODES_MADE,
    "socialaccount/email/account_connected": Action.IDENTITY_CONNECTED,
    "socialaccount/email/account_disconnected": Action.IDENTITY_DISCONNECTED,
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Signing in with a password; nobody signs up but by invitation."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """What the list of sessions shows; a proxy that sends nonsense must not break it."""
        address = client_address(request)
        return address if is_address(address) else NO_ADDRESS

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        email, address = credentials.get("email", ""), client_address(request)
        try:
            lockout.begin(account=email, address=address)
        except lockout.LockedOut as refusal:
            record_for(_known(email), Action.SIGN_IN_REFUSED, code=refusal.code)
            raise self.validation_error("too_many_login_attempts") from refusal

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        user: User | None = super().authenticate(request, **credentials)
        if user is not None:
            address = client_address(request)
            lockout.succeeded(account=credentials.get("email", ""), address=address)
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        user = _known(credentials.get("email", ""))
        record_for(user, Action.SIGN_IN_REFUSED, code="wrong_password")

    def reauthenticate(self, user: User, password: str) -> bool:
        return self.authenticate(context.request, email=user.email, password=password) == user

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponseBase | None:
        if user.is_active and not user.is_service:
            return None
        record_for(user, Action.SIGN_IN_REFUSED, code="account_closed")
        response: HttpResponseBase = self.respond_user_inactive(request, user)
        return response

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        record_for(user, Action.SIGNED_IN)

    def logout(self, request: HttpRequest) -> None:
        user = _person(request)
        super().logout(request)
        if user:
            record_for(user, Action.SIGNED_OUT)

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Whoever has set a new password by mail need not wait for the old one's failures."""
        address = client_address(request)
        lockout.succeeded(account=credentials.get("email", ""), address=address)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Every change of how a person signs in comes by here, to tell them by mail."""
        action = NOTICES.get(template_prefix)
        if action:
            record_for(user, action)
            User.objects.filter(pk=user.pk).update(privileges_changed_at=Now())
        super().send_notification_mail(template_prefix, user, context, email or user.email)


class AuthenticatorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors, whose secrets are sealed before they are stored."""

    def encrypt(self, text: str) -> str:
        return secrets.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return secrets.unseal(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """An operator keeps the second factor that the operators' site asks for."""
        return not authenticator.user.is_superuser


class SessionsAdapter(DefaultUserSessionsAdapter):  # type: ignore[misc]
    """Ending one's sessions elsewhere."""

    def end_sessions(self, sessions: list[UserSession]) -> None:
        super().end_sessions(sessions)
        user = _person(context.request)
        if user and sessions:
            record_for(user, Action.SESSIONS_ENDED, count=len(sessions))


class IdentityAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Signing in through the company's provider of identities (OpenID Connect)."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """A new person enters only with an invitation to a mailbox the provider vouches for."""
        invitation = pending_invitation(request)
        verified = {e.email.casefold() for e in sociallogin.email_addresses if e.verified}
        if invitation and invitation.email.casefold() in verified:
            return True
        record_for(None, Action.SIGN_IN_REFUSED, code="not_invited")
        return False

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]
    ) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        user.name = (data.get("name") or user.email.partition("@")[0])[:120]
        return user

    def on_authentication_error(self, request: HttpRequest, provider: Any, **kwargs: Any) -> None:
        record_for(None, Action.SIGN_IN_REFUSED, code="identity_provider")


def _known(email: str) -> User | None:
    return User.objects.filter(email__iexact=email.strip()).first()


def _person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
