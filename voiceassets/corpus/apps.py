"""Django's entry to this room."""

from django.apps import AppConfig


class CorpusConfig(AppConfig):
    name = "voiceassets.corpus"
    label = "corpus"
