"""Whether this server can do its work: for the start-up command and for monitoring."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from fairwatt import __version__


@never_cache
def health(_request: HttpRequest) -> JsonResponse:
    """Answer 200 where the database answers, 503 where it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "the database does not answer", "version": __version__}, status=503)
    return JsonResponse({"status": "ok", "version": __version__})
