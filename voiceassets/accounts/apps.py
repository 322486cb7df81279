"""Django's entry to this room."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "voiceassets.accounts"
    label = "accounts"
