"""Where the parts of a landing page are, seen from its own address. The portal's routes agree with these."""

from __future__ import annotations

import re
from datetime import datetime
from hashlib import sha256

from fairwatt.core.metadata.certificate import Certificate, VersionEntry


def fragment_of(text: str) -> str:
    """A name as a part of an address: readable where it can be, and never that of another name.

    >>> [fragment_of(name) for name in ("Mill Lane", "PV/1", "東京", "大阪")]
    ['Mill-Lane', 'PV-1-f3b07a3e', '130016b2', '6df97746']
    """
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-")
    if slug.replace("-", " ") == text:
        return slug
    return "-".join(part for part in (slug, sha256(text.encode()).hexdigest()[:8]) if part)


def page_of(certificate: Certificate) -> str:
    """The landing page of the dataset or file that is certified."""
    if certificate.kind == "file" and certificate.files:
        return certificate.files[0].url or certificate.dataset_url
    return certificate.dataset_url


def sheet_of(certificate: Certificate) -> str:
    """The page of the certificate itself; a package has one page for both."""
    return page_of(certificate) + ("" if certificate.kind == "package" else "certificate/")


def readings_of(certificate: Certificate, ending: str) -> str:
    """The readings as a download: ``csv``, ``parquet``, ``arrow`` or ``json``; "" where there are none to be had."""
    return f"{page_of(certificate)}readings.{ending}" if certificate.offers_readings else ""


def readings_digest_of(certificate: Certificate) -> str:
    """The sha256 of the readings as CSV, as they are downloaded; "" where that is not known: they grow, or changed."""
    if not certificate.offers_readings or is_superseded(certificate):
        return ""
    own = certificate.files[0].readings_sha256 if certificate.kind == "file" and certificate.files else ""
    return certificate.readings_sha256 or own


def form_of(certificate: Certificate, ending: str) -> str:
    """The certificate in another form, by an ending such as ``ttl``, of the version that is certified."""
    older = is_superseded(certificate) and certificate.kind == "dataset"
    version = f"?version={certificate.version.number}" if older else ""
    return f"{page_of(certificate).rstrip('/')}.{ending}{version}"


def policy_address(certificate: Certificate) -> str:
    """The policy of a dataset, which is that of its files too."""
    return f"{certificate.dataset_url}#policy"


def base_of(certificate: Certificate) -> str:
    """What stands before every PID to make an address of it."""
    return certificate.pid_url.removesuffix(certificate.pid)


def address_of(certificate: Certificate, pid: str) -> str:
    """The address of another PID that the same portal gave."""
    return base_of(certificate) + pid


def is_superseded(certificate: Certificate) -> bool:
    """Whether the certificate itself knows of a later version."""
    return any(version.number > certificate.version.number for version in certificate.versions)


def versions_by_age(certificate: Certificate) -> tuple[VersionEntry, ...]:
    """Every version of a dataset with a PID, the oldest first, the certified one among them; files have none."""
    if certificate.kind == "file":
        return ()
    known = {version.number: version for version in (*certificate.versions, certificate.version)}
    return tuple(known[number] for number in sorted(known) if number and known[number].pid)


def first_issue(certificate: Certificate) -> datetime | None:
    """When the data were first published: with their first version."""
    dated = [version.published_at for version in certificate.versions if version.published_at]
    return min(dated, default=certificate.issued_at)


def find_previous(certificate: Certificate) -> VersionEntry | None:
    """The version before the certified one; None where it is the first."""
    older = [version for version in versions_by_age(certificate) if version.number < certificate.version.number]
    return older[-1] if older else None


def find_next(certificate: Certificate) -> VersionEntry | None:
    """The version after the certified one; None where none is known."""
    later = [version for version in versions_by_age(certificate) if version.number > certificate.version.number]
    return later[0] if later else None


def version_page_of(certificate: Certificate) -> str:
    """The landing page of the version that is certified, which stays the same when there are later ones."""
    number = certificate.version.number if certificate.kind == "dataset" else 0
    return page_of(certificate) + (f"?version={number}" if number else "")


def citable_address(certificate: Certificate) -> str:
    """Where a citation leads: from the DOI where there is one, which indexes of citations know, else from the ARK."""
    return certificate.doi_url or certificate.pid_url


def urn_of(sha256: str) -> str:
    """The name of bytes by their checksum."""
    return f"urn:sha256:{sha256}"
