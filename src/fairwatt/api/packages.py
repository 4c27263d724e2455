"""Send a trial's data package: whole, or any part of it, under a tag that is of just these bytes."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from fairwatt.api.handing_out import begins_download
from fairwatt.api.ranges import serve_file
from fairwatt.services.actors import Actor
from fairwatt.services.links import absolute
from fairwatt.services.trial_packages import hand_out_package, package_path

MEDIA_TYPE = "application/zip"
PROFILE = "https://w3id.org/ro/crate"


def send_package(request: HttpRequest, *, actor: Actor, code: str, at: datetime) -> HttpResponseBase:
    """Answer with the package of a trial that the asker may have.

    Returns
    -------
    What :func:`fairwatt.api.ranges.serve_file` answers with.
    """
    handed = hand_out_package(
        actor=actor, code=code, at=at, is_first=begins_download(request), is_download=request.method == "GET"
    )
    answer = serve_file(
        request,
        path=None,
        read=handed.zip.read,
        name=handed.filename,
        size=handed.zip.size,
        media_type=MEDIA_TYPE,
        etag=handed.etag,
    )
    page = absolute(package_path(handed.row.trial.code, handed.row.key))
    described = f"{page.rstrip('/')}.certificate.json"
    answer["Link"] = (
        f'<{page}>; rel="collection"; type="text/html", <{described}>; rel="describedby"; type="application/json", '
        f'<{PROFILE}>; rel="profile"'
    )
    return answer
