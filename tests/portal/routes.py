"""Every address of the portal and its API, each with its kind: who is to have it."""

from __future__ import annotations

import re

from fairwatt.core.metadata import forms

FORMS = "|".join(re.escape(form.ending) for form in forms.FORMS)
FOR_ALL = "shown to everyone; where it lists datasets, only those the asker may know of"
METADATA = "what a dataset or file is: whoever may know of it"
LEADS = "leads to a dataset or file: whoever may know of it"
DATA = "readings or bytes: whoever may have the data"
ENTRY = "an entry of the log: its depositor, their organisation, managers"
BACK_OFFICE = "the data managers'"
OWNERS = "a dataset's own people: its provider's, and managers"
SIGNED_IN = "one's own things: whoever has signed in"
MEMBERS = "an organisation's people: its members and managers"
CHANGES = "only changes things: see the test of those who may not"
ENTRANCE = "signing in and up, by allauth: nothing of datasets"
NOTHING = "answers that there is nothing, or is no page of its own"

ROUTES: dict[str, tuple[str, str]] = {  # route of the resolver: its kind, an address of it
    "": (FOR_ALL, "/"),
    "catalogue/": (FOR_ALL, "/catalogue/?q=tariff"),
    "catalogue/foreground/": (FOR_ALL, "/catalogue/foreground/"),
    "catalogue/background/": (FOR_ALL, "/catalogue/background/"),
    r"^catalogue/(?P<origin>foreground|background)\.(?P<ending>csv|json)$": (FOR_ALL, "/catalogue/foreground.csv"),
    r"^catalogue\.(?P<ending>ttl|rdf|xml|jsonld|atom)$": (FOR_ALL, "/catalogue.ttl?modified_since=2020-01-01"),
    r"^catalogue/(?P<origin>foreground|background)\.(?P<ending>ttl|rdf|xml|jsonld|atom)$": (
        FOR_ALL,
        "/catalogue/foreground.atom",
    ),
    "^api/(?:3/)?action/(?P<action>[a-z_]+)/?$": (FOR_ALL, "/api/3/action/package_search?rows=100"),
    "^api/3/?$": (FOR_ALL, "/api/3/"),
    "^dataset/?$": (NOTHING, ""),  # leads to the catalogue; the next two whether or not there is such a dataset
    r"^dataset/(?P<key>[a-z0-9]+)(?:\.(?P<ending>ttl|rdf|xml|jsonld)|/?)$": (NOTHING, ""),
    "^dataset/(?P<key>[a-z0-9]+)/resource/(?P<resource>[a-z0-9-]+)/?$": (NOTHING, ""),
    "robots.txt": (FOR_ALL, "/robots.txt"),
    "sitemap.xml": (FOR_ALL, "/sitemap.xml"),
    "sitemaps/pages.xml": (FOR_ALL, "/sitemaps/pages.xml"),
    r"^sitemaps/(?P<kind>datasets|files)-(?P<number>[0-9]{1,12})\.xml$": (FOR_ALL, "/sitemaps/datasets-0.xml"),
    "^oai/?$": (FOR_ALL, "/oai?verb=ListRecords&metadataPrefix=oai_dc"),
    "datasets/<slug:key>/": (METADATA, "/datasets/{key}/"),
    "datasets/<slug:key>/live/": (OWNERS, "/datasets/{key}/live/"),
    "datasets/<slug:key>/check-link/": (CHANGES, "/datasets/{key}/check-link/"),
    "datasets/<slug:key>/live/open/": (CHANGES, "/datasets/{key}/live/open/"),
    "datasets/<slug:key>/live/close/": (CHANGES, "/datasets/{key}/live/close/"),
    "datasets/<slug:key>/live/tokens/<int:token_id>/revoke/": (CHANGES, "/datasets/{key}/live/tokens/{token}/revoke/"),
    "datasets/<slug:key>/health/": (DATA, "/datasets/{key}/health/"),
    "datasets/<slug:key>/health/scan/": (CHANGES, "/datasets/{key}/health/scan/"),
    "health-reports/<slug:key>/": (DATA, "/health-reports/{report}/"),
    r"^health-reports/(?P<key>[a-z0-9]+)\.(?P<ending>json|html|pdf)$": (DATA, "/health-reports/{report}.json"),
    "tools/health/": (FOR_ALL, "/tools/health/"),
    "datasets/<slug:key>/changes/": (NOTHING, "/datasets/{key}/changes/"),  # of one version; see its own tests
    "datasets/<slug:key>/certificate/": (METADATA, "/datasets/{key}/certificate/?format=jsonld"),
    "datasets/<slug:key>/certificate.pdf": (METADATA, "/datasets/{key}/certificate.pdf"),
    r"^datasets/(?P<key>[a-z0-9]+)/readings\.(?P<ending>csv|parquet|arrow|json)$": (
        DATA,
        "/datasets/{key}/readings.csv",
    ),
    rf"^datasets/(?P<key>[a-z0-9]+)\.(?P<ending>{FORMS})$": (METADATA, "/datasets/{key}.certificate.json"),
    r"^datasets/(?P<key>[a-z0-9]+)\.certificate\.jws$": (METADATA, "/datasets/{key}.certificate.jws"),
    r"^files/(?P<key>[a-z0-9]+)\.certificate\.jws$": (METADATA, "/files/{file}.certificate.jws"),
    "trials/": (FOR_ALL, "/trials/"),  # what is said of one: see the tests of trials
    "trials/<str:code>/": (NOTHING, "/trials/NONE/"),
    "trials/<str:code>/events.csv": (NOTHING, "/trials/NONE/events.csv"),
    "trials/<str:code>/package.zip": (NOTHING, "/trials/NONE/package.zip"),
    "trials/<str:code>/packages/<slug:key>.zip": (NOTHING, "/trials/NONE/packages/{key}.zip"),
    "trials/<str:code>/packages/<slug:key>/": (NOTHING, "/trials/NONE/packages/{key}/"),
    r"^trials/(?P<code>[^/]+)/packages/(?P<key>[a-z0-9]+)\.certificate\.jws$": (
        NOTHING,
        "/trials/NONE/packages/{key}.certificate.jws",
    ),
    rf"^trials/(?P<code>[^/]+)/packages/(?P<key>[a-z0-9]+)\.(?P<ending>{FORMS})$": (
        NOTHING,
        "/trials/NONE/packages/{key}.certificate.json",
    ),
    "trials/<str:code>/events/add/": (NOTHING, ""),  # for those who have signed in
    "trials/<str:code>/events/import/": (NOTHING, ""),
    "trials/<str:code>/events/remove/": (NOTHING, ""),
    "trials/<str:code>/events/<int:event_id>/": (NOTHING, ""),
    "trials/<str:code>/events/<int:event_id>/remove/": (CHANGES, "/trials/NONE/events/1/remove/"),
    "verify/": (FOR_ALL, "/verify/?sha256=" + "0" * 64),
    ".well-known/jwks.json": (FOR_ALL, "/.well-known/jwks.json"),
    "files/<slug:key>/": (METADATA, "/files/{file}/"),
    rf"^files/(?P<key>[a-z0-9]+)\.(?P<ending>{FORMS})$": (METADATA, "/files/{file}.jsonld"),
    "files/<slug:key>/certificate/": (METADATA, "/files/{file}/certificate/"),
    "files/<slug:key>/certificate.pdf": (METADATA, "/files/{file}/certificate.pdf"),
    "files/<slug:key>/original": (DATA, "/files/{file}/original"),
    r"^files/(?P<key>[a-z0-9]+)/readings\.(?P<ending>csv|parquet|arrow|json)$": (
        DATA,
        "/files/{file}/readings.parquet",
    ),
    r"^files/(?P<key>[a-z0-9]+)/profile\.(?P<form>toml|json)$": (METADATA, "/files/{file}/profile.toml"),
    "doi/<path:name>": (NOTHING, ""),  # of what has one; see tests/services/test_dois.py
    r"^ark:/?(?P<ark>[^/].*)$": (LEADS, "/ark:/99999/{file}"),
    "about/": (FOR_ALL, "/about/"),
    "accessibility/": (FOR_ALL, "/accessibility/"),
    "health": (FOR_ALL, "/health"),
    "share/": (SIGNED_IN, "/share/"),
    "share/<str:code>/": (ENTRY, "/share/{code}/"),
    "share/<str:code>/receipt/": (ENTRY, "/share/{code}/receipt/"),
    "share/<str:code>/discard/": (ENTRY, "/share/{code}/discard/"),
    "share/<str:code>/comment/": (CHANGES, "/share/{code}/comment/"),
    "share/<str:code>/files/list/": (ENTRY, "/share/{code}/files/list/"),
    "share/<str:code>/files/<str:key>/": (ENTRY, "/share/{code}/files/{file}/"),
    "share/<str:code>/files/<str:key>/remove/": (CHANGES, "/share/{code}/files/{file}/remove/"),
    "share/<str:code>/files/<str:key>/again/": (CHANGES, "/share/{code}/files/{file}/again/"),
    "share/<str:code>/files/<str:key>/document/": (CHANGES, "/share/{code}/files/{file}/document/"),
    "share/<str:code>/files/<str:key>/save-profile/": (CHANGES, "/share/{code}/files/{file}/save-profile/"),
    "share/<str:code>/files/<str:key>/use-profile/": (CHANGES, "/share/{code}/files/{file}/use-profile/"),
    "share/<str:code>/uploads/<uuid:upload_id>/drop/": (CHANGES, "/share/{code}/uploads/{upload}/drop/"),
    "share/<str:code>/<slug:slug>/": (ENTRY, "/share/{code}/origin/"),
    "review/": (BACK_OFFICE, "/review/"),
    "review/<str:code>/": (BACK_OFFICE, "/review/{code}/"),
    "review/<str:code>/approve/": (CHANGES, "/review/{code}/approve/"),
    "review/<str:code>/return/": (CHANGES, "/review/{code}/return/"),
    "review/<str:code>/comment/": (CHANGES, "/review/{code}/comment/"),
    "review/<str:code>/edit/": (BACK_OFFICE, "/review/{code}/edit/"),
    "review/<str:code>/supply-points/": (BACK_OFFICE, "/review/{code}/supply-points/"),
    "account/": (SIGNED_IN, "/account/"),
    "account/tokens/": (SIGNED_IN, "/account/tokens/"),
    "account/tokens/<int:token_id>/revoke/": (CHANGES, "/account/tokens/{token}/revoke/"),
    "account/loggers/": (SIGNED_IN, "/account/loggers/"),
    r"^account/loggers/(?P<profile_id>[0-9]{1,18})\.(?P<form>toml|json)$": (ENTRY, "/account/loggers/{logger}.toml"),
    "account/loggers/<int:profile_id>/rename/": (CHANGES, "/account/loggers/{logger}/rename/"),
    "account/loggers/<int:profile_id>/remove/": (CHANGES, "/account/loggers/{logger}/remove/"),
    "notifications/": (SIGNED_IN, "/notifications/"),
    "notifications/read/": (CHANGES, "/notifications/read/"),
    "notifications/<int:notification_id>/": (CHANGES, "/notifications/{notification}/"),
    "people/": (NOTHING, ""),  # leads on to the one organisation that somebody looks after
    "people/<str:code>/": (MEMBERS, "/people/TCC/"),
    "people/memberships/<int:membership_id>/role/": (CHANGES, "/people/memberships/{membership}/role/"),
    "people/memberships/<int:membership_id>/remove/": (CHANGES, "/people/memberships/{membership}/remove/"),
    "people/invitations/<int:invitation_id>/revoke/": (CHANGES, "/people/invitations/{invitation}/revoke/"),
    "invitations/<str:secret>/": (NOTHING, "/invitations/guessed/"),
    "audit/": (BACK_OFFICE, "/audit/?format=csv"),
    "upkeep/": (BACK_OFFICE, "/upkeep/"),
    "upkeep/costs.csv": (BACK_OFFICE, "/upkeep/costs.csv"),
    "upkeep/run/": (CHANGES, "/upkeep/run/"),
    "upkeep/restore/<slug:key>/": (BACK_OFFICE, "/upkeep/restore/{key}/"),
    "upkeep/dois/<slug:key>/": (CHANGES, "/upkeep/dois/{key}/"),
    "upkeep/withdraw/<slug:key>/": (BACK_OFFICE, "/upkeep/withdraw/{key}/"),
    "upkeep/erase/<slug:key>/": (BACK_OFFICE, "/upkeep/erase/{key}/"),
    "jobs/<int:job_id>/": (ENTRY, "/jobs/{job}/"),
    "jobs/<int:job_id>/cancel/": (CHANGES, "/jobs/{job}/cancel/"),
    "tools/explore/": (DATA, "/tools/explore/?dataset={key}"),
    "tools/explore/<path:rest>": (FOR_ALL, "/tools/explore/_dash-layout"),
    "api/": (NOTHING, "/api/nothing"),
    "api/uploads/": (NOTHING, ""),  # GET is no method of it
    "api/uploads/<uuid:upload_id>": (NOTHING, ""),
    "api/v1/": (FOR_ALL, "/api/v1/"),
    "api/v1/docs": (FOR_ALL, "/api/v1/docs"),
    "api/v1/openapi.json": (FOR_ALL, "/api/v1/openapi.json"),
    "api/v1/me": (FOR_ALL, "/api/v1/me"),
    "api/v1/datasets": (FOR_ALL, "/api/v1/datasets?facets=true"),
    "api/v1/datasets/<key>": (METADATA, "/api/v1/datasets/{key}"),
    "api/v1/datasets/<key>/certificate": (METADATA, "/api/v1/datasets/{key}/certificate"),
    "api/v1/datasets/<key>/files": (METADATA, "/api/v1/datasets/{key}/files"),
    "api/v1/datasets/<key>/channels": (METADATA, "/api/v1/datasets/{key}/channels"),
    "api/v1/datasets/<key>/readings": (DATA, "/api/v1/datasets/{key}/readings"),
    "api/v1/datasets/<key>/readings.<ending>": (DATA, "/api/v1/datasets/{key}/readings.arrow"),
    "api/v1/files/<key>": (METADATA, "/api/v1/files/{file}"),
    "api/v1/files/<key>/certificate": (METADATA, "/api/v1/files/{file}/certificate"),
    "api/v1/files/<key>/content": (DATA, "/api/v1/files/{file}/content"),
    "api/v1/files/<key>/answers": (CHANGES, "/api/v1/files/{file}/answers"),
    "api/v1/files/<key>/profile": (METADATA, "/api/v1/files/{file}/profile?format=toml"),
    "api/v1/profiles": (SIGNED_IN, "/api/v1/profiles"),
    "api/v1/profiles/<profile_id>": (ENTRY, "/api/v1/profiles/{logger}"),
    "api/v1/profiles/<profile_id>/document": (ENTRY, "/api/v1/profiles/{logger}/document"),
    "api/v1/deposits": (SIGNED_IN, "/api/v1/deposits"),
    "api/v1/deposits/<code>": (ENTRY, "/api/v1/deposits/{code}"),
    "api/v1/deposits/<code>/steps/<slug>": (ENTRY, "/api/v1/deposits/{code}/steps/origin"),
    "api/v1/deposits/<code>/submit": (CHANGES, "/api/v1/deposits/{code}/submit"),
    "api/v1/deposits/<code>/comments": (CHANGES, "/api/v1/deposits/{code}/comments"),
    "api/v1/deposits/<code>/approve": (CHANGES, "/api/v1/deposits/{code}/approve"),
    "api/v1/deposits/<code>/return": (CHANGES, "/api/v1/deposits/{code}/return"),
    "api/v1/uploads/<upload_id>": (NOTHING, ""),  # its owner's alone: see the test of those who may not
    "api/v1/limits": (SIGNED_IN, "/api/v1/limits"),
    "api/v1/datasets/<key>/supply-points": (CHANGES, "/api/v1/datasets/{key}/supply-points"),
    "api/v1/trials": (FOR_ALL, "/api/v1/trials"),
    "api/v1/trials/<code>": (NOTHING, "/api/v1/trials/NONE"),
    "api/v1/trials/<code>/missing": (NOTHING, "/api/v1/trials/NONE/missing"),
    "api/v1/trials/<code>/events": (NOTHING, "/api/v1/trials/NONE/events"),
    "api/v1/trials/<code>/events/<event_id>": (CHANGES, "/api/v1/trials/NONE/events/1"),
    "api/v1/trials/<code>/packages/<key>.zip": (NOTHING, "/api/v1/trials/NONE/packages/none.zip"),
    "api/v1/trials/<code>/package.zip": (NOTHING, "/api/v1/trials/NONE/package.zip"),
    "api/v1/upkeep": (BACK_OFFICE, "/api/v1/upkeep"),
    "api/v1/datasets/<key>/erasures": (CHANGES, "/api/v1/datasets/{key}/erasures"),
    "api/v2/write": (CHANGES, "/api/v2/write?bucket={key}"),
    "api/v1/reviews": (BACK_OFFICE, "/api/v1/reviews"),
}
TOOL_ROUTES = {
    "",
    "_dash-layout",
    "_dash-dependencies",
    "_dash-update-component",  # see the test of the tool
    "_dash-component-suites/<str:package_name>/<path:fingerprinted_path>",
    "assets/<path:file>",
}
