"""What packages that were made before go on to say once parts of their data were erased, or withdrawn."""

from __future__ import annotations

import re
from datetime import datetime

from fairwatt.core.metadata.package_certificate import PackageCertificate, parse_package_certificate
from fairwatt.records.models import ByteSum, Dataset, EventCount, TrialPackage
from fairwatt.services.lakes import get_lake


def forget_in_packages(dataset: Dataset, *, at: datetime) -> None:
    """Take out of the records of packages what they say of data that are being erased; done again it does nothing.

    Names, sizes and hashes of files go, with the counts that name series. The package's page stays, and says that
    parts of what was in it were erased: neither its certificate nor its signature is given out any more.
    """
    EventCount.objects.filter(dataset=dataset).delete()
    ByteSum.objects.filter(name__startswith=f"export:{dataset.table}:").delete()
    keys = set(dataset.files.values_list("key", flat=True))
    for row in TrialPackage.objects.select_for_update().filter(datasets=dataset):
        certificate = parse_package_certificate(row.certificate)
        left = _without(certificate, dataset, keys)
        if left != certificate:
            row.certificate, row.erased_at = left.model_dump(mode="json"), at
            row.save(update_fields=["certificate", "erased_at"])
    gone = dataset.files.exclude(original_erased_at=None).exclude(sha256="").values_list("sha256", flat=True)
    sums = [f"raw:{sha256}" for sha256 in gone if not get_lake().raw.exists(sha256)]  # another file may have them too
    ByteSum.objects.filter(name__in=sums).delete()


def _without(certificate: PackageCertificate, dataset: Dataset, keys: set[str]) -> PackageCertificate:
    """The certificate without the members of a dataset, and without what it says of its files."""
    pids = {one.pid for one in certificate.datasets if one.has_data and name_of(one.pid) == dataset.key}
    return certificate.model_copy(
        update={
            "members": tuple(one for one in certificate.members if one.dataset not in pids),
            "left_out": tuple(one for one in certificate.left_out if not one.pid or name_of(one.pid) not in keys),
        }
    )


def name_of(pid: str) -> str:
    """The name of a dataset or a file in its PID, whichever version it is of."""
    return re.split(r"[/.]", pid.split("/", 2)[-1])[0]


def withdrawn_since(row: TrialPackage) -> list[Dataset]:
    """The datasets of a package that were withdrawn after it was made."""
    return [
        dataset
        for dataset in row.datasets.order_by("title", "pk")
        if dataset.state == Dataset.State.WITHDRAWN and dataset.withdrawn_at and dataset.withdrawn_at >= row.made_at
    ]
