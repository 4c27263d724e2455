"""Plain files become parts that are published as they are, cut where months begin and clocks change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest import mock
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from fairwatt.core.errors import Cancelled, StorageFull
from fairwatt.core.files.profile import ImportProfile, Kind
from fairwatt.lake import IngestResult, Lake
from fairwatt.lake.direct import choosing
from fairwatt.lake.direct.choosing import Sorting

MakeProfile = Callable[..., ImportProfile]
Ingest = Callable[..., IngestResult]
ReadAll = Callable[..., pl.DataFrame]


@contextmanager
def small_parts(size: int = 4_000) -> Iterator[list[Sorting]]:
    """Cut files as if they were large, and see what became of their parts."""
    seen: list[Sorting] = []

    def see(*given: object) -> Sorting:
        seen.append(choosing.sort_parts(*given))
        return seen[-1]

    with (
        mock.patch("fairwatt.lake.direct.loading._LEAST_BYTES", size),
        mock.patch("fairwatt.lake.direct.loading._MOST_BYTES", size),
        mock.patch("fairwatt.lake.direct.cuts._LEAST_BYTES", size),
        mock.patch("fairwatt.lake.direct.reading.BLOCK_BYTES", 1_000),
        mock.patch("fairwatt.lake.ingesting.sort_parts", see),
    ):
        yield seen


def lines(start: datetime, count: int, *, minutes: int, zone: str = "UTC") -> list[str]:
    clock = ZoneInfo(zone)
    times = [(start + timedelta(minutes=minutes * n)).astimezone(clock) for n in range(count)]
    return ["time,kw", *(f"{at:%Y-%m-%d %H:%M:%S},{n / 10}" for n, at in enumerate(times))]


def test_a_file_in_order_is_published_as_it_was_read(
    lake: Lake, ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll
) -> None:
    rows = lines(datetime(2021, 1, 20, tzinfo=UTC), 1_000, minutes=60)
    with small_parts() as seen:
        result = ingest(rows, make_profile(["kw"]))
    (sorting,) = seen
    assert len(sorting.ready) > 4
    assert (sorting.loose, sorting.others) == ((), ())
    assert result.findings == ()
    months = {path.parent.name for path in (lake.root / "tables" / "t" / "readings").rglob("*.parquet")}
    assert months == {"month=2021-01", "month=2021-02", "month=2021-03"}
    frame = read_all()
    assert frame["kw"].cast(pl.Float64).to_list() == [n / 10 for n in range(1_000)]
    assert frame["start"].is_sorted()


def test_only_the_hour_that_comes_twice_is_written_anew(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll
) -> None:
    start = datetime(2021, 10, 30, 12, tzinfo=UTC)
    with small_parts() as seen:
        ingest(lines(start, 300, minutes=10, zone="Europe/London"), make_profile(["kw"], zone="Europe/London"))
    (sorting,) = seen
    assert sum(part.rows for part in sorting.others) == 12
    assert sum(part.rows for part in sorting.ready) == 288
    frame = read_all()
    assert frame["start"].to_list() == [start + timedelta(minutes=10 * n) for n in range(300)]


def test_parts_that_tell_of_the_same_time_are_written_in_order(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll
) -> None:
    rows = lines(datetime(2021, 5, 1, tzinfo=UTC), 600, minutes=30)
    late = [rows[0], *rows[301:], *rows[1:301]]
    with small_parts(8_000) as seen:
        result = ingest(late, make_profile(["kw"]))
    assert seen[0].ready or seen[0].loose
    assert [finding.code for finding in result.findings] == ["out-of-order"]
    assert read_all()["kw"].cast(pl.Float64).to_list() == [n / 10 for n in range(600)]


def test_meters_one_after_another_share_the_months(
    lake: Lake, ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll
) -> None:
    times = [line.split(",")[0] for line in lines(datetime(2021, 1, 25, tzinfo=UTC), 700, minutes=30)[1:]]
    rows = ["meter,time,kwh", *(f"m{meter},{at},{meter}.5" for meter in range(5) for at in times)]
    with small_parts() as seen:
        ingest(rows, make_profile(["kwh"], stamp_columns=(1,), series_column=0))
    assert seen[0].loose
    assert not seen[0].others
    assert len(list((lake.root / "tables" / "t" / "readings").rglob("*.parquet"))) < 5 + len(seen[0].ready)
    assert read_all().group_by("series").len().sort("series").rows() == [(f"m{n}", 700) for n in range(5)]


def test_odd_cells_are_told_of_and_the_rest_is_read_as_plain(ingest: Ingest, make_profile: MakeProfile) -> None:
    rows = lines(datetime(2021, 5, 1, tzinfo=UTC), 600, minutes=30)
    rows[100] = rows[100].rpartition(",")[0] + ",n/a"
    rows[500] = rows[500].rpartition(",")[0] + ",1e2"
    with small_parts() as seen:
        result = ingest(rows, make_profile(["kw"], decimals=3))
    assert result.missing_count == 1
    (odd, missing) = result.findings
    assert (odd.code, odd.where) == ("not-a-number", ("line 101",))
    assert (missing.code, missing.where) == ("missing-values", ("line 101",))
    assert seen[0].ready
    assert result.channels[0].maximum == 100.0


def test_progress_goes_forward_and_a_cancelled_reading_leaves_nothing(
    lake: Lake, ingest: Ingest, make_profile: MakeProfile
) -> None:
    rows = lines(datetime(2021, 5, 1, tzinfo=UTC), 600, minutes=30)
    shares: list[float] = []
    with small_parts():
        ingest(rows, make_profile(["kw"]), on_progress=lambda share, _: shares.append(share))
        assert shares == sorted(shares)
        asked = iter([False, False])
        with pytest.raises(Cancelled):
            ingest(rows, make_profile(["kw"]), source="other", is_cancelled=lambda: next(asked, True))
    assert lake.sources("t") == ["s"]
    assert list((lake.root / "work").iterdir()) == []


def test_a_disk_that_fills_up_while_parts_are_written_is_said(
    lake: Lake, ingest: Ingest, make_profile: MakeProfile
) -> None:
    rows = lines(datetime(2021, 5, 1, tzinfo=UTC), 600, minutes=30)
    full = OSError(28, "No space left on device")
    with (
        small_parts(),
        mock.patch("fairwatt.lake.direct.reading.PartReader.write", side_effect=full),
        pytest.raises(StorageFull),
    ):
        ingest(rows, make_profile(["kw"]))
    assert list((lake.root / "work").iterdir()) == []


def test_a_stray_quote_and_a_stray_return_cost_no_other_row(ingest: Ingest, make_profile: MakeProfile) -> None:
    rows = lines(datetime(2021, 5, 1, tzinfo=UTC), 40, minutes=30)
    rows[5] = rows[5].rpartition(",")[0] + ',"'
    rows[20] += "\r"
    result = ingest(rows, make_profile(["kw"]))
    assert result.rows == 40
    assert [(found.code, found.where) for found in result.findings] == [
        ("not-a-number", ("line 6",)), ("missing-values", ("line 6",)),
    ]  # fmt: skip


def test_lines_without_a_time_or_with_too_few_cells_are_left_out_alone(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll
) -> None:
    rows = lines(datetime(2021, 1, 20, tzinfo=UTC), 1_000, minutes=60)
    faults = {300: ["soon,7.5"], 500: ["", "2021-02-09"], 900: ["2021-02-30 00:00:00,7.25", "a,b,c"]}
    spoilt = [line for at, row in enumerate(rows) for line in (*faults.get(at, []), row)]
    with small_parts() as seen:
        result = ingest(spoilt, make_profile(["kw"]))
    (sorting,) = seen
    assert len(sorting.ready) > 4
    assert (sorting.loose, sorting.others) == ((), ())
    # Lines from 1, the header being the first: 300 + 1, then one more for each line that was put in before.
    told = {finding.code: (finding.count, finding.where) for finding in result.findings}
    assert told == {
        "bad-stamp": (2, ("line 301", "line 904")),
        "ragged-row": (2, ("line 503", "line 905")),
    }
    frame = read_all()
    assert frame["kw"].cast(pl.Float64).to_list() == [n / 10 for n in range(1_000)]


def test_a_series_none_of_whose_rows_has_a_time_is_none_of_the_file(ingest: Ingest, make_profile: MakeProfile) -> None:
    rows = ["meter,time,kw", "a,2021-01-01 00:00:00,1.5", "b,soon,2.5", "a,2021-01-01 00:30:00,3.5"]
    assert ingest(rows, make_profile(["kw"], stamp_columns=(1,), series_column=0)).series == ("a",)


@pytest.mark.parametrize("decimals", [1, None])
def test_two_rows_of_two_months_become_two_files(
    lake: Lake, ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll, decimals: int | None
) -> None:
    """So few names are kept in another way, which can't be read as codes."""
    ingest(["time,kw", "2021-01-31 23:00:00,1.5", "2021-02-01 01:00:00,2.5"], make_profile(["kw"], decimals=decimals))
    months = sorted(path.parent.name for path in (lake.root / "tables" / "t" / "readings").rglob("*.parquet"))
    assert months == ["month=2021-01", "month=2021-02"]
    assert read_all()["kw"].cast(pl.Float64).to_list() == [1.5, 2.5]


