"""Django's entry to this room."""

from django.apps import AppConfig


class ProvenanceConfig(AppConfig):
    name = "voiceassets.provenance"
    label = "provenance"
