"""The web process: refuses to start on a database that could leak between tenants."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceassets.settings")

application = get_wsgi_application()

from voiceassets.core.isolation import require_isolation  # noqa: E402  (needs the app registry)

require_isolation()