def test_channels_of_words_and_of_yes_and_no_are_read_directly_with_the_numbers(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll
) -> None:
    profile = make_profile(["kw", "state", "valve"])
    kinds = {"state": Kind.TEXT, "valve": Kind.BOOLEAN}
    channels = [rule.model_copy(update={"kind": kinds.get(rule.field, Kind.NUMBER)}) for rule in profile.channels]
    rows = ["time,kw,state,valve", *(f"2021-01-01 00:{n:02},{n}.5, idle ,ON" for n in range(50))]
    rows += ["2021-01-01 00:50,1.5,,perhaps", f"2021-01-01 00:51,2.5,{'long ' * 40}end,f"]
    profile = make_profile(["kw", "state", "valve"], stamp="%Y-%m-%d %H:%M").model_copy(
        update={"channels": tuple(channels)}
    )
    with small_parts() as seen:
        result = ingest(rows, profile)
    assert [len(sorting.ready) for sorting in seen] == [1]
    assert [(one.field, one.count, one.missing) for one in result.channels] == [
        ("kw", 52, 0), ("state", 51, 1), ("valve", 51, 1),
    ]  # fmt: skip
    frame = read_all()
    assert frame["state"].to_list() == ["idle"] * 50 + [None, "long " * 40 + "end"]
    assert frame["valve"].to_list() == [True] * 50 + [None, False]
    assert [finding.where for finding in result.findings if finding.code == "not-a-number"] == [("line 52",)]


