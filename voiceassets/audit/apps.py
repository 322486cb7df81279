"""Django's entry to this room."""

from django.apps import AppConfig
from django.core.checks import register


class AuditConfig(AppConfig):
    name = "voiceassets.audit"
    label = "audit"

    def ready(self) -> None:
        from voiceassets.audit.retention import check_retention  # needs the models

        register(check_retention)
