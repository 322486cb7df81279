"""Django's entry to this room."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "voiceassets.tenants"
    label = "tenants"
