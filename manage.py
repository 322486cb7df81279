#!/usr/bin/env python3
"""Runs one management command of the platform."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceassets.settings")
    execute_from_command_line(sys.argv)
