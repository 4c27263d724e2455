"""The addresses of CKAN's Action API, and of its pages for datasets, which lead to ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from fairwatt import __version__
from fairwatt.api.authentication import authenticate
from fairwatt.api.ckan import groups, packages
from fairwatt.api.ckan.answers import NOT_ALLOWED, NOT_FOUND, CkanError, write_error, write_result, write_unknown
from fairwatt.api.ckan.arguments import Arguments
from fairwatt.api.ckan.calls import Call
from fairwatt.api.edge import protocol_view
from fairwatt.core.errors import FairwattError
from fairwatt.core.metadata import find_licensing
from fairwatt.core.metadata.ckan import licence_id
from fairwatt.core.metadata.licences import Licensing
from fairwatt.services.actors import Actor
from fairwatt.services.projects import get_project

VERSION = "2.11.0"  # of CKAN, as which clients may treat this
Action = Callable[[Call], Any]
_WRITES = ("_create", "_update", "_delete", "_patch", "_purge", "_revise", "_upsert")


def status_show(call: Call) -> dict[str, Any]:
    """What this site is."""
    branding = get_project().branding
    del call
    return {
        "ckan_version": VERSION,
        "site_url": settings.BASE_URL,
        "site_description": branding.tagline,
        "site_title": branding.name,
        "error_emails_to": branding.contact_email or None,
        "locale_default": "en_GB",
        "extensions": ["fairwatt"],
        "fairwatt_version": __version__,
    }


def site_read(call: Call) -> bool:
    """Whether the asker may read: everybody may."""
    del call
    return True


def license_list(call: Call) -> list[dict[str, Any]]:
    """The licences under which datasets may be shared here."""
    del call
    found = []
    for licence in get_project().licences:
        known = find_licensing(licence.code) or Licensing(code=licence.code)
        found.append(
            {
                "id": licence_id(known),
                "title": licence.title,
                "url": licence.url or known.url,
                "status": "active",
                "is_okd_compliant": licence.open,
                "is_osi_compliant": False,
                "od_conformance": "approved" if licence.open else "not reviewed",
                "osd_conformance": "not reviewed",
                "domain_content": False,
                "domain_data": licence.open,
                "domain_software": False,
                "family": "",
                "maintainer": "",
            }
        )
    return found


def help_show(call: Call) -> str | None:
    """What an action does."""
    name = call.arguments.required("name")
    if name not in ACTIONS:
        raise CkanError(NOT_FOUND, f"Not found: Action name not known: {name[:60]}")
    return ACTIONS[name].__doc__


def no_vocabulary(call: Call) -> None:
    """Refuse: there are no vocabularies."""
    del call
    raise CkanError(NOT_FOUND, "Not found: there are no vocabularies here.")


ACTIONS: Mapping[str, Action] = {
    "status_show": status_show,
    "site_read": site_read,
    "help_show": help_show,
    "package_list": packages.package_list,
    "package_search": packages.package_search,
    "package_show": packages.package_show,
    "current_package_list_with_resources": packages.current_package_list_with_resources,
    "package_autocomplete": packages.package_autocomplete,
    "package_relationships_list": packages.nothing,
    "resource_show": packages.resource_show,
    "resource_view_list": packages.nothing,
    "organization_list": groups.organization_list,
    "organization_show": groups.organization_show,
    "organization_list_for_user": packages.nothing,
    "group_list": groups.group_list,
    "group_show": groups.group_show,
    "group_list_authz": packages.nothing,
    "tag_list": groups.tag_list,
    "tag_show": groups.tag_show,
    "license_list": license_list,
    "vocabulary_list": packages.nothing,
    "vocabulary_show": no_vocabulary,
}


@protocol_view
def answer(request: HttpRequest, action: str) -> HttpResponse:
    """Do an action, by GET or POST."""
    if request.method not in {"GET", "HEAD", "POST"}:
        return HttpResponse(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "GET, HEAD, POST"})
    try:
        actor = _authenticate(request)
        if action not in ACTIONS:
            if action.endswith(_WRITES):
                raise CkanError(
                    NOT_ALLOWED,
                    f"Access denied: this API is to be read. Data are logged at {settings.BASE_URL}/share/ "
                    "or with the REST API.",
                )
            return write_unknown(action)
        arguments = Arguments.of(request)
        return write_result(action, ACTIONS[action](Call(arguments, actor, timezone.now())))
    except (CkanError, FairwattError) as error:
        return write_error(action, error)


@protocol_view
@require_safe
def version(request: HttpRequest) -> HttpResponse:
    """Say which version of the API this is."""
    del request
    return JsonResponse({"version": 3})


def _authenticate(request: HttpRequest) -> Actor:
    """CKAN's clients send their key bare, and some by another header."""
    given = request.headers.get("Authorization", "") or request.headers.get("X-CKAN-API-Key", "")
    return authenticate(request, "read", key=given.strip().removeprefix("Bearer ").strip(), bulk=True)


@require_safe
def lead_to_dataset(request: HttpRequest, key: str, ending: str = "") -> HttpResponse:
    """Lead from CKAN's address of a dataset to its page, or to a form of it; whether there is one is said there."""
    del request
    form = {"xml": "rdf"}.get(ending, ending)
    return HttpResponseRedirect(f"/datasets/{quote(key)}.{form}" if form else f"/datasets/{quote(key)}/")


@require_safe
def lead_to_resource(request: HttpRequest, key: str, resource: str) -> HttpResponse:
    """Lead from CKAN's address of a resource to the page of the file, or of the dataset whose readings it is."""
    del request
    is_file = "-" not in resource
    return HttpResponseRedirect(f"/files/{quote(resource)}/" if is_file else f"/datasets/{quote(key)}/")


@require_safe
def lead_to_catalogue(request: HttpRequest) -> HttpResponse:
    """Lead from CKAN's search page to ours."""
    words = request.GET.get("q", "")
    return HttpResponseRedirect(f"/catalogue/?q={quote(words)}" if words else "/catalogue/")
