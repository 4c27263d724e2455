"""The FAIR Data Certificate of a dataset or of a file: one frozen model, from which every format is written.

Its first eight fields are Project LEO's, by name; the rest is scraped from the files or derived. It holds no
Django object, no clock and no address of its own making: services build it from records.
"""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

import rfc8785
from pydantic import BaseModel, Field

from fairwatt.core.findings import WITHOUT_VALUES
from fairwatt.core.metadata.access import AccessTerms
from fairwatt.core.metadata.entries import Digest, Frozen, Instant, Number
from fairwatt.core.metadata.licences import Licensing, say_licence
from fairwatt.core.metadata.making import Making
from fairwatt.core.metadata.provenance_level import ProvenanceLevel
from fairwatt.core.metadata.tables import TableEntry
from fairwatt.core.metadata.triage import Triage
from fairwatt.core.metadata.words import Text, end_sentence, say_period

CERTIFICATE_VERSION = 2  # since 2 the canonical form is RFC 8785's
_SINCE_ISSUED = (
    "series_count", "readings_sha256", "triage", "withdrawal", "erasure", "making", "issue", "doi_url", "parts",
    "further_providers",
)  # fmt: skip
_BOX = 4  # numbers of a box
_SINCE_ISSUED_OF_FILES = ("readings_sha256", "table", "bounds", "attributes", "columns")
_DOI_SINCE_ISSUED = ("doi_url",)


class Validity(Frozen):
    """The half-open period that the readings cover [start, end), UTC (LEO's "Date of Data Validity").

    It comes from the readings themselves, never from a file's name. A live feed has no end.
    """

    start: Instant | None = None
    end: Instant | None = None

    @property
    def is_known(self) -> bool:
        """Whether both ends are known."""
        return self.start is not None and self.end is not None


class Provenance(Frozen):
    """Where the data come from, in words (LEO's "Data Provenance") and as a chain of hashes.

    Attributes
    ----------
    statement, quality
        The provider's words on origin and on quality control.
    source
        Address of the original where a background dataset lies elsewhere.
    logged_by, logged_at
        The organisation that logged the data, and when.
    reader
        Name and version of the program that read the files.
    """

    statement: Text = ""
    quality: Text = ""
    source: Text = ""
    logged_by: Text = ""
    logged_at: Instant | None = None
    reader: Text = ""


class Party(Frozen):
    """An organisation: its code in identifiers, its name, its home page."""

    code: Text = ""
    name: Text
    homepage: Text = ""


class TrialEntry(Frozen):
    """The trial (MVS) that the data belong to."""

    code: Text
    title: Text


class ProcedureEntry(Frozen):
    """One procedure of the trial."""

    code: Text
    title: Text


class Detail(Frozen):
    """One answered step of a procedure's form."""

    procedure: Text = ""
    label: Text
    value: Text
    unit: Text = ""


class ChannelEntry(Frozen):
    """One row of the data dictionary.

    ``name`` is the file's spelling, ``field`` the column in the readings; unit and quantity are codes of
    :mod:`fairwatt.core.units` with label, symbol and QUDT address where known. ``minimum``, ``mean`` and
    ``maximum`` are in ``unit``; ``resolution_s`` in seconds.
    """

    name: Text
    field: Text
    kind: Text = "number"
    quantity: Text = ""
    quantity_label: Text = ""
    quantity_uri: Text = ""
    unit: Text = ""
    unit_label: Text = ""
    unit_symbol: Text = ""
    unit_uri: Text = ""
    direction: Text = ""
    statistic: Text = ""
    resolution_s: Number | None = None
    count: int = 0
    missing: int = 0
    minimum: Number | None = None
    mean: Number | None = None
    maximum: Number | None = None


