"""What is said of a trial's data package now: to machines in every form of certificates, and to people on its page."""

from __future__ import annotations

from datetime import datetime

from fairwatt.core.errors import Gone
from fairwatt.core.metadata import Certificate
from fairwatt.core.metadata.certificate import Withdrawal
from fairwatt.core.metadata.package_certificate import PackageCertificate
from fairwatt.core.metadata.package_described import PackageStanding, describe_package
from fairwatt.records.models import TrialPackage
from fairwatt.services.actors import Actor
from fairwatt.services.links import absolute
from fairwatt.services.package_losses import withdrawn_since
from fairwatt.services.projects import licensing_of
from fairwatt.services.trial_packages import find_package, is_offered, package_path


def describe_row(row: TrialPackage, certificate: PackageCertificate, *, actor: Actor, at: datetime) -> Certificate:
    """Say of a package what certificates say, as it stands: without the zip where that can't be had any more."""
    gone = _withdrawal(row)
    is_over = row.erased_at is not None or gone is not None
    standing = PackageStanding(
        page=absolute(package_path(row.trial.code, row.key)),
        size=row.size,
        erased_at=row.erased_at,
        withdrawal=gone,
        is_offered=not is_over and is_offered(row, certificate, actor=actor, at=at),
    )
    return describe_package(certificate, standing, find_licence=licensing_of)


def get_described(*, actor: Actor, key: str, at: datetime) -> Certificate:
    """What is said of the package with this key, to those who may know of every dataset in it.

    Raises
    ------
    NotFound
        Where there is none, or the asker may not know of all that is in it.
    """
    return describe_row(*find_package(actor=actor, key=key), actor=actor, at=at)


def require_certified(row: TrialPackage) -> None:
    """Refuse a package's certificate and signature where parts of its data were erased.

    Raises
    ------
    Gone
        With what to do instead.
    """
    if row.erased_at is not None:
        raise Gone(
            "Parts of the data in this package were erased: it is not certified any more.",
            where={"package": row.key},
            next_step="Get the trial’s package again: it holds what is left.",
        )


def _withdrawal(row: TrialPackage) -> Withdrawal | None:
    """That it can't be had any more since a dataset of it was withdrawn: the first that was."""
    gone = withdrawn_since(row)
    if not gone:
        return None
    first = min(gone, key=lambda dataset: dataset.withdrawn_at or row.made_at)
    return Withdrawal(
        at=first.withdrawn_at or row.made_at,
        reason=f"“{first.title}”, which is in it, was withdrawn. {first.withdrawal_reason}".strip(),
        decided_by=first.withdrawn_by,
    )