def test_places_in_quotes_with_commas_between_their_numbers_are_read_directly(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll
) -> None:
    """As network operators publish feeders: the comma within quotes is none between cells."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    rows = ["feeder,place,time,wh"]
    rows += [
        f'{feeder},"53.17{feeder}, -.64",{start + timedelta(minutes=30 * n):%Y-%m-%d %H:%M:%S},"{n}.5"'
        for feeder in (1, 2)
        for n in range(300)
    ]
    with small_parts() as seen:
        result = ingest(rows, make_profile(["wh"], stamp_columns=(2,), series_column=0))
    assert [len(sorting.ready) + len(sorting.loose) > 4 for sorting in seen] == [True]
    assert (result.rows, result.series, result.findings) == (600, ("1", "2"), ())
    assert read_all().sort("series", "start")["wh"].cast(pl.Float64).to_list() == 2 * [n + 0.5 for n in range(300)]


def test_words_for_missing_values_are_counted_and_told_without_reading_their_rows_by_the_text(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll
) -> None:
    """A logger that writes NaN for hours on end, and blanks around its numbers, is read as quickly as any other."""
    words = {0: "NaN", 1: " n/a", 2: " 4.5 ", 3: "+5.5"}
    start = datetime(2021, 1, 20, tzinfo=UTC)
    rows = ["time,kw,v"]
    rows += [
        f"{start + timedelta(minutes=n):%Y-%m-%d %H:%M:%S},{words[n % 4]},{'-' if n == 999 else n}"
        for n in range(1_000)
    ]
    profile = make_profile(["kw", "v"])
    marked = profile.dialect.model_copy(update={"null_texts": ("NaN", "n/a", "-")})
    with small_parts() as seen, mock.patch("fairwatt.lake.direct.reading._MOST_ODD_BYTES", 0):
        result = ingest(rows, profile.model_copy(update={"dialect": marked}))
    assert [len(sorting.ready) > 4 for sorting in seen] == [True]
    assert read_all()["kw"].cast(pl.Float64).to_list() == [None, None, 4.5, 5.5] * 250
    told = [
        (one.channel, one.count, one.where[:3], one.severity.value)
        for one in result.findings
        if one.message[:3] == "Row"
    ]
    assert told == [
        ("Kw", 250, ("line 2", "line 6", "line 10"), "info"),
        ("Kw", 250, ("line 3", "line 7", "line 11"), "info"),
        ("V", 1, ("line 1,001",), "info"),
    ]
    assert [(one.channel, one.count) for one in result.findings if one.code == "missing-values"] == [
        ("Kw", 500),
        ("V", 1),
    ]


def test_units_in_the_cells_are_read_directly_and_numbers_that_lack_theirs_are_told(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll
) -> None:
    start = datetime(2021, 1, 20, tzinfo=UTC)
    rows = ["time,kwh,gbp"]
    rows += [f"{start + timedelta(minutes=n):%Y-%m-%d %H:%M:%S},{n}.5 kWh,£{n}.2" for n in range(600)]
    rows[10] = rows[10].replace(" kWh", "")  # n = 9, line 11
    rows[20] = rows[20].replace("£", "")  # n = 19: the second channel may go without
    profile = make_profile(["kwh", "gbp"])
    affixes = {"kwh": ("kWh",), "gbp": ("£", "")}
    channels = tuple(rule.model_copy(update={"affixes": affixes[rule.field]}) for rule in profile.channels)
    with small_parts() as seen, mock.patch("fairwatt.lake.direct.reading._MOST_ODD_BYTES", 100):
        result = ingest(rows, profile.model_copy(update={"channels": channels}))
    assert [len(sorting.ready) > 4 for sorting in seen] == [True]
    assert [(one.code, one.channel, one.where) for one in result.findings] == [
        ("not-a-number", "Kwh", ("line 11",)),
        ("missing-values", "Kwh", ("line 11",)),
    ]
    frame = read_all()
    assert frame["kwh"].cast(pl.Float64).to_list() == [None if n == 9 else n + 0.5 for n in range(600)]
    assert frame["gbp"].cast(pl.Float64).to_list() == [n + 0.2 for n in range(600)]