class FileEntry(Frozen):
    """One file: what a reader needs to fetch it and to check what arrived. ``size`` in bytes."""

    pid: Text
    name: Text
    identifier: Text = ""
    size: int = Field(ge=0)
    sha256: Digest
    media_type: Text = "application/octet-stream"
    format: Text = ""
    kind: Text = "unknown"
    rows: int = 0
    url: Text = ""
    download_url: Text = ""
    import_profile: Digest = ""  # sha256 of the document by which it was read
    import_profile_name: Text = ""  # where it is one that somebody saved
    import_profile_version: int = 0  # of that kind of document; 0 where there is none
    import_profile_url: Text = ""  # where the document can be had
    readings_sha256: Digest = ""  # of its readings in their canonical form: as CSV, see docs/reference/certificates.md
    validity: Validity = Validity()
    crs: Text = ""
    bounds: tuple[Number, ...] = ()  # of a map: west, south, east, north as longitudes and latitudes
    attributes: tuple[Text, ...] = ()  # that a map's features have, by name
    columns: tuple[Text, ...] = ()  # of a table that holds no readings, by their headings
    table: TableEntry | None = None  # how its text is a table; None where it is none, or none that CSVW can describe

    @property
    def known_size(self) -> int | None:
        """Its size [bytes]; None where that is not told: of what was never a file, or is one no more."""
        return self.size if self.size or self.sha256 else None


class FindingEntry(Frozen):
    """All findings of one code: how many readings or rows, in which files."""

    code: Text
    severity: Text
    count: int
    files: tuple[Text, ...] = ()
    message: Text


class VersionEntry(Frozen):
    """One published version; the number 0 is a draft's."""

    number: int = Field(ge=0)
    pid: Text = ""
    published_at: Instant | None = None
    note: Text = ""
    doi_url: Text = ""  # said of a version afterwards, as of a certificate


class Catalogue(Frozen):
    """The portal that issues the certificate."""

    name: Text
    url: Text
    publisher: Text = ""
    contact: Text = ""


class Withdrawal(Frozen):
    """That the data can't be had any more: since when, why, and who decided it.

    It is no part of what was issued: it is said of a certificate afterwards.
    """

    at: Instant
    reason: Text = ""
    decided_by: Text = ""
    is_erased: bool = False

    @property
    def sentence(self) -> str:
        """The whole in a sentence or two: ``Withdrawn on 1 Jun 2026 by Dana: a meter was wrong.``"""
        verb = "Erased" if self.is_erased else "Withdrawn"
        by = f" by {self.decided_by}" if self.decided_by else ""
        reason = self.reason.removeprefix("Erased. ").strip()
        return end_sentence(f"{verb} on {_day(self.at)}{by}" + (f": {reason}" if reason else ""))


class PartsErased(Frozen):
    """That parts of the data were erased: when the last were.

    It is said of a certificate afterwards, until that is issued anew for what is left: then ``orders`` is how many
    orders to erase had been carried out on the dataset, and what is left is what is certified.
    """

    at: Instant
    orders: int = Field(default=0, ge=0)

    @property
    def sentence(self) -> str:
        """The whole in a sentence: ``Parts were erased on 1 Jun 2026, since …``"""
        if self.orders:
            return f"Parts were erased on {_day(self.at)}: the certificate was issued anew for what is left."
        return f"Parts were erased on {_day(self.at)}, since it was certified: what can be had now is less."


class Parent(Frozen):
    """The dataset that a file belongs to."""

    pid: Text
    pid_url: Text
    title: Text
    url: Text
    doi_url: Text = ""  # said of it afterwards, as of a certificate


class Part(Frozen):
    """A dataset that a trial's data package holds data or the certificate of."""

    pid: Text
    pid_url: Text
    title: Text


