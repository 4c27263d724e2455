"""The WSGI entry point that granian serves."""

import os
import threading

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fairwatt.portal.settings")

application = get_wsgi_application()

from fairwatt.tools.urls import load_tools  # noqa: E402 - needs Django's settings

LOAD_AFTER_S = 2.0  # the first pages come before the tools, whose import takes a second or more
_loading = threading.Timer(LOAD_AFTER_S, load_tools)
_loading.daemon = True
_loading.start()
