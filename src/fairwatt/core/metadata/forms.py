"""Every form that a certificate is written in: its name in addresses, its media type, and who writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import to_json

from fairwatt.core.metadata.addresses import form_of
from fairwatt.core.metadata.certificate import Certificate, canonical_json
from fairwatt.core.metadata.croissant import PROFILE as CROISSANT
from fairwatt.core.metadata.croissant import to_croissant
from fairwatt.core.metadata.csvw import to_csvw
from fairwatt.core.metadata.data_package import to_data_package
from fairwatt.core.metadata.datacite import to_datacite, to_datacite_xml
from fairwatt.core.metadata.dcat import to_dcat
from fairwatt.core.metadata.dublin_core import OAI_DC, to_oai_dc
from fairwatt.core.metadata.linkset import Link, links_of, to_linkset
from fairwatt.core.metadata.oemetadata import to_oemetadata
from fairwatt.core.metadata.rdf import to_json_ld, to_rdf_xml, to_turtle
from fairwatt.core.metadata.ro_crate import PROFILE as RO_CRATE
from fairwatt.core.metadata.ro_crate import to_ro_crate
from fairwatt.core.metadata.schema_org import to_schema_org
from fairwatt.core.project.audiences import AudienceWords

JSON_LD = "application/ld+json"
DCAT_AP = "https://semiceu.github.io/DCAT-AP/releases/3.0.1/"
Writer = Callable[[Certificate, datetime, AudienceWords], str]


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a certificate.

    Attributes
    ----------
    ending
        Its name in addresses: ``/datasets/KEY.ttl``, ``?format=ttl``.
    label
        What people call it.
    media_type
        What it is sent as, and asked for in ``Accept``.
    profile
        The address of the specification it follows, where a media type serves several.
    write
        Makes the text.
    needs_readings
        Whether it says something only of data with readings.
    needs_table
        Whether it says something only of what has tables or checksums of files, as no package has: it is one zip.
    as_hashed
        Whether it is the document that is hashed, which is none of a package that parts were erased from.
    names
        Other words for it in ``?format=``.
    """

    ending: str
    label: str
    media_type: str
    write: Writer
    profile: str = ""
    needs_readings: bool = False
    needs_table: bool = False
    as_hashed: bool = False
    names: tuple[str, ...] = ()

    def is_of(self, certificate: Certificate) -> bool:
        """Whether a certificate can be written in this form."""
        if self.needs_table and certificate.kind == "package":
            return False
        return (certificate.offers_readings or not self.needs_readings) and (
            certificate.is_as_hashed or not self.as_hashed
        )

    def link(self, certificate: Certificate) -> Link:
        """Where the certificate is in this form."""
        return Link("describedby", form_of(certificate, self.ending), self.media_type, self.profile)


def _json(make: Callable[[Certificate, datetime, AudienceWords], Any]) -> Writer:
    def write(certificate: Certificate, at: datetime, words: AudienceWords) -> str:
        return to_json(make(certificate, at, words), indent=2, inf_nan_mode="null").decode() + "\n"

    return write


FORMS: tuple[Form, ...] = (
    Form(
        "jsonld",
        "schema.org JSON-LD",
        JSON_LD,
        _json(lambda certificate, at, words: to_schema_org(certificate, at=at, words=words)),
        profile="https://schema.org/",
        names=("json-ld", "schema.org"),
    ),
    Form(
        "ttl",
        "DCAT-AP Turtle",
        "text/turtle",
        lambda certificate, at, words: to_turtle(to_dcat(certificate, at=at, words=words)),
        profile=DCAT_AP,
        names=("turtle",),
    ),
    Form(
        "rdf",
        "DCAT-AP RDF/XML",
        "application/rdf+xml",
        lambda certificate, at, words: to_rdf_xml(to_dcat(certificate, at=at, words=words)),
        profile=DCAT_AP,
        names=("rdfxml", "rdf+xml"),
    ),
    Form(
        "dcat.jsonld",
        "DCAT-AP JSON-LD",
        JSON_LD,
        _json(lambda certificate, at, words: to_json_ld(to_dcat(certificate, at=at, words=words))),
        profile=DCAT_AP,
        names=("dcat",),
    ),
    Form(
        "datacite.json",
        "DataCite JSON",
        "application/vnd.datacite.datacite+json",
        _json(lambda certificate, at, words: to_datacite(certificate, at=at, words=words)),
        names=("datacite",),
    ),
    Form(
        "datacite.xml",
        "DataCite XML",
        "application/vnd.datacite.datacite+xml",
        lambda certificate, at, words: to_datacite_xml(certificate, at=at, words=words),
    ),
    Form(
        "oai_dc.xml",
        "Dublin Core XML",
        "application/xml",
        lambda certificate, at, words: to_oai_dc(certificate, at=at, words=words),
        profile=OAI_DC,
        names=("dc", "oai_dc"),
    ),
    Form(
        "datapackage.json",
        "Data Package",
        "application/vnd.datapackage+json",
        _json(lambda certificate, at, words: to_data_package(certificate)),
        names=("datapackage",),
    ),
    Form(
        "csv-metadata.json",
        "CSV on the Web",
        "application/csvm+json",
        _json(lambda certificate, at, words: to_csvw(certificate)),
        needs_readings=True,
        names=("csvw",),
    ),
    Form(
        "ro-crate-metadata.json",
        "RO-Crate",
        JSON_LD,
        _json(lambda certificate, at, words: to_ro_crate(certificate, at=at, words=words)),
        profile=RO_CRATE,
        names=("ro-crate", "rocrate"),
    ),
    Form(
        "croissant.json",
        "Croissant",
        JSON_LD,
        _json(lambda certificate, at, words: to_croissant(certificate)),
        profile=CROISSANT,
        needs_table=True,
        names=("croissant",),
    ),
    Form(
        "oemetadata.json",
        "OEMetadata",
        "application/json",
        _json(lambda certificate, at, words: to_oemetadata(certificate, at=at)),
        profile="https://github.com/OpenEnergyPlatform/oemetadata",
        names=("oemetadata",),
    ),
    Form(
        "certificate.json",
        "The certificate as it is hashed",
        "application/json",
        lambda certificate, at, words: canonical_json(certificate),
        as_hashed=True,
        names=("certificate",),
    ),
    Form(
        "linkset.json",
        "Linkset",
        "application/linkset+json",
        _json(lambda certificate, at, words: to_linkset(certificate, typed_links(certificate))),
        names=("linkset",),
    ),
)
_BY_NAME = {name: form for form in FORMS for name in (form.ending, *form.names)}


def find_form(name: str) -> Form | None:
    """Find a form by its ending or another of its names, however it is capitalised."""
    return _BY_NAME.get(name.lower())


def forms_of(certificate: Certificate) -> list[Form]:
    """The forms that a certificate can be written in."""
    return [form for form in FORMS if form.is_of(certificate)]


def typed_links(certificate: Certificate) -> list[Link]:
    """All links of a certificate's page: what it is, who made it, its files, and every other form of it."""
    described: Iterable[Link] = (form.link(certificate) for form in forms_of(certificate) if form.names != ("linkset",))
    return links_of(certificate, described)