class Certificate(Frozen):
    """A FAIR Data Certificate.

    That of a trial's data package is a :class:`~fairwatt.core.metadata.package_certificate.PackageCertificate`; of the
    kind ``package`` is what is said of one to machines, in the forms that all certificates have.

    Guarantees: instants are UTC; periods are half-open; numbers are finite; the same content always has the
    same :attr:`checksum`, whichever database has kept it.
    """

    certificate_version: int = CERTIFICATE_VERSION
    kind: Literal["dataset", "file", "package"]

    # Project LEO's eight fields
    leo_identifier: Text = ""
    licensing: Licensing = Licensing()
    date_of_data_validity: Validity = Validity()
    publication_restrictions: Text = ""
    dataset_url: Text
    data_description: Text = ""
    data_provenance: Provenance = Provenance()
    level_of_provenancing: ProvenanceLevel = ProvenanceLevel()

    # what the platform adds
    pid: Text
    pid_url: Text
    title: Text
    keywords: tuple[Text, ...] = ()
    origin: Literal["foreground", "background"]
    place: Text = ""
    provider: Party | None = None
    further_providers: tuple[Party, ...] = ()  # of a package that holds the data of several
    receiver: Party | None = None
    trial: TrialEntry | None = None
    procedures: tuple[ProcedureEntry, ...] = ()
    details: tuple[Detail, ...] = ()
    part_of: Parent | None = None
    parts: tuple[Part, ...] = ()  # of a package
    resolution_s: Number | None = None
    coverage: tuple[Number, ...] = ()
    rows: int = 0
    readings: int = 0
    series_count: int = 0  # meters or places that the readings tell apart; 0 where it was not noted
    channels: tuple[ChannelEntry, ...] = ()
    files: tuple[FileEntry, ...] = ()
    findings: tuple[FindingEntry, ...] = ()
    import_profile: Digest = ""
    readings_sha256: Digest = ""  # of all readings, as they were then, in their canonical form
    triage: Triage | None = None
    withdrawal: Withdrawal | None = None
    erasure: PartsErased | None = None
    making: Making | None = None  # how it was made of other datasets; None of data as received and as read
    access: AccessTerms = AccessTerms()
    version: VersionEntry = VersionEntry(number=0)
    versions: tuple[VersionEntry, ...] = ()
    issue: int = Field(default=1, ge=1)  # of this version: issued anew where parts of its data were erased
    doi_url: Text = ""  # of all versions together; given elsewhere afterwards, so that it is no part of what is issued
    issued_at: Instant | None = None
    issued_by: Text = ""
    catalogue: Catalogue
    time_zone: Text = "UTC"

    @property
    def is_draft(self) -> bool:
        """Whether it is a preview that nobody has issued yet."""
        return self.issued_at is None

    @property
    def providers(self) -> tuple[Party, ...]:
        """Everybody whose data they are."""
        return (self.provider, *self.further_providers) if self.provider else self.further_providers

    @property
    def is_as_hashed(self) -> bool:
        """Whether the document can be had that the checksum is of: not of a package that parts were erased from."""
        return self.kind != "package" or self.erasure is None

    @property
    def offers_readings(self) -> bool:
        """Whether there are readings that can still be had by somebody."""
        return bool(self.readings) and self.withdrawal is None

    @property
    def doi(self) -> str:
        """Its DOI, without the address that leads there; "" where it has none that can be followed."""
        return doi_of(self.doi_url)

    @property
    def standing(self) -> str:
        """What has to be said of it since it was issued: that its data, or parts of them, are gone; else ""."""
        gone = self.withdrawal or self.erasure
        return gone.sentence if gone else ""

    @property
    def checksum(self) -> str:
        """sha256 of the canonical JSON, in hexadecimal."""
        return sha256(canonical_json(self).encode()).hexdigest()

    @property
    def tells_values(self) -> bool:
        """Whether it says anything of what values the readings take."""
        files = any(file.bounds or file.columns for file in self.files)
        return files or any(map(_has_values, self.channels)) or any(map(_quotes_values, self.findings))

    @property
    def bounds(self) -> tuple[float, ...]:
        """The box around all its maps: west, south, east, north in degrees; () where there are none."""
        boxes = [file.bounds for file in self.files if len(file.bounds) == _BOX]
        if not boxes:
            return ()
        west, south, east, north = zip(*boxes, strict=True)
        return (min(west), min(south), max(east), max(north))

    def without_values(self) -> Certificate:
        """The same without what values the readings take: for those who may not have the readings.

        The smallest, mean and largest values go, the words of findings that quote some, where maps lie, and the
        headings of tables, as what stands first in a table need be no heading.
        """
        channels = tuple(
            channel.model_copy(update={"minimum": None, "mean": None, "maximum": None})
            if _has_values(channel)
            else channel
            for channel in self.channels
        )
        findings = tuple(
            finding.model_copy(update={"message": WITHOUT_VALUES.get(finding.code, finding.message)})
            for finding in self.findings
        )
        told = {"bounds": (), "columns": ()}
        files = tuple(file.model_copy(update=told) if file.bounds or file.columns else file for file in self.files)
        return self.model_copy(update={"channels": channels, "findings": findings, "files": files})

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats of its files, each once, in the files' order."""
        return tuple(dict.fromkeys(file.format for file in self.files if file.format))

    def leo_fields(self) -> tuple[tuple[str, str], ...]:
        """Write LEO's eight fields, in LEO's words and order, each with its text."""
        return (
            ("LEO Identifier", self.leo_identifier or "None given"),
            ("Licensing", _say_licensing(self.licensing)),
            ("Date of Data Validity", _say_validity(self)),
            ("Publication Restrictions", self.publication_restrictions or "None stated"),
            ("Dataset URL", self.dataset_url),
            ("Data Description", self.data_description or "None given"),
            ("Data Provenance", _say_provenance(self.data_provenance, self.making)),
            ("Level of Provenancing", self.level_of_provenancing.label),
        )


