"""Django's entry to this room."""

from django.apps import AppConfig


class WorkersConfig(AppConfig):
    name = "voiceassets.workers"
    label = "workers"
