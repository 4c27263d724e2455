"""A trial's data package as machines are told of it: as a certificate, so that it has every form that those have.

What is hashed and signed stays the package's own document; this is what is said of it in other vocabularies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from fairwatt.core.metadata.access import AccessTerms, Audience, Release
from fairwatt.core.metadata.certificate import Certificate, FileEntry, Part, PartsErased, Provenance, Withdrawal
from fairwatt.core.metadata.licences import Licensing
from fairwatt.core.metadata.package_certificate import PackageCertificate

MEDIA_TYPE = "application/zip"
_SEVERAL = "Each dataset has its own licence"
_PACKED = "Files, certificates and readings as they were published: packing alters nothing of them."


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageStanding:
    """What is to be said of a package now.

    Attributes
    ----------
    page
        The address of its page; the zip and the forms of its certificate are beside it.
    size
        Of the zip [bytes].
    erased_at
        When parts of its data were erased, so that neither it nor its certificate can be had any more.
    withdrawal
        That a dataset of it was withdrawn since, so that it can't be had any more.
    is_offered
        Whether the asker gets it, or is told that it is for others; else what they may have now is another package.
    """

    page: str
    size: int
    erased_at: datetime | None = None
    withdrawal: Withdrawal | None = None
    is_offered: bool = True


def describe_package(
    certificate: PackageCertificate, standing: PackageStanding, *, find_licence: Callable[[str], Licensing]
) -> Certificate:
    """Say of a package what certificates say: a collection of datasets, that is had as one zip.

    Parameters
    ----------
    find_licence
        The licence of a code, the project's own among them.
    """
    first, *others = certificate.providers or (None,)
    return Certificate(
        kind="package",
        licensing=joint_licensing((one.licence for one in certificate.datasets if one.has_data), find_licence),
        date_of_data_validity=certificate.date_of_data_validity,
        publication_restrictions=certificate.access,
        dataset_url=standing.page,
        data_description=certificate.description,
        data_provenance=Provenance(statement=_PACKED),
        level_of_provenancing=certificate.level_of_provenancing,
        pid=certificate.pid,
        pid_url=certificate.pid_url,
        title=certificate.title,
        keywords=(certificate.trial.code, certificate.trial.title),
        origin="foreground",
        provider=first,
        further_providers=tuple(party for party in others if party),
        trial=certificate.trial,
        procedures=certificate.procedures,
        parts=tuple(Part(pid=one.pid, pid_url=one.pid_url, title=one.title) for one in certificate.datasets),
        files=_zip(certificate, standing),
        withdrawal=standing.withdrawal,
        erasure=PartsErased(at=standing.erased_at) if standing.erased_at else None,
        access=_terms(certificate, standing),
        issued_at=certificate.issued_at,
        issued_by=certificate.issued_by,
        catalogue=certificate.catalogue,
        time_zone=certificate.time_zone,
    )


def joint_licensing(given: Iterable[str], find_licence: Callable[[str], Licensing]) -> Licensing:
    """The licence of several datasets together, by their codes; where they have several, that each has its own."""
    codes = sorted(set(given))
    if len(codes) <= 1:
        return find_licence(codes[0]) if codes and codes[0] else Licensing()
    named = ", ".join(find_licence(code).title or "none stated" for code in codes)
    return Licensing(title=f"{_SEVERAL}: {named}")


def _terms(certificate: PackageCertificate, standing: PackageStanding) -> AccessTerms:
    """From its making on its audience may have it; "owners" are none of the audiences that data are released to."""
    if certificate.audience == "owners" or standing.erased_at or standing.withdrawal:
        return AccessTerms(sensitivity="", contact=certificate.catalogue.contact)
    release = Release(audience=Audience(certificate.audience), available_from=certificate.issued_at)
    return AccessTerms(releases=(release,), sensitivity="", contact=certificate.catalogue.contact)


def _zip(certificate: PackageCertificate, standing: PackageStanding) -> tuple[FileEntry, ...]:
    """The package as a file, without a checksum: it is written as it is sent, and its members have theirs."""
    if standing.erased_at or standing.withdrawal or not standing.is_offered:
        return ()
    stem = standing.page.rstrip("/")
    return (
        FileEntry(
            pid=certificate.pid,
            name=f"{certificate.trial.code}-{stem.rpartition('/')[2]}.zip",
            size=standing.size,
            sha256="",
            media_type=MEDIA_TYPE,
            format="ZIP",
            kind="package",
            url=standing.page,
            download_url=f"{stem}.zip",
        ),
    )
