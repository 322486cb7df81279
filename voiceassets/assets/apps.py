"""Django's entry to this room."""

from django.apps import AppConfig


class AssetsConfig(AppConfig):
    name = "voiceassets.assets"
    label = "assets"
