"""Every address of the portal."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("fairwatt.portal.pages.urls_public")),
    path("accounts/", include("allauth.urls")),
]
for _prefix, _module in (
    ("", "fairwatt.portal.pages.urls_work"),
    ("tools/", "fairwatt.tools.urls"),
    ("api/", "fairwatt.api.urls"),
):
    if find_spec(_module):
        urlpatterns.append(path(_prefix, include(_module)))

handler400 = "fairwatt.portal.pages.errors.bad_request"
handler403 = "fairwatt.portal.pages.errors.forbidden"
handler404 = "fairwatt.portal.pages.errors.not_found"
handler500 = "fairwatt.portal.pages.errors.server_error"