def doi_of(address: str) -> str:
    """The DOI that an address leads from.

    >>> doi_of("https://doi.org/10.5072/0000000gnp8")
    '10.5072/0000000gnp8'
    """
    return address[address.index("/10.") + 1 :] if "/10." in address else ""


def _has_values(channel: ChannelEntry) -> bool:
    return (channel.minimum, channel.mean, channel.maximum) != (None, None, None)


def _quotes_values(finding: FindingEntry) -> bool:
    return WITHOUT_VALUES.get(finding.code, finding.message) != finding.message


def canonical_json(certificate: Certificate) -> str:
    """Write a certificate as JSON in the one form that is hashed and signed: RFC 8785 (JCS).

    Certificates of version 1 keep the form they were issued in: keys sorted, no blanks, UTF-8. What certificates have
    had only since they were first issued is left out where it is not known: the checksums of older ones stay.
    """
    document = certificate.model_dump(mode="json")
    _drop_unknown(document, Certificate, _SINCE_ISSUED)
    for entry in document["files"]:
        _drop_unknown(entry, FileEntry, _SINCE_ISSUED_OF_FILES)
    for entry in (document["version"], *document["versions"]):
        _drop_unknown(entry, VersionEntry, _DOI_SINCE_ISSUED)
    if document["part_of"]:
        _drop_unknown(document["part_of"], Parent, _DOI_SINCE_ISSUED)
    if certificate.certificate_version < CERTIFICATE_VERSION:
        return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return rfc8785.dumps(document).decode()


def _drop_unknown(document: dict[str, Any], model: type[BaseModel], names: tuple[str, ...]) -> None:
    for name in names:
        unsaid = model.model_fields[name].default
        if document[name] == ([] if unsaid == () else unsaid):  # JSON has lists for tuples
            del document[name]


def parse_certificate(stored: Any) -> Certificate:
    """Read a certificate back from what :meth:`Certificate.model_dump` in JSON mode or ``canonical_json`` wrote."""
    if isinstance(stored, str | bytes):
        return Certificate.model_validate_json(stored)
    return Certificate.model_validate(stored)


def _say_licensing(licensing: Licensing) -> str:
    name = f"{licensing.title} ({licensing.code})" if licensing.title else licensing.code
    return f"{name}. {say_licence(licensing)}" if name else say_licence(licensing)


def _say_validity(certificate: Certificate) -> str:
    validity = certificate.date_of_data_validity
    return say_period(validity.start, validity.end, zone=certificate.time_zone) or "No period is known"


def _say_provenance(provenance: Provenance, making: Making | None) -> str:
    logged = ""
    if provenance.logged_at is not None:
        by = f" by {provenance.logged_by}" if provenance.logged_by else ""
        logged = f"Logged{by} on {_day(provenance.logged_at)}."
    made = making.sentence if making else ""
    source = f"Source: {provenance.source}" if provenance.source else ""
    parts = (end_sentence(provenance.statement), made, source, logged)
    return " ".join(part for part in parts if part) or "Not stated"


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b %Y}"
