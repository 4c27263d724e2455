"""Whatever is asked, buckets say what the readings say: with rollups, without, in any zone, through clock changes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fairwatt.core.files.profile import ImportProfile
from fairwatt.core.periods import settlement_period
from fairwatt.core.resolutions import Resolution
from fairwatt.lake import Lake, rollups
from fairwatt.lake.aggregating import Buckets, choose_levels
from fairwatt.lake.engine import micros_of
from fairwatt.lake.selecting import Selection

LONDON = "Europe/London"
ALL = ("mean", "min", "max", "count", "sum")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SPRING = datetime(2021, 3, 25, 22, 59, 40, tzinfo=UTC)  # clocks go forward on the 28th, a month ends on the 31st
AUTUMN = datetime(2021, 10, 28, 5, tzinfo=UTC)  # and back on the 31st
SPANS = {
    "s": (SPRING, 50, 11_000),  # with rollups from ten minutes up
    "a": (AUTUMN, 50, 9_000),
    "late": (SPRING + timedelta(days=2, minutes=7), 1_800, 150),  # without any, over readings that were there
}


def _rows(source: str, chance: random.Random) -> list[tuple[datetime, str, Decimal | None, Decimal | None]]:
    first, step_s, count = SPANS[source]
    rows = []
    for number in range(count):
        if 0.2 < number / count < 0.25:  # a gap
            continue
        at = first + timedelta(seconds=number * step_s)
        for meter in ("m1", "m2") if source == "late" else ("m2",):
            kw = None if chance.random() < 0.05 else Decimal(chance.randrange(-9_999, 99_999)).scaleb(-3)
            rows.append((at, meter, kw, Decimal(chance.randrange(2_300, 2_500)).scaleb(-1)))
    return rows


def _profile() -> ImportProfile:
    rules = [{"name": f, "column": 2 + i, "field": f, "decimals": d} for i, (f, d) in enumerate((("kw", 3), ("v", 1)))]
    stamp = {"columns": (0,), "format": "%Y-%m-%d %H:%M:%S", "time_zone": "UTC"}
    return ImportProfile.model_validate({"columns": 4, "timestamp": stamp, "series_column": 1, "channels": rules})


@pytest.fixture(scope="module")
def truth() -> pl.DataFrame:
    """Readings of three files: by source, meter and start."""
    chance = random.Random(11)
    rows = [(source, *row) for source in SPANS for row in _rows(source, chance)]
    kinds = {"source": pl.String, "start": pl.Datetime("us", "UTC"), "series": pl.String}
    return pl.DataFrame(rows, orient="row", schema=kinds | {"kw": pl.Decimal(18, 3), "v": pl.Decimal(18, 1)})


@pytest.fixture(scope="module")
def mixed_lake(truth: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """The truth as a table of three sources, of which two have rollups."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollups, "LEAST_ROWS", 1_000)
        yield _make_lake(truth, tmp_path_factory)


