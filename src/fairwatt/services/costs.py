"""The cost meter: what each dataset takes up and costs, and how it grows.

It is measured when readings arrive and after upkeep, and kept; nothing is counted when a page opens.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from fairwatt.core.costs import (
    Growth,
    StoragePrices,
    StoredSize,
    bytes_a_reading,
    forecast,
    rounded,
    whole_months,
)
from fairwatt.core.spreadsheets import harmless_cell
from fairwatt.records.models import Dataset, DatasetUpkeep, File
from fairwatt.services.actors import Actor, require_manager
from fairwatt.services.lakes import get_lake
from fairwatt.services.projects import get_project

COLUMNS = (
    "dataset",
    "identifier",
    "title",
    "originals_bytes",
    "readings_bytes",
    "rollups_bytes",
    "earlier_versions_bytes",
    "total_bytes",
    "readings",
    "bytes_a_reading",
    "currency",
    "a_year_now",
    "grows_by_bytes_a_month",
    "at_least",
    "at_most",
    "a_year_after_twelve_months",
    "measured_at",
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a dataset, or all together, takes up and costs.

    ``yearly`` is what today's size costs in a year, ``yearly_later`` what the size costs that is forecast for twelve
    months from now (at least, about, at most); None without prices, the latter also while no month is whole yet.
    """

    size: StoredSize
    readings: int
    growth: Growth | None
    prices: StoragePrices | None
    measured_at: datetime | None = None
    dataset: Dataset | None = None

    @property
    def bytes_a_reading(self) -> Decimal | None:
        """Bytes of a reading with its rollups."""
        return bytes_a_reading(self.size, self.readings)

    @property
    def yearly(self) -> Decimal | None:
        """Money for a year, rounded."""
        return rounded(self.prices.yearly(self.size)) if self.prices else None

    @property
    def later(self) -> tuple[int, int, int] | None:
        """The bytes in twelve months: at least, about, at most."""
        return self.growth.after_a_year(self.size) if self.growth else None

    @property
    def yearly_later(self) -> tuple[Decimal, Decimal, Decimal] | None:
        """Money for a year of the sizes of ``later``, their parts being as they are now; rounded."""
        if self.prices is None or self.later is None:
            return None
        now = self.prices.yearly(self.size)
        if not self.size.total:
            return None
        low, about, high = (rounded(now * Decimal(size) / Decimal(self.size.total)) for size in self.later)
        return low, about, high


def measure_dataset(dataset: Dataset, *, at: datetime) -> DatasetUpkeep:
    """Measure what a dataset takes up, and keep it."""
    table = get_lake().upkeep.measure(dataset.table)
    files = list(dataset.files.filter(original_erased_at__isnull=True))
    originals = {file.sha256: file.size for file in files}
    readings = sum(dataset.channels.values_list("count", flat=True))
    values = {
        "raw_bytes": sum(originals.values()),
        "readings_bytes": table.readings,
        "rollup_bytes": table.rollups,
        "old_bytes": table.old,
        "table_files": table.files,
        "old_files": table.old_files,
        "readings": readings,
        "arrivals": _arrivals(files, stored=table.readings + table.rollups),
        "measured_at": at,
    }
    return DatasetUpkeep.objects.update_or_create(dataset=dataset, defaults=values)[0]


def _arrivals(files: Iterable[File], *, stored: int) -> list[dict[str, object]]:
    """The bytes that each month brought: originals as they were received, readings by the rows of their files."""
    zone, files = ZoneInfo(get_project().time_zone), list(files)
    rows = sum(file.rows for file in files)
    months: dict[str, float] = {}
    for file in files:
        share = stored * file.rows / rows if rows else 0.0
        for month, part in _spread(file, zone):
            months[month] = months.get(month, 0.0) + (file.size + share) * part
    return [{"month": month, "bytes": round(size)} for month, size in sorted(months.items())]


def _spread(file: File, zone: ZoneInfo) -> Iterator[tuple[str, float]]:
    """The months in which a file came, and the share of each; a live feed came day by day."""
    feed = getattr(file, "live_feed", None)
    begin = file.received_at
    end = feed.last_received_at if feed is not None and feed.last_received_at else begin
    days = max(0, (end - begin).days) + 1
    for day in range(days):
        yield f"{(begin + timedelta(days=day)).astimezone(zone):%Y-%m}", 1 / days


def cost_of(dataset: Dataset, *, at: datetime) -> Cost | None:
    """What a dataset takes up and costs, as it was last measured; None where it has not been."""
    upkeep = DatasetUpkeep.objects.filter(dataset=dataset).first()
    return _cost(upkeep, dataset, at=at) if upkeep is not None and upkeep.measured_at else None


def list_costs(*, actor: Actor, at: datetime) -> list[Cost]:
    """What each dataset takes up and costs, the largest first; for managers.

    Raises
    ------
    NotSignedIn, NotAllowed
        For anybody else.
    """
    require_manager(actor)
    rows: QuerySet[DatasetUpkeep] = DatasetUpkeep.objects.filter(measured_at__isnull=False).select_related("dataset")
    costs = [_cost(row, row.dataset, at=at) for row in rows]
    return sorted(costs, key=lambda cost: (-cost.size.total, cost.dataset.pk if cost.dataset else 0))


def add_costs_up(costs: Iterable[Cost], *, at: datetime) -> Cost:
    """All datasets together."""
    costs = list(costs)
    arrivals = [
        (month, size) for cost in costs if cost.dataset is not None for month, size in _months_of(cost.dataset.upkeep)
    ]
    return Cost(
        size=sum((cost.size for cost in costs), StoredSize()),
        readings=sum(cost.readings for cost in costs),
        growth=_growth(arrivals, at=at),
        prices=get_project().storage_prices.known,
        measured_at=min((cost.measured_at for cost in costs if cost.measured_at), default=None),
    )


def _cost(upkeep: DatasetUpkeep, dataset: Dataset, *, at: datetime) -> Cost:
    size = StoredSize(upkeep.raw_bytes, upkeep.readings_bytes, upkeep.rollup_bytes, upkeep.old_bytes)
    growth = _growth(_months_of(upkeep), at=at)
    prices = get_project().storage_prices.known
    return Cost(size, upkeep.readings, growth, prices, upkeep.measured_at, dataset)


def _months_of(upkeep: DatasetUpkeep) -> list[tuple[str, int]]:
    return [(str(entry["month"]), int(entry["bytes"])) for entry in upkeep.arrivals]


def _growth(arrivals: list[tuple[str, int]], *, at: datetime) -> Growth | None:
    this_month = f"{at.astimezone(ZoneInfo(get_project().time_zone)):%Y-%m}"
    return forecast(whole_months(arrivals, this_month=this_month))


def write_costs(costs: Iterable[Cost]) -> str:
    """The table of costs as CSV, with the columns :data:`COLUMNS`."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for cost in costs:
        dataset, growth, later = cost.dataset, cost.growth, cost.yearly_later
        writer.writerow(
            [
                dataset.key if dataset else "",
                harmless_cell(dataset.identifier if dataset else ""),
                harmless_cell(dataset.title if dataset else "All datasets"),
                cost.size.raw,
                cost.size.readings,
                cost.size.rollups,
                cost.size.old,
                cost.size.total,
                cost.readings,
                cost.bytes_a_reading,
                cost.prices.currency if cost.prices else "",
                cost.yearly,
                growth.mean if growth else "",
                growth.least if growth else "",
                growth.most if growth else "",
                later[1] if later else "",
                cost.measured_at.isoformat() if cost.measured_at else "",
            ]
        )
    return out.getvalue()
