"""Runs the official programs that can't live beside our own libraries: mlcroissant, csvw, roc-validator, CKAN's parser.

A program of its own, for the environment that ``make validators`` makes. It reads cases as JSON on standard input::

    {"croissant": {name: document}, "csvw": {name: [document, table]}, "ro-crate": {name: document},
     "ckan": {name: catalogue in Turtle}}

and writes what each validator complains of, ``{form: {name: [complaint, …]}}``; of CKAN's parser, what it made of the
catalogue, as JSON. It asks no other host: RO-Crate's context, which would have to be fetched, is stood in for by one
that knows the terms of schema.org and those that the profile names.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import csvw
import mlcroissant
import requests
from ckan_stand_in import rdf_parser
from rocrate_validator import models, services
from rocrate_validator.utils.http import HttpRequester

SCHEMA_ORG = "http://schema.org/"  # as RO-Crate's context has it
OTHER_TERMS = {
    "File": f"{SCHEMA_ORG}MediaObject",
    "conformsTo": "http://purl.org/dc/terms/conformsTo",
}


def check_croissant(document: dict[str, Any], folder: Path) -> list[str]:
    """What mlcroissant says."""
    path = folder / "croissant.json"
    path.write_text(json.dumps(document))
    try:
        issues = mlcroissant.Dataset(jsonld=str(path)).metadata.ctx.issues
    except mlcroissant.ValidationError as error:
        return [str(error)]
    return sorted(issues.errors | issues.warnings)


def check_csvw(given: tuple[dict[str, Any], str], folder: Path) -> list[str]:
    """What csvw says of a table with its description."""
    document, table = given
    (folder / "readings.csv").write_text(table, newline="")
    path = folder / "readings.csv-metadata.json"
    path.write_text(json.dumps(document | {"url": "readings.csv"}))
    try:
        found = csvw.CSVW(str(path), validate=True)
    except ValueError as error:
        return [str(error)]
    return [] if found.is_valid else [str(warning.message) for warning in found.warnings] or ["invalid"]


def check_ro_crate(document: dict[str, Any], folder: Path) -> list[str]:
    """What roc-validator says of what the profile of RO-Crate 1.2 requires."""
    terms = {key for entity in document["@graph"] for key in entity} | {
        kind for entity in document["@graph"] for kind in _listed(entity.get("@type", []))
    }
    context = {term: SCHEMA_ORG + term for term in terms if not term.startswith("@")} | OTHER_TERMS
    HttpRequester.__getattr__ = lambda _, name: _answering({"@context": context})
    (folder / "ro-crate-metadata.json").write_text(json.dumps(document))
    settings = models.ValidationSettings(
        rocrate_uri=str(folder), profile_identifier="ro-crate-1.2", requirement_severity="REQUIRED", metadata_only=True
    )
    return [f"{found.check.identifier}: {found.message}" for found in services.validate(settings).get_issues()]


def read_as_ckan(catalogue: str, _: Path) -> list[str]:
    """The datasets that CKAN's harvester makes of a page, by its own parser, and last where it goes on."""
    parser = rdf_parser()(profiles=["euro_dcat_ap_3"])
    parser.parse(catalogue, "turtle")
    return [*map(json.dumps, parser.datasets()), json.dumps(parser.next_page())]


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _answering(document: dict[str, Any]) -> Callable[..., Any]:
    """A request that is answered with one document, whatever it asks for."""

    def ask(url: str, *_: Any, **__: Any) -> requests.Response:
        answer = requests.Response()
        answer.status_code, answer.url = 200, url
        answer.headers["Content-Type"] = "application/ld+json"
        answer._content = json.dumps(document).encode()
        return answer

    return ask


CHECKS: dict[str, Callable[[Any, Path], list[str]]] = {
    "croissant": check_croissant,
    "csvw": check_csvw,
    "ro-crate": check_ro_crate,
    "ckan": read_as_ckan,
}


def main() -> None:
    """Check every case that is given."""
    logging.disable(logging.CRITICAL)
    told: dict[str, dict[str, list[str]]] = {}
    for form, cases in json.load(sys.stdin).items():
        for name, case in cases.items():
            with tempfile.TemporaryDirectory() as folder:
                told.setdefault(form, {})[name] = CHECKS[form](case, Path(folder))
    sys.__stdout__.write(json.dumps(told))


if __name__ == "__main__":
    main()
