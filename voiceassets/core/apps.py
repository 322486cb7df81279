"""Django's entry to the bottom room; it has no tables."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "voiceassets.core"
    label = "core"
