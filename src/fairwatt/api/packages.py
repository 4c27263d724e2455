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


def send_package(request: HttpRequest, *, actor: Actor, code: str, at: datetime, key: str = "") -> HttpResponseBase:
    """Answer with the package of a trial that the asker may have.

    The address of a trial's package stands for whatever that is now: a part of it is given only to who says of which
    package they have the rest (``If-Range``, ``If-Match``), else the whole. ``Content-Location`` is of one package.

    Parameters
    ----------
    key
        Of the one package that is wanted; then any part can be had, while the asker may have just that.

    Returns
    -------
    What :func:`fairwatt.api.ranges.serve_file` answers with.
    """
    handed = hand_out_package(
        actor=actor, code=code, at=at, key=key, is_first=begins_download(request), is_download=request.method == "GET"
    )
    answer = serve_file(
        request,
        path=None,
        read=handed.zip.read,
        name=handed.filename,
        size=handed.zip.size,
        media_type=MEDIA_TYPE,
        etag=handed.etag,
        is_lasting=bool(key),
    )
    page = absolute(package_path(handed.row.trial.code, handed.row.key))
    described = f"{page.rstrip('/')}.certificate.json"
    answer["Content-Location"] = f"{page.rstrip('/')}.zip"
    answer["Link"] = (
        f'<{page}>; rel="collection"; type="text/html", <{described}>; rel="describedby"; type="application/json", '
        f'<{PROFILE}>; rel="profile"'
    )
    return answer
