"""Every address of the portal."""

from django.urls import URLPattern, URLResolver, include, path

from fairwatt.portal.pages.health import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("fairwatt.portal.pages.urls_public")),
    path("", include("fairwatt.portal.pages.urls_work")),
    path("health", health, name="health"),
    path("accounts/", include("allauth.urls")),
    path("tools/", include("fairwatt.tools.urls")),
    path("", include("fairwatt.api.urls_open")),
    path("api/", include("fairwatt.api.urls")),
]

handler400 = "fairwatt.portal.pages.errors.bad_request"
handler403 = "fairwatt.portal.pages.errors.forbidden"
handler404 = "fairwatt.portal.pages.errors.not_found"
handler500 = "fairwatt.portal.pages.errors.server_error"
