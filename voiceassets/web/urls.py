"""The pages for browsers, under /account/.

Of allauth's pages those that have a use here: nobody signs up or changes their address alone.
"""

from __future__ import annotations

from allauth.account import views as account
from allauth.socialaccount import views as identities
from django.urls import include, path, re_path

from voiceassets.web import views

urlpatterns = [
    path("", views.account, name="account"),
    path("invitations/<str:secret>", views.follow_invitation, name="invitation"),
    path("invitation/", views.accept_invitation, name="accept_invitation"),
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("signup/", account.signup, name="account_signup"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
    path("identities/", identities.connections, name="socialaccount_connections"),
    path("identities/signup/", identities.signup, name="socialaccount_signup"),
    path("identities/cancelled/", identities.login_cancelled, name="socialaccount_login_cancelled"),
    path("identities/error/", identities.login_error, name="socialaccount_login_error"),
    path("", include("allauth.socialaccount.providers.openid_connect.urls")),
]
