"""Django's entry to this room."""

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from voiceassets.provenance.laws import LAWS


class ProvenanceConfig(AppConfig):
    name = "voiceassets.provenance"
    label = "provenance"

    def ready(self) -> None:
        unknown = set(settings.LABEL_LAWS) - LAWS.keys()
        if unknown:
            raise ImproperlyConfigured(
                f"LABEL_LAWS names {', '.join(sorted(unknown))}; known are {', '.join(LAWS)}."
            )
