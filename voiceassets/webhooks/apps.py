"""Django's entry to this room."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "voiceassets.webhooks"
    label = "webhooks"
