"""Windows show every peak and every gap, whichever rollup they are made of."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fairwatt.core.errors import InvalidInput, NotFound
from fairwatt.core.files.profile import ImportProfile, Kind
from fairwatt.core.resolutions import Resolution
from fairwatt.lake import IngestResult, Lake
from fairwatt.lake.deltalog import DeltaFolder

Ingest = Callable[..., IngestResult]
MakeProfile = Callable[..., ImportProfile]
FIRST = datetime(2020, 1, 30, 23, 58, 7, tzinfo=UTC)
SECONDS = 200_000
GAP = range(100_000, 104_000)


@pytest.fixture(scope="module")
def truth() -> pl.DataFrame:
    """More than two days at a second, over a month's end: a wave with one peak, missing values and a gap."""
    number = np.arange(SECONDS)
    kw = np.round(3 + 2 * np.sin(number / 7_000), 2)
    kw[123_456] = 127.0
    frame = pl.DataFrame({"i": number, "kw": kw}).with_columns(
        start=pl.lit(FIRST) + pl.duration(seconds=pl.col("i")),
        kw=pl.when(pl.col("i") % 1_000 == 7).then(None).otherwise(pl.col("kw")),
    )
    return frame.filter(~pl.col("i").is_in(list(GAP))).select(pl.col("start").dt.cast_time_unit("us"), "kw")


@pytest.fixture(scope="module")
def second_lake(tmp_path_factory: pytest.TempPathFactory, truth: pl.DataFrame) -> Lake:
    """The truth as a lake of two sources, one of them with another channel besides."""
    folder = tmp_path_factory.mktemp("windows")
    lake = Lake(folder / "lake")
    halves = (truth.head(150_000), truth.tail(truth.height - 150_000).with_columns(v=pl.lit(240.1)))
    for source, half in zip(("a", "b"), halves, strict=True):
        path = folder / "half.csv"
        half.with_columns(pl.col("start").dt.strftime("%Y-%m-%d %H:%M:%S")).write_csv(path)
        lake.ingest(path, _profile(half.columns[1:]), table="t", source=source, name="half.csv")
    return lake


def _profile(fields: list[str]) -> ImportProfile:
    rules = [{"name": f, "column": i + 1, "field": f, "decimals": 2} for i, f in enumerate(fields)]
    stamp = {"columns": (0,), "format": "%Y-%m-%d %H:%M:%S", "time_zone": "UTC"}
    return ImportProfile.model_validate({"columns": len(fields) + 1, "timestamp": stamp, "channels": rules})


