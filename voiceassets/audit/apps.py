"""Django's entry to this room."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "voiceassets.audit"
    label = "audit"
