"""The data of a trial as schema.org's JSON-LD, for search engines and assessors that come upon the trial's page."""

from __future__ import annotations

from typing import Any

from fairwatt.core.metadata.access import AccessRight
from fairwatt.core.metadata.blanks import one_or_all, without_blanks
from fairwatt.core.metadata.certificate import Catalogue, Part, Party, ProcedureEntry, TrialEntry, Validity
from fairwatt.core.metadata.entries import Frozen, Instant
from fairwatt.core.metadata.licences import Licensing
from fairwatt.core.metadata.package_described import MEDIA_TYPE
from fairwatt.core.metadata.saying import LANGUAGE
from fairwatt.core.metadata.schema_org import CONTEXT
from fairwatt.core.metadata.words import Text, end_sentence, iso_instant


class TrialDescription(Frozen):
    """What a trial's page tells machines.

    Attributes
    ----------
    address
        Of the page: a trial has no permanent identifier, its datasets and packages do.
    published_at
        When the first of its data were published.
    parts
        Its published datasets.
    package_url
        Where everything of it can be had in one; "" where the asker may have nothing.
    record_url
        Where the API tells of the trial.
    """

    address: Text
    trial: TrialEntry
    summary: Text = ""
    procedures: tuple[ProcedureEntry, ...] = ()
    providers: tuple[Party, ...] = ()
    period: Validity = Validity()
    published_at: Instant | None = None
    parts: tuple[Part, ...] = ()
    licensing: Licensing = Licensing()
    is_open: bool = False
    package_url: Text = ""
    record_url: Text = ""
    catalogue: Catalogue


def to_trial_schema_org(told: TrialDescription) -> dict[str, Any]:
    """Describe the data of a trial as a ``Dataset`` of its datasets, about a ``ResearchProject``."""
    catalogue, trial, period = told.catalogue, told.trial, told.period
    publisher = {"@type": "Organization", "name": catalogue.publisher or catalogue.name, "url": catalogue.url}
    providers = [{"@type": "Organization", "name": one.name, "url": one.homepage} for one in told.providers]
    span = f"{iso_instant(period.start)}/{iso_instant(period.end)}" if period.start and period.end else ""
    title = f"Data of trial {trial.code}: {trial.title}"
    known: dict[str, Any] = without_blanks(
        {
            "@context": CONTEXT,
            "@id": f"{told.address}#data",
            "@type": ["Dataset", "prov:Entity"],
            "identifier": {"@type": "PropertyValue", "propertyID": "Trial", "value": trial.code, "url": told.address},
            "name": title,
            "description": f"{end_sentence(told.summary)} All data that were logged in this trial.".strip(),
            "url": told.address,
            "keywords": [trial.code, trial.title, *(one.title for one in told.procedures)],
            "inLanguage": LANGUAGE,
            "about": {"@type": "ResearchProject", "@id": f"{told.address}#trial", "name": trial.title},
            "creator": one_or_all(providers) or publisher,
            "publisher": publisher,
            "includedInDataCatalog": {"@type": "DataCatalog", "@id": catalogue.url, "name": catalogue.name},
            "hasPart": [{"@type": "Dataset", "@id": one.pid_url, "name": one.title} for one in told.parts],
            "prov:wasDerivedFrom": [{"@id": one.pid_url} for one in told.parts],
            "datePublished": told.published_at and iso_instant(told.published_at),
            "temporalCoverage": span,
            "license": told.licensing.address or told.licensing.title,
            "conditionsOfAccess": (AccessRight.PUBLIC if told.is_open else AccessRight.RESTRICTED).value,
            "isAccessibleForFree": told.is_open,
            "distribution": {
                "@type": "DataDownload",
                "contentUrl": told.package_url,
                "encodingFormat": MEDIA_TYPE,
            }
            if told.package_url
            else None,
            "subjectOf": {"@type": "DigitalDocument", "url": told.record_url, "encodingFormat": "application/json"},
        }
    )
    return known
