#!/usr/bin/env python3
"""Runs one management command of the platform."""

import os
import sys

from django.core.management import execute_from_command_line

from voiceassets.runtime.environment import adopt_embedded_stack
from voiceassets.runtime.layout import default_var

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceassets.settings")
    adopt_embedded_stack(default_var())
    execute_from_command_line(sys.argv)
