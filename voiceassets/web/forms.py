"""The forms that are ours: codes that are counted, and how a newcomer makes an account."""

from __future__ import annotations

from typing import Any

from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from voiceassets.accounts import lockout
from voiceassets.accounts.models import User
from voiceassets.audit.actions import Action
from voiceassets.core.addresses import client_address
from voiceassets.tenants.sign_ins import record_for


class Counted:
    """A form with a one-time code of `user`, which is guessed at as slowly as a password."""

    user: User

    def clean_code(self) -> str:
        tried = {"account": f"code {self.user.pk}", "address": client_address(context.request)}
        try:
            lockout.begin(**tried)
        except lockout.LockedOut as refusal:
            record_for(self.user, Action.SIGN_IN_REFUSED, code=refusal.code)
            raise forms.ValidationError(refusal.message) from refusal
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except forms.ValidationError:
            record_for(self.user, Action.SIGN_IN_REFUSED, code="wrong_code")
            raise
        lockout.succeeded(**tried)
        return code


class CodeForm(Counted, AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""


class CodeAgainForm(Counted, ReauthenticateForm):  # type: ignore[misc]
    """The same, of somebody signed in, before something delicate."""


class NewAccount(forms.Form):
    """What somebody invited says of themselves; their address is the invitation's."""

    name = forms.CharField(label=_("Your name"), max_length=120)
    password = forms.CharField(
        label=_("Password"),
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        newcomer = User(email=self.email, name=self.cleaned_data.get("name", ""))
        validate_password(password, user=newcomer)
        return password
