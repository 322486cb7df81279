"""Django's entry to the REST door; it has no tables."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "voiceassets.api"
    label = "api"