def _make_lake(truth: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("aggregating")
    lake = Lake(folder / "lake", kept_bytes=0)
    for source in SPANS:
        path = folder / "part.csv"
        part = truth.filter(source=source).select(pl.col("start").dt.strftime("%Y-%m-%d %H:%M:%S"), "series", "kw", "v")
        part.write_csv(path)
        lake.ingest(path, _profile(), table="t", source=source, name="part.csv")
    return lake


def begin_of(at: datetime, resolution: Resolution) -> datetime:
    """The start of an instant's bucket, one instant at a time."""
    if resolution.micros:
        width = timedelta(microseconds=resolution.micros)
        return EPOCH + (at - EPOCH) // width * width
    zone = ZoneInfo(resolution.zone)
    day = at.astimezone(zone).date()
    if resolution.months:
        month = (day.year * 12 + day.month - 1) // resolution.months * resolution.months
        day = date(month // 12, month % 12 + 1, 1)
    else:
        origin = date(1970, 1, 5 if resolution.days % 7 == 0 else 1)
        day = origin + (day - origin) // timedelta(days=resolution.days) * timedelta(days=resolution.days)
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def expected(rows: pl.DataFrame, resolution: Resolution, fields: Sequence[str]) -> list[dict[str, object]]:
    width = resolution.micros or 900_000_000  # no zone's midnight lies within a quarter of an hour
    floors = (pl.col("start").dt.epoch("us") // width * width).cast(pl.Datetime("us", "UTC"))
    parts = rows.select(floors.alias("part"))["part"].unique()
    kind = pl.Datetime("us", "UTC")
    places = pl.DataFrame({"part": parts, "b": pl.Series([begin_of(at, resolution) for at in parts], dtype=kind)})
    gathered = (
        rows.with_columns(floors.alias("part"))
        .join(places, on="part")
        .group_by("b", "series")
        .agg(
            *(getattr(pl.col(f), name)().alias(f"{f}_{name}") for f in fields for name in ("min", "max", "sum")),
            *(pl.col(f).count().alias(f"{f}_count") for f in fields),
        )
        .sort("b", "series")
    )
    found = []
    for row in gathered.to_dicts():
        made: dict[str, object] = {"start": row["b"], "series": row["series"]}
        for f in fields:
            count = row[f"{f}_count"]
            total = float(row[f"{f}_sum"]) if count else None
            made |= {f"{f}_mean": None if total is None else total / count, f"{f}_sum": total, f"{f}_count": count}
            made |= {f"{f}_{n}": None if row[f"{f}_{n}"] is None else float(row[f"{f}_{n}"]) for n in ("min", "max")}
        found.append(made)
    return found


def asked(lake: Lake, resolution: Resolution, **options: object) -> list[dict[str, object]]:
    batches = list(lake.batches("t", resolution=resolution, statistics=ALL, **options))
    return pl.concat([pl.DataFrame(batch) for batch in batches]).to_dicts() if batches else []


EQUAL = st.one_of(
    st.sampled_from([600, 1_800, 3_600, 7_200, 86_400]),
    st.sampled_from([45, 90, 420, 900, 2_700, 5_400, 25_200, 100_000]),  # no rollup's multiple, or only a fine one's
    st.integers(20, 200_000),
).map(Resolution.of_seconds)
ZONES = st.sampled_from([LONDON, "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"])
CALENDAR = st.one_of(
    st.builds(lambda days, zone: Resolution(days=days, zone=zone), st.sampled_from([1, 2, 7, 14]), ZONES),
    st.builds(lambda months, zone: Resolution(months=months, zone=zone), st.sampled_from([1, 3, 12]), ZONES),
)
MOMENTS = st.one_of(
    st.none(),
    st.builds(
        lambda first, seconds: first + timedelta(seconds=seconds),
        st.sampled_from(
            [SPRING, AUTUMN, datetime(2021, 3, 27, 23, tzinfo=UTC), datetime(2021, 10, 30, 23, tzinfo=UTC)]
        ),
        st.one_of(st.integers(0, 200).map(lambda n: n * 1_800), st.integers(-7_200, 700_000)),
    ),
)


@settings(max_examples=60, deadline=None)
@given(
    resolution=st.one_of(EQUAL, CALENDAR),
    window=st.tuples(MOMENTS, MOMENTS),
    fields=st.sampled_from([["kw"], ["v", "kw"]]),
    series=st.sampled_from([None, ["m1"], ["m1", "m2"]]),
    sources=st.sampled_from([None, None, ["s"], ["late", "s"]]),
)
@example(Resolution(days=1, zone=LONDON), (None, None), ["kw"], None, None)
@example(Resolution(months=1, zone=LONDON), (None, None), ["kw"], None, None)
@example(Resolution.of_seconds(86_400), (SPRING, None), ["kw"], None, ["s"])
def test_buckets_are_what_gathering_the_readings_one_by_one_gives(  # noqa: PLR0917 - what is drawn
    mixed_lake: Lake,
    truth: pl.DataFrame,
    resolution: Resolution,
    window: tuple[datetime | None, datetime | None],
    fields: list[str],
    series: list[str] | None,
    sources: list[str] | None,
) -> None:
    start, end = window
    rows = truth
    if series is not None:
        rows = rows.filter(pl.col("series").is_in(series))
    if sources is not None:
        rows = rows.filter(pl.col("source").is_in(sources))
    if start is not None:
        rows = rows.filter(pl.col("start") >= start)
    if end is not None:
        rows = rows.filter(pl.col("start") < end)
    got = asked(mixed_lake, resolution, fields=fields, start=start, end=end, series=series, sources=sources)
    want = expected(rows, resolution, fields)
    for row in got:
        row.setdefault("series", want[0]["series"] if want else None)  # told only where there are several
    assert [(row["start"], row["series"]) for row in got] == [(row["start"], row["series"]) for row in want]
    for row, true in zip(got, want, strict=True):
        for field in fields:
            assert [row[f"{field}_{n}"] for n in ("min", "max", "count")] == [
                true[f"{field}_{n}"] for n in ("min", "max", "count")
            ]
            for name in ("sum", "mean"):
                assert _is_near(row[f"{field}_{name}"], true[f"{field}_{name}"])


def _is_near(one: object, other: object) -> bool:
    """Equal but for the last digits that a float can't hold."""
    return one is other is None or bool(one == pytest.approx(other, rel=1e-14, abs=1e-12))


def test_the_days_of_the_clock_changes_have_46_and_50_settlement_periods(mixed_lake: Lake) -> None:
    settlement = Resolution.parse("settlement-period")
    assert settlement is not None
    rows = asked(mixed_lake, settlement, fields=["kw"], sources=["s", "a"])
    assert list(rows[0])[:4] == ["start", "settlement_date", "settlement_period", "kw_mean"]
    assert [settlement_period(row["start"]) for row in rows] == [
        (row["settlement_date"], row["settlement_period"]) for row in rows
    ]
    days: dict[object, list[object]] = {}
    for row in rows:
        days.setdefault(row["settlement_date"], []).append(row["settlement_period"])
    assert days[date(2021, 10, 31)] == list(range(1, 51))
    assert days[date(2021, 3, 26)] == list(range(1, 49))
    assert days[date(2021, 3, 28)] == list(range(1, 47))


@pytest.mark.parametrize(
    ("resolution", "level"),
    [
        (Resolution.of_seconds(1_800), 1_800),
        (Resolution.of_seconds(3_600), 1_800),
        (Resolution.of_seconds(5_400), 1_800),
        (Resolution.of_seconds(1_200), 600),
        (Resolution.of_seconds(900), None),
        (Resolution.of_seconds(172_800), 86_400),
        (Resolution(days=1, zone=LONDON), 1_800),
        (Resolution(months=1, zone="Asia/Kathmandu"), None),
    ],
)
def test_the_coarsest_rollup_that_is_exact_answers(mixed_lake: Lake, resolution: Resolution, level: int | None) -> None:
    snapshot = mixed_lake._table("t").snapshot()
    begin = round(SPRING.timestamp()) * 1_000_000
    buckets = Buckets.of(resolution, begin, begin + 6 * 86_400_000_000)
    chosen = choose_levels(Selection.of(snapshot, ["kw"], None, None), buckets.fits)
    by_source = {snapshot.notes[batch].source: own for batch, own in chosen.items()}
    assert by_source == {"s": level, "a": level, "late": None}


@pytest.mark.parametrize("days", [1, 7, 10])
@pytest.mark.parametrize("zone", [LONDON, "America/Sao_Paulo", "Asia/Beirut", "Australia/Lord_Howe", "Pacific/Apia"])
def test_local_days_begin_where_the_zone_says(zone: str, days: int) -> None:
    """Years of them, in zones that change their clocks by night, at midnight, by half an hour, or left out a day."""
    begin, end = (micros_of(datetime(year, 6, 15, 7, tzinfo=UTC)) for year in (2010, 2013))
    resolution = Resolution(days=days, zone=zone)
    instants = sorted({at for edge in resolution.edges(begin, end)[1:-1] for at in (edge - 1, edge, edge + 1)})
    label = Buckets.of(resolution, begin, end).label
    with duckdb.connect() as connection:
        sql = f"SELECT {label} FROM (SELECT make_timestamptz(unnest({instants})) AS start)"
        found = [row for (row,) in connection.execute(sql).fetchall()]
    assert found == [resolution.floor(at) for at in instants]
