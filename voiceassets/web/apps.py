"""Django's entry to this room."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "voiceassets.web"
    label = "web"
