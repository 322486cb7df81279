"""Django's entry to this room."""

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "voiceassets.consent"
    label = "consent"
