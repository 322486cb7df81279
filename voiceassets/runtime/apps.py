"""Registers the embedded stack with Django, so that its management commands are found."""

from django.apps import AppConfig


class RuntimeConfig(AppConfig):
    name = "voiceassets.runtime"
    label = "runtime"
