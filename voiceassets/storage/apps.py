"""Django's entry to this room."""

from django.apps import AppConfig


class StorageConfig(AppConfig):
    name = "voiceassets.storage"
    label = "storage"
