"""The web process."""

import os

from django.core.wsgi import get_wsgi_application

from core.serving.bodies import WholeBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
os.environ.setdefault("DATABASE_POOL", "on")  # This is the process that may pool.

application = WholeBodies(get_wsgi_application())
