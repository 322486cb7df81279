"""Django's entry to this room."""

from django.apps import AppConfig


class VoiceprintsConfig(AppConfig):
    name = "voiceassets.voiceprints"
    label = "voiceprints"
