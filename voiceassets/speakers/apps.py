"""Django's entry to this room."""

from django.apps import AppConfig


class SpeakersConfig(AppConfig):
    name = "voiceassets.speakers"
    label = "speakers"
