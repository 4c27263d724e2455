"""The WSGI entry point that granian serves."""

import os
import threading

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fairwatt.portal.settings")

application = get_wsgi_application()

from fairwatt.tools.dashkit.urls import load_tool  # noqa: E402 - needs Django's settings

# importing Dash takes a second or more: not while somebody waits for the first chart
threading.Thread(target=load_tool, args=("fairwatt.tools.explore.app",), daemon=True).start()