def expected(truth: pl.DataFrame, start: datetime, end: datetime, step_s: float) -> pl.DataFrame:
    width = round(step_s * 1_000_000)
    return (
        truth.filter((pl.col("start") >= start) & (pl.col("start") < end))
        .group_by((pl.col("start").dt.epoch("us") // width * width).alias("start"))
        .agg(
            kw_min=pl.col("kw").min(), kw_mean=pl.col("kw").mean(), kw_max=pl.col("kw").max(),
            kw_count=pl.col("kw").count().cast(pl.Int64),
        )
        .with_columns(pl.col("start").cast(pl.Datetime("us", "UTC")))
        .sort("start")
    )  # fmt: skip


@pytest.mark.parametrize("points", [1, 2, 7, 100, 333, 2_000])
@pytest.mark.parametrize(
    ("start_s", "end_s"),
    [
        (0, SECONDS),
        (1, SECONDS - 1),
        (29, 61),
        (1_000, 1_061),
        (90_000, 120_000),
        (86_393, 172_793),
        (149_990, 150_010),
    ],
)
def test_a_window_is_what_grouping_the_readings_gives(
    second_lake: Lake, truth: pl.DataFrame, start_s: int, end_s: int, points: int
) -> None:
    start, end = (FIRST + timedelta(seconds=s) for s in (start_s, end_s))
    window = second_lake.window("t", fields=["kw"], start=start, end=end, points=points)
    inside = truth.filter((pl.col("start") >= start) & (pl.col("start") < end))
    shown = window.frame.filter(pl.col("kw_count").is_not_null() & ((pl.col("kw_count") > 0) | pl.lit(window.is_raw)))
    assert window.total == inside.height
    assert window.shown <= points
    assert window.is_raw == (inside.height <= points)
    if points > 1 and not window.is_raw:
        want = expected(truth, start, end, window.step_s)
        assert shown.drop("kw_mean").equals(want.drop("kw_mean"))
        assert np.allclose(shown["kw_mean"], want["kw_mean"], rtol=1e-12)
    assert shown["kw_max"].max() == inside["kw"].max()
    assert shown["kw_min"].min() == inside["kw"].min()
    assert shown["kw_count"].sum() == inside["kw"].count()


def test_few_readings_come_as_they_are(second_lake: Lake, truth: pl.DataFrame) -> None:
    window = second_lake.window("t", fields=["kw"], start=FIRST, end=FIRST + timedelta(seconds=10))
    assert (window.is_raw, window.step_s, window.shown, window.total) == (True, 1.0, 10, 10)
    assert window.frame.schema == {
        "start": pl.Datetime("us", "UTC"), "kw_min": pl.Float64, "kw_mean": pl.Float64, "kw_max": pl.Float64,
        "kw_count": pl.Int64,
    }  # fmt: skip
    for column in ("kw_min", "kw_mean", "kw_max"):
        assert window.frame[column].to_list() == truth["kw"].head(10).to_list()
    assert window.frame["kw_count"].to_list() == [1] * 7 + [0] + [1] * 2


@pytest.mark.parametrize("points", [500, 2_000, 20_000])
def test_a_gap_is_one_row_of_nulls(second_lake: Lake, points: int) -> None:
    around = (FIRST + timedelta(seconds=s) for s in (GAP.start - 5_000, GAP.stop + 5_000))
    window = second_lake.window("t", fields=["kw"], start=next(around), end=next(around), points=points)
    breaks = window.frame.filter(pl.col("kw_count") == 0, pl.col("kw_min").is_null())
    inside = breaks.filter(
        pl.col("start") >= FIRST + timedelta(seconds=GAP.start), pl.col("start") < FIRST + timedelta(seconds=GAP.stop)
    )
    assert inside.height == 1
    assert window.frame["start"].is_sorted()
    assert window.frame.height == window.shown + 1


def test_a_channel_of_one_source_is_null_where_the_other_has_none(second_lake: Lake) -> None:
    window = second_lake.window("t", fields=["v", "kw"], points=50)
    assert window.frame["v_count"].sum() == SECONDS - len(GAP) - 150_000
    assert window.frame["v_max"].max() == 240.1
    assert window.frame["kw_max"].max() == 127.0


def test_a_source_can_be_asked_for_alone(second_lake: Lake) -> None:
    assert second_lake.window("t", fields=["kw"], sources=["a"], points=10).total == 150_000
    assert second_lake.window("t", fields=["kw"], sources=["none"], points=10).total == 0


def test_a_rollup_without_its_readings_is_not_used(
    truth: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a crash between the commit of the rollups and that of the readings."""
    lake = Lake(tmp_path / "lake")
    path = tmp_path / "x.csv"

    def ingest(kw: str) -> None:
        stamps = pl.col("start").dt.strftime("%Y-%m-%d %H:%M:%S")
        truth.head(30_000).select(stamps, pl.lit(kw).alias("kw")).write_csv(path)
        lake.ingest(path, _profile(["kw"]), table="t", source="a", name="x.csv")

    ingest("1.00")
    with monkeypatch.context() as patch:
        commit = DeltaFolder.commit

        def fail_for_readings(folder: DeltaFolder, *args: object, **options: object) -> None:
            if folder.partition == "month":
                raise OSError(errno.EIO, "the disk is broken")
            commit(folder, *args, **options)

        patch.setattr(DeltaFolder, "commit", fail_for_readings)
        with pytest.raises(OSError, match="broken"):
            ingest("2.00")
    window = lake.window("t", fields=["kw"], points=20)
    assert (window.total, window.frame["kw_max"].max(), window.frame["kw_min"].min()) == (30_000, 1.0, 1.0)
    ingest("3.00")
    assert lake.window("t", fields=["kw"], points=20).frame["kw_max"].max() == 3.0


def test_series_are_taken_together_or_one_by_one(ingest: Ingest, make_profile: MakeProfile, lake: Lake) -> None:
    rows = [f"2020-01-01 0{h}:00:00,{m},{v}" for h in range(3) for m, v in (("b", h), ("a", 10 * h))]
    ingest(["time,meter,kw", *rows], make_profile(["kw"], series_column=1))
    together = lake.window("t", fields=["kw"])
    assert together.frame.select("kw_min", "kw_mean", "kw_max", "kw_count").rows() == [
        (0.0, 0.0, 0.0, 2), (1.0, 5.5, 10.0, 2), (2.0, 11.0, 20.0, 2),
    ]  # fmt: skip
    assert (together.shown, together.total) == (3, 6)
    assert lake.window("t", fields=["kw"], series="a").frame["kw_mean"].to_list() == [0.0, 10.0, 20.0]
    assert lake.window("t", fields=["kw"], series=["b", "a"]).frame.equals(together.frame)
    assert lake.window("t", fields=["kw"], series=[]).total == 0


def test_readings_without_a_step_have_no_gaps(ingest: Ingest, make_profile: MakeProfile, lake: Lake) -> None:
    stamps = ["00:00:00", "00:00:01", "00:07:13", "03:00:00", "11:11:11"]
    ingest(["time,kw", *(f"2020-01-01 {s},1" for s in stamps)], make_profile(["kw"]))
    window = lake.window("t", fields=["kw"])
    assert (window.frame.height, window.step_s, window.is_raw) == (5, 0.0, True)


@pytest.mark.parametrize("table", ["t", "nothing"])
def test_an_empty_window_has_its_columns(second_lake: Lake, table: str) -> None:
    past = datetime(1999, 1, 1, tzinfo=UTC)
    fields = ["kw"] if table == "t" else []
    window = second_lake.window(table, fields=fields, start=past, end=past + timedelta(days=1))
    assert (window.frame.height, window.shown, window.total) == (0, 0, 0)
    assert window.frame.columns == ["start", *(f"{f}_{s}" for f in fields for s in ("min", "mean", "max", "count"))]


def test_a_channel_that_is_not_there_is_named(second_lake: Lake) -> None:
    with pytest.raises(NotFound, match="no channel 'nope'") as caught:
        second_lake.window("t", fields=["nope"])
    assert caught.value.next_step == "Ask for one of: kw, v."


def test_text_can_not_be_drawn(ingest: Ingest, make_profile: MakeProfile, lake: Lake) -> None:
    profile = make_profile(["state"])
    rule = profile.channels[0].model_copy(update={"kind": Kind.TEXT})
    ingest(["time,state", "2020-01-01 00:00:00,on"], profile.model_copy(update={"channels": (rule,)}))
    with pytest.raises(InvalidInput, match="'state' holds no numbers"):
        lake.window("t", fields=["state"])


def test_a_time_without_a_zone_is_refused(second_lake: Lake) -> None:
    with pytest.raises(InvalidInput, match="without a zone"):
        second_lake.window("t", fields=["kw"], start=datetime(2020, 1, 1))


def test_buckets_of_readings_hold_equally_many(second_lake: Lake) -> None:
    start = datetime(2020, 2, 1, tzinfo=UTC)
    window = second_lake.window("t", fields=["kw"], start=start, end=start + timedelta(seconds=3_600))
    assert (window.step_s, window.shown, window.total) == (2.0, 1_800, 3_600)


def test_a_window_can_have_a_point_for_each_local_day(ingest: Ingest, make_profile: MakeProfile, lake: Lake) -> None:
    """Around the end of summer time: the days are 24, 25 and 24 hours long; one is missing after them."""
    first = datetime(2021, 10, 29, 23, tzinfo=UTC)
    hours = [hour for hour in range(24 + 25 + 24 + 24 + 24) if not 73 <= hour < 97]
    lines = [f"{first + timedelta(hours=hour):%Y-%m-%d %H:%M:%S},{hour}" for hour in hours]
    ingest(["time,kw", *lines], make_profile(["kw"]))
    days = Resolution(days=1, zone="Europe/London")

    found = lake.window("t", fields=["kw"], resolution=days)

    counts = found.columns["kw_count"].tolist()
    starts = [str(at) for at in found.columns["start"].astype("datetime64[h]")]
    assert starts == ["2021-10-29T23", "2021-10-30T23", "2021-11-01T00", "2021-11-02T00", "2021-11-03T00"]
    assert counts == [24, 25, 24, 0, 24]
    assert found.columns["kw_mean"][[0, 1, 2, 4]].tolist() == [11.5, 36.0, 60.5, 108.5]
    assert (found.shown, found.total, found.is_raw) == (4, 97, False)
    with pytest.raises(InvalidInput, match="more than the 3 that fit"):
        lake.window("t", fields=["kw"], resolution=days, points=3)
