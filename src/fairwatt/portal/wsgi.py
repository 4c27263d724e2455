"""The WSGI entry point that granian serves."""

import os
import threading
from importlib import import_module

from django.conf import settings
from django.core.signals import request_started
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fairwatt.portal.settings")

application = get_wsgi_application()

from fairwatt.services.lakes import get_lake  # noqa: E402 - needs Django's settings
from fairwatt.services.tables import wait_for_tables  # noqa: E402 - needs Django's settings
from fairwatt.tools.urls import load_tools  # noqa: E402 - needs Django's settings

LOAD_AFTER_S = 2.0  # the first pages come before the tools, whose import takes a second or more


def _load_tools() -> None:
    load_tools()
    get_lake().wake()  # so that the first chart need not wait for its engine


def _load_tools_soon(**_: object) -> None:
    """At the first request, which says that people may come: let the tools be imported beside the first pages."""
    if request_started.disconnect(_load_tools_soon):
        loading = threading.Timer(LOAD_AFTER_S, _load_tools)
        loading.daemon = True
        loading.start()


request_started.connect(_load_tools_soon)
import_module(settings.ROOT_URLCONF)  # takes a while, in which the tables are brought up to date
wait_for_tables()
