"""A lake with a dataset that came a day at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from fairwatt.core.files.profile import ChannelRule, ImportProfile, TimestampRule
from fairwatt.lake import Lake

FIRST = datetime(2024, 1, 27, tzinfo=UTC)
DAYS = 8  # five of January, three of February
STEP = timedelta(minutes=10)
A_DAY = 144  # readings of a meter


@dataclass
class Daily:
    """A table ``t`` whose sources ``d0``, ``d1``… hold a day each of the meters ``a`` and ``b``."""

    lake: Lake
    folder: Path

    def add(self, day: int, *, factor: int = 1, table: str = "t", decimals: int = 1) -> None:
        """Ingest a day, in the place of what came of it before."""
        lines = ["time,meter,kw"]
        for number in range(A_DAY):
            at = FIRST + timedelta(days=day) + STEP * number
            lines += [f"{at:%Y-%m-%d %H:%M:%S},{meter},{value(day, number, meter, factor)}" for meter in "ab"]
        path = self.folder / "day.csv"
        path.write_text("\n".join(lines) + "\n")
        self.lake.ingest(path, _profile(decimals), table=table, source=f"d{day}", name=f"day {day}")

    def rows(self, table: str = "t", **options: object) -> pl.DataFrame:
        """All readings, in the order of time."""
        batches = list(self.lake.batches(table, fields=["kw"], **options))
        frame = pl.concat([pl.DataFrame(batch) for batch in batches])
        if "series" not in frame.columns:  # there is but one
            frame = frame.with_columns(pl.lit(self.lake.series(table)[0]).alias("series"))
        return frame.sort("start", "series").with_columns(pl.col("kw").cast(pl.Float64))

    def csv(self, table: str = "t", **options: object) -> bytes:
        """All readings as they are exported."""
        return b"".join(self.lake.export(table, format="csv", fields=["kw"], **options).chunks())

    def truth(self, days: dict[int, int], meters: str = "ab") -> pl.DataFrame:
        """What the table holds after these days were read, each with its factor."""
        told = [
            (FIRST + timedelta(days=day) + STEP * number, meter, float(value(day, number, meter, factor)))
            for day, factor in days.items()
            for number in range(A_DAY)
            for meter in meters
        ]
        frame = pl.DataFrame(told, schema=["start", "series", "kw"], orient="row")
        return frame.with_columns(pl.col("start").cast(pl.Datetime("us", "UTC"))).sort("start", "series")

    def files(self, table: str = "t") -> list[Path]:
        """The Parquet files of readings on the disk."""
        return sorted((self.lake.root / "tables" / table / "readings").rglob("source=*/**/*.parquet"))


def value(day: int, number: int, meter: str, factor: int) -> str:
    """A reading, by the rule that the truth follows too."""
    return f"{(day * 31 + number * 7 + (5 if meter == 'b' else 0)) % 97 * factor / 10}"


def _profile(decimals: int) -> ImportProfile:
    return ImportProfile(
        columns=3,
        timestamp=TimestampRule(columns=(0,), format="%Y-%m-%d %H:%M:%S", time_zone="UTC"),
        series_column=1,
        resolution_s=600,
        channels=(ChannelRule(name="Power", column=2, field="kw", decimals=decimals),),
    )


def same(found: pl.DataFrame, truth: pl.DataFrame) -> bool:
    """Whether two frames hold the same readings."""
    return found.select("start", "series", "kw").equals(truth.select("start", "series", "kw"))
