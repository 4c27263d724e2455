"""The API of version 1, put together."""

from __future__ import annotations

from django.http import Http404
from ninja.errors import HttpError
from ninja.errors import ValidationError as RequestError

from fairwatt import __version__
from fairwatt.api.problems import handle
from fairwatt.api.v1 import account, catalogue, deposits, files, live, profiles, reviewing, trials, upkeep
from fairwatt.api.v1.declaring import Api, refuse_unknown_parameters
from fairwatt.core.errors import FairwattError

DESCRIPTION = """\
Find, read and share the project's data from a program.

Open data need no credentials. For the rest, make a token on your account page and send it as
`Authorization: Bearer fwt_…`. Instants are ISO 8601 with an offset; periods are half-open; sizes are bytes.
Whatever goes wrong is answered as `application/problem+json`: what, where, and what to do next.
"""

api = Api(
    title="Fairwatt",
    version=__version__,
    description=DESCRIPTION,
    urls_namespace="v1",
    docs_url=None,
    openapi_url="/openapi.json",
)
api.add_decorator(refuse_unknown_parameters)
# Operations on one path stand in one router: Django asks only the first that has it. That of live is readings' own.
for _module in (catalogue, files, live, deposits, profiles, reviewing, trials, upkeep, account):
    api.add_router("", _module.router)
for _kind in (FairwattError, RequestError, HttpError, Http404, Exception):
    api.exception_handler(_kind)(handle)
