"""The addresses of pages that need no account."""

from __future__ import annotations

import re

from django.urls import URLPattern, path, re_path

from fairwatt.core.metadata.forms import FORMS
from fairwatt.portal.pages import (
    catalogue,
    certificates,
    datasets,
    downloads,
    health_reports,
    home,
    loggers,
    trial_packages,
    trials,
    verify,
    versions,
)

_FORMS = "|".join(re.escape(form.ending) for form in FORMS)

urlpatterns: list[URLPattern] = [
    path("", home.show_home, name="home"),
    path("catalogue/", catalogue.show_catalogue, name="catalogue"),
    path("catalogue/foreground/", catalogue.show_table, {"origin": "foreground"}, name="catalogue_foreground"),
    path("catalogue/background/", catalogue.show_table, {"origin": "background"}, name="catalogue_background"),
    re_path(
        r"^catalogue/(?P<origin>foreground|background)\.(?P<ending>csv|json)$",
        catalogue.download_table,
        name="catalogue_download",
    ),
    path("datasets/<slug:key>/", datasets.show_dataset, name="dataset"),
    path("datasets/<slug:key>/health/", health_reports.show_reports, name="dataset_health"),
    path("datasets/<slug:key>/health/scan/", health_reports.scan, name="dataset_health_scan"),
    path("health-reports/<slug:key>/", health_reports.show_report, name="health_report"),
    re_path(
        r"^health-reports/(?P<key>[a-z0-9]+)\.(?P<ending>json|html|pdf)$",
        health_reports.download_report,
        name="health_report_file",
    ),
    path("tools/health/", health_reports.show_tool, name="tools-health"),
    path("datasets/<slug:key>/changes/", versions.show_difference, name="dataset_changes"),
    path("datasets/<slug:key>/certificate/", certificates.show_dataset_certificate, name="dataset_certificate"),
    path("datasets/<slug:key>/certificate.pdf", certificates.download_dataset_certificate, name="dataset_pdf"),
    re_path(
        r"^datasets/(?P<key>[a-z0-9]+)/readings\.(?P<ending>csv|parquet|arrow|json)$",
        downloads.download_readings,
        name="download_readings",
    ),
    re_path(
        r"^datasets/(?P<key>[a-z0-9]+)\.certificate\.jws$", verify.send_dataset_signature, name="dataset_signature"
    ),
    re_path(rf"^datasets/(?P<key>[a-z0-9]+)\.(?P<ending>{_FORMS})$", datasets.send_dataset_form, name="dataset_form"),
    path("files/<slug:key>/", datasets.show_file, name="file"),
    re_path(rf"^files/(?P<key>[a-z0-9]+)\.(?P<ending>{_FORMS})$", datasets.send_file_form, name="file_form"),
    re_path(r"^files/(?P<key>[a-z0-9]+)\.certificate\.jws$", verify.send_file_signature, name="file_signature"),
    path("files/<slug:key>/certificate/", certificates.show_file_certificate, name="file_certificate"),
    path("files/<slug:key>/certificate.pdf", certificates.download_file_certificate, name="file_pdf"),
    path("files/<slug:key>/original", downloads.download_original, name="download_original"),
    re_path(
        r"^files/(?P<key>[a-z0-9]+)/readings\.(?P<ending>csv|parquet|arrow|json)$",
        downloads.download_file_readings,
        name="file_readings",
    ),
    re_path(r"^files/(?P<key>[a-z0-9]+)/profile\.(?P<form>toml|json)$", loggers.download_of_file, name="file_profile"),
    re_path(r"^ark:/?(?P<ark>[^/].*)$", datasets.follow_ark, name="ark"),
    path("doi/<path:name>", datasets.follow_doi, name="doi"),
    path("trials/", trials.show_trials, name="trials"),
    path("trials/<str:code>/", trials.show_trial, name="trial"),
    path("trials/<str:code>/events.csv", trials.download_events, name="trial_events_csv"),
    path("trials/<str:code>/package.zip", trial_packages.download_package, name="trial_package"),
    path("trials/<str:code>/packages/<slug:key>.zip", trial_packages.download_package, name="trial_package_again"),
    path("trials/<str:code>/packages/<slug:key>/", trial_packages.show_package, name="trial_package_page"),
    re_path(
        r"^trials/(?P<code>[^/]+)/packages/(?P<key>[a-z0-9]+)\.certificate\.jws$",
        trial_packages.send_package_signature,
        name="trial_package_signature",
    ),
    re_path(
        rf"^trials/(?P<code>[^/]+)/packages/(?P<key>[a-z0-9]+)\.(?P<ending>{_FORMS})$",
        trial_packages.send_package_form,
        name="trial_package_form",
    ),
    path("verify/", verify.show_verify, name="verify"),
    path(".well-known/jwks.json", verify.send_keys, name="jwks"),
    path("about/", home.show_about, name="about"),
    path("accessibility/", home.show_accessibility, name="accessibility"),
]
