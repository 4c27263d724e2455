"""Ingest: text by its profile into an open table, exactly, all of it or nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from deltalake import DeltaTable

from fairwatt.core.errors import Cancelled, InvalidInput, UnreadableFile
from fairwatt.core.files.fields import RESERVED_FIELDS
from fairwatt.core.files.profile import Dialect, ImportProfile, Kind
from fairwatt.core.findings import Finding
from fairwatt.lake import ChannelSummary, IngestResult, Lake
from fairwatt.lake.deltalog import RESERVED

Ingest = Callable[..., IngestResult]
MakeProfile = Callable[..., ImportProfile]
ReadAll = Callable[..., pl.DataFrame]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def found(result: IngestResult, code: str) -> list[Finding]:
    return [finding for finding in result.findings if finding.code == code]


def test_a_file_becomes_typed_readings(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll, lake: Lake
) -> None:
    result = ingest(
        ["time,kw,v", "2020-01-01 00:00:00,1.5,240.1", "2020-01-01 00:00:05,-2.25,", "2020-01-01 00:00:10,0,239"],
        make_profile(["kw", "v"], decimals=2),
    )
    frame = read_all()
    assert lake.fields("t") == {"kw": "DECIMAL(18,2)", "v": "DECIMAL(18,2)"}
    assert frame.to_dict(as_series=False) == {
        "start": [at("2020-01-01"), at("2020-01-01T00:00:05"), at("2020-01-01T00:00:10")],
        "kw": [Decimal("1.50"), Decimal("-2.25"), Decimal("0.00")],
        "v": [Decimal("240.10"), None, Decimal("239.00")],
    }
    assert (result.rows, result.readings, result.series, result.missing_count) == (3, 5, ("",), 1)
    assert (result.first, result.last, result.period_end) == (
        at("2020-01-01"), at("2020-01-01T00:00:10"), at("2020-01-01T00:00:15"),
    )  # fmt: skip
    assert result.resolution_s == 5.0
    assert result.channels == (
        ChannelSummary("kw", 3, 0, -2.25, -0.25, 1.5),
        ChannelSummary("v", 2, 1, 239.0, 239.55, 240.1),
    )
    assert result.stored_bytes > 0
    assert len(result.coverage) == 60


def test_deeper_rows_with_more_decimals_widen_the_channel(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll, lake: Lake
) -> None:
    values = ["1.5", "1234567890123", "0.1234567", "-0.5", "1e3", "12345678901.234"]
    ingest(["time,kw", *(f"2020-01-01 00:00:{i:02d},{v}" for i, v in enumerate(values))], make_profile(["kw"]))
    # 13 whole digits and 7 decimals are more than 18 digits: the values are kept as floats.
    assert lake.fields("t") == {"kw": "DOUBLE"}
    assert read_all()["kw"].to_list() == [float(v) for v in values]


def test_a_widened_channel_stays_decimal_while_its_digits_fit(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll, lake: Lake
) -> None:
    values = ["1.5", "0.1234567", "-99999.25"]
    ingest(["time,kw", *(f"2020-01-01 00:00:{i:02d},{v}" for i, v in enumerate(values))], make_profile(["kw"]))
    assert lake.fields("t") == {"kw": "DECIMAL(18,7)"}
    assert read_all()["kw"].to_list() == [Decimal(v) for v in values]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-5", 1e-5), ("99999999999999999999", 1e20), ("0.12345678901234567890", 0.12345678901234568),
        ("1.5e300", 1.5e300),
    ],
)  # fmt: skip
def test_numbers_that_no_decimal_holds_become_floats(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll, text: str, value: float
) -> None:
    result = ingest(["time,kw", "2020-01-01 00:00:00,1.5", f"2020-01-01 00:00:01,{text}"], make_profile(["kw"]))
    assert read_all()["kw"].to_list() == [1.5, value]
    assert found(result, "not-a-number") == []


def test_text_that_is_no_number_is_missing_and_told_of_with_line_and_count(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll
) -> None:
    rows = [f"2020-01-01 00:00:{i:02d},{v}" for i, v in enumerate(["1.5", "n/a", " ", "", "n/a", "nan", "2.5", "inf"])]
    result = ingest(["time,kw", *rows], make_profile(["kw"]))
    assert read_all()["kw"].to_list() == [Decimal("1.5"), *[None] * 5, Decimal("2.5"), None]
    assert [(f.count, f.where, f.message) for f in found(result, "not-a-number")] == [
        (2, ("line 3", "line 6"), ("Row 3 of some.csv: 'n/a' is not a number in Kw. "
         "They are kept as missing (2 such cells). Nothing was dropped.")),
        (1, ("line 9",), ("Row 9 of some.csv: 'inf' is not a number in Kw. It is kept as missing (1 such cell). "
         "Nothing was dropped.")),
        (1, ("line 7",), ("Row 7 of some.csv: 'nan' is not a number in Kw. It is kept as missing (1 such cell). "
         "Nothing was dropped.")),
    ]  # fmt: skip
    assert [(f.count, f.where, f.message) for f in found(result, "missing-values")] == [
        (6, tuple(f"line {n}" for n in (3, 4, 5, 6, 7, 9)), ("6 values are missing in Kw (2 blank, 4 not a number). "
         "Missing stays missing: nothing was filled in.")),
    ]  # fmt: skip


def test_a_number_that_stands_for_missing_is_missing(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll
) -> None:
    profile = make_profile(["kw"], dialect=Dialect(null_texts=("-999", "Null")))
    rows = ["2020-01-01 00:00:00,-999", "2020-01-01 00:00:01,Null", "2020-01-01 00:00:02,-999.5"]
    result = ingest(["time,kw", *rows], profile)
    assert read_all()["kw"].to_list() == [None, None, Decimal("-999.5")]
    assert result.missing_count == 2


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_rows_of_other_widths_and_rows_without_a_time_are_told_of_and_left_out(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll, mark: str
) -> None:
    result = ingest(
        [f"{mark}time,kw", "2020-01-01 00:00:00,1", "", "2020-01-01 00:00:01", "", "2020-01-01 00:00:02,2,3", "never,4",
         "2020-02-30 00:00:00,5", "2020-01-01 00:00:03,6"],
        make_profile(["kw"]),
    )  # fmt: skip
    assert read_all()["kw"].to_list() == [Decimal(1), Decimal(6)]
    assert [(f.count, f.where) for f in found(result, "ragged-row")] == [(2, ("line 4", "line 6"))]
    assert [(f.count, f.where) for f in found(result, "bad-stamp")] == [(2, ("line 7", "line 8"))]
    assert "'never' is not a time" in found(result, "bad-stamp")[0].message
    assert result.rows == 2


def test_a_stray_quote_does_not_swallow_the_rows_below_it(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll
) -> None:
    rows = [f"2020-01-01 00:00:{i:02d},{i}" for i in range(50)]
    rows[10] = '2020-01-01 00:00:10,"10'
    result = ingest(["time,kw", *rows], make_profile(["kw"]))
    assert read_all()["kw"].to_list() == [Decimal(i) if i != 10 else None for i in range(50)]
    assert [f.where for f in found(result, "not-a-number")] == [("line 12",)]


def test_quoted_cells_keep_lines_right(ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll) -> None:
    result = ingest(
        ["time,kw", '"2020-01-01 00:00:00","1"', '2020-01-01 00:00:01,"a\nb"', "2020-01-01 00:00:02,x"],
        make_profile(["kw"]),
    )
    assert read_all()["kw"].to_list() == [Decimal(1), None, None]
    assert {f.where for f in found(result, "not-a-number")} == {("line 3",), ("line 5",)}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_every_line_end_and_encoding_gives_the_same_readings(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll, end: str, encoding: str
) -> None:
    lines = ["time,price £", "2020-01-01 00:00:00,1.5", "", "2020-01-01 00:00:05,£", "2020-01-01 00:00:10,2.5"]
    data = (end.join(lines) + end).encode(encoding)
    profile = make_profile(["kw"], dialect=Dialect(line_end=end, encoding=encoding))
    result = ingest(data, profile)
    assert read_all()["kw"].to_list() == [Decimal("1.5"), None, Decimal("2.5")]
    assert [f.where for f in found(result, "not-a-number")] == [("line 4",)]
    assert "'£' is not a number" in found(result, "not-a-number")[0].message


def test_mixed_line_ends_are_read_all_the_same(ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll) -> None:
    data = b"time,kw\r\n2020-01-01 00:00:00,1\n2020-01-01 00:00:01,2\r\n2020-01-01 00:00:02,3\n"
    assert ingest(data, make_profile(["kw"])).rows == 3
    assert read_all()["kw"].to_list() == [Decimal(1), Decimal(2), Decimal(3)]


def test_decimal_commas_and_thousands_are_read(ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll) -> None:
    profile = make_profile(["kw"], dialect=Dialect(delimiter=";", decimal_mark=",", thousands_mark="."), decimals=2)
    ingest(["time;kw", "2020-01-01 00:00:00;1.234,56", "2020-01-01 00:00:01;-7,5"], profile)
    assert read_all()["kw"].to_list() == [Decimal("1234.56"), Decimal("-7.50")]


def test_a_multiplier_keeps_decimals_exact(ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll) -> None:
    profile = make_profile(["kw"])
    rule = profile.channels[0].model_copy(update={"multiplier": 0.001})
    profile = profile.model_copy(update={"channels": (rule,)})
    result = ingest(["time,kw", "2020-01-01 00:00:00,1234.5", "2020-01-01 00:00:01,-0.1"], profile)
    assert read_all()["kw"].to_list() == [Decimal("1.2345"), Decimal("-0.0001")]
    assert result.channels[0].maximum == pytest.approx(1.2345)


def test_text_and_yes_or_no_channels_are_kept(ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll) -> None:
    profile = make_profile(["state", "is_on"])
    rules = [
        rule.model_copy(update={"kind": kind})
        for rule, kind in zip(profile.channels, (Kind.TEXT, Kind.BOOLEAN), strict=True)
    ]
    profile = profile.model_copy(update={"channels": tuple(rules)})
    result = ingest(["time,state,on", '2020-01-01 00:00:00,"a ""b"", c",true', "2020-01-01 00:00:01,,maybe"], profile)
    assert read_all().drop("start").to_dict(as_series=False) == {"state": ['a "b", c', None], "is_on": [True, None]}
    assert [f.message.split(" in ")[0] for f in found(result, "not-a-number")] == [
        "Row 3 of some.csv: 'maybe' is not yes or no"
    ]


@pytest.mark.parametrize(
    ("form", "texts"),
    [
        ("%d/%m/%Y %H:%M", ["01/02/2020 00:00", "1/2/2020 00:30"]),
        ("%Y-%m-%d %H:%M:%S.%f", ["2020-02-01 00:00:00.0000000", "2020-02-01 00:30:00.0"]),
        ("%Y-%m-%dT%H:%M:%S%z", ["2020-02-01T01:00:00+01:00", "2020-02-01T00:30:00Z"]),
        ("%Y-%m-%d %H:%M:%S%z", ["2020-02-01 00:00:00+00:00", "2020-02-01 02:30:00+0200"]),
        ("%Y-%m-%dT%H:%M:%SZ", ["2020-02-01T00:00:00Z", "2020-02-01T00:30:00Z"]),
        ("epoch_s", ["1580515200", "1580517000.0"]),
        ("epoch_ms", ["1580515200000", "1580517000000"]),
        ("epoch_us", ["1580515200000000", "1580517000000000"]),
    ],
)
def test_every_way_to_write_a_time_is_read(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll, form: str, texts: list[str]
) -> None:
    ingest(["time,kw", f"{texts[0]},1", f"{texts[1]},2"], make_profile(["kw"], stamp=form))
    assert read_all()["start"].to_list() == [at("2020-02-01"), at("2020-02-01T00:30:00")]


def test_date_and_time_in_two_columns_are_joined(ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll) -> None:
    ingest(["d,t,kw", "1/02/2020, 00:30:00 ,2"], make_profile(["kw"], stamp="%d/%m/%Y %H:%M:%S", stamp_columns=(0, 1)))
    assert read_all()["start"].to_list() == [at("2020-02-01T00:30:00")]


def test_end_stamps_become_starts(ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll) -> None:
    rows = ["2020-01-01 00:30:00,1", "2020-01-01 01:00:00,2", "2020-01-01 01:30:00,3"]
    known = ingest(["time,kw", *rows], make_profile(["kw"], stamp="%Y-%m-%d %H:%M:%S", resolution_s=1800.0), table="a")
    assert known.first == at("2020-01-01T00:30:00")
    for number, resolution_s in enumerate((1800.0, None)):
        profile = make_profile(["kw"], resolution_s=resolution_s)
        rule = profile.timestamp.model_copy(update={"stamp": "end"})
        result = ingest(["time,kw", *rows], profile.model_copy(update={"timestamp": rule}), table=f"e{number}")
        assert result.first == at("2020-01-01")
        assert read_all(f"e{number}")["start"].to_list() == [
            at("2020-01-01") + i * timedelta(minutes=30) for i in range(3)
        ]


def local_half_hours(first: str, count: int) -> list[str]:
    """Stamps of a London clock, half an hour apart in true time."""
    start = at(first)
    return [
        (start + i * timedelta(minutes=30)).astimezone(ZoneInfo("Europe/London")).strftime("%Y-%m-%d %H:%M:%S")
        for i in range(count)
    ]


@pytest.mark.parametrize("first", ["2020-03-28T12:00", "2020-10-24T12:00", "2020-06-01T00:00", "2020-01-01T00:00"])
def test_london_time_becomes_utc_through_clock_changes(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll, first: str
) -> None:
    stamps = local_half_hours(first, 96)
    result = ingest(
        ["time,kw", *(f"{s},{i}" for i, s in enumerate(stamps))], make_profile(["kw"], zone="Europe/London")
    )
    frame = read_all()
    assert frame["start"].to_list() == [at(first) + i * timedelta(minutes=30) for i in range(96)]
    assert frame["kw"].to_list() == [Decimal(i) for i in range(96)]
    assert (result.gap_count, result.duplicate_count, result.resolution_s) == (0, 0, 1800.0)


def test_each_meter_of_a_file_goes_through_the_repeated_hour_by_itself(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll
) -> None:
    stamps = local_half_hours("2020-10-24T22:00", 12)
    rows = [f"{meter},{stamp},{i}" for meter in ("b", "a") for i, stamp in enumerate(stamps)]
    profile = make_profile(["kw"], zone="Europe/London", series_column=0, stamp_columns=(1,))
    result = ingest(["meter,time,kw", *rows], profile)
    frame = read_all()
    expected = [at("2020-10-24T22:00") + i * timedelta(minutes=30) for i in range(12)]
    for meter in ("a", "b"):
        assert frame.filter(pl.col("series") == meter)["start"].to_list() == expected
    assert (result.series, result.gap_count, result.duplicate_count) == (("a", "b"), 0, 0)


def test_a_zone_without_clock_changes_is_shifted_too(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll
) -> None:
    ingest(["time,kw", "2020-01-01 05:30:00,1"], make_profile(["kw"], zone="Asia/Kolkata"))
    assert read_all()["start"].to_list() == [at("2020-01-01")]


def test_readings_are_sorted_by_series_and_start_and_every_duplicate_is_kept(
    ingest: Ingest, make_profile: MakeProfile, lake: Lake
) -> None:
    rows = ["b,2020-02-01 00:00:30,1", "a,2020-01-01 00:00:00,2", "b,2020-01-01 00:00:00,3", "a,2020-01-01 00:00:00,4"]
    profile = make_profile(["kw"], series_column=0, stamp_columns=(1,))
    result = ingest(["meter,time,kw", *rows], profile)
    assert result.duplicate_count == 1
    files = sorted(lake.root.rglob("month=*/*.parquet"))
    assert [file.parent.name for file in files] == ["month=2020-01", "month=2020-02"]
    assert pl.read_parquet(files[0], hive_partitioning=False)["series"].to_list() == ["a", "a", "b"]


def test_a_file_whose_clock_nobody_has_named_is_not_written(
    ingest: Ingest, make_profile: MakeProfile, lake: Lake
) -> None:
    with pytest.raises(InvalidInput, match="which clock") as caught:
        ingest(["time,kw", "2020-01-01 00:00:00,1"], make_profile(["kw"], zone=None))
    assert caught.value.where["field"] == "time_zone"
    assert lake.fields("t") == {}


@pytest.mark.parametrize("lines", [["time,kw"], ["time,kw", "never,1"], ["time,kw", "2020-01-01 00:00:00"], []])
def test_a_file_without_a_valid_row_is_unreadable_and_changes_nothing(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll, lines: list[str]
) -> None:
    ingest(["time,kw", "2020-01-01 00:00:00,1"], make_profile(["kw"]))
    with pytest.raises(UnreadableFile):
        ingest(lines, make_profile(["kw"]))
    assert read_all()["kw"].to_list() == [Decimal(1)]


def test_a_source_read_again_takes_its_own_place(ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll) -> None:
    ingest(["time,kw", "2020-01-01 00:00:00,1", "2020-03-01 00:00:00,1"], make_profile(["kw"]), source="a")
    ingest(["time,kw", "2020-01-01 00:00:00,7"], make_profile(["kw"]), source="b")
    ingest(["time,kw", "2020-02-01 00:00:00,2"], make_profile(["kw"]), source="a")
    assert read_all()["kw"].to_list() == [Decimal(7), Decimal(2)]


def test_sources_with_other_channels_and_decimals_share_a_table(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll, lake: Lake
) -> None:
    ingest(["time,kw,v", "2020-01-01 00:00:00,1.5,240.1"], make_profile(["kw", "v"]), source="a")
    ingest(["time,a,kw", "2020-01-01 00:00:01,3,2.375"], make_profile(["a", "kw"], decimals=3), source="b")
    assert lake.fields("t") == {"kw": "DECIMAL(18,3)", "v": "DECIMAL(18,1)", "a": "DECIMAL(18,3)"}
    assert read_all().drop("start").rows() == [
        (Decimal("1.500"), Decimal("240.1"), None),
        (Decimal("2.375"), None, Decimal("3.000")),
    ]
    # Each engine finds one type in all files of a column.
    kinds = {pl.read_parquet_schema(f)["kw"] for f in _present_files(lake)}
    assert kinds == {pl.Decimal(18, 3)}
    assert lake.sources("t") == ["a", "b"]


def _present_files(lake: Lake) -> list[str]:
    return DeltaTable(lake.root / "tables" / "t" / "readings").file_uris()


def test_text_and_numbers_in_one_channel_of_a_dataset_are_refused(
    ingest: Ingest, make_profile: MakeProfile, lake: Lake
) -> None:
    ingest(["time,kw", "2020-01-01 00:00:00,1.5"], make_profile(["kw"]), source="a")
    profile = make_profile(["kw"])
    rule = profile.channels[0].model_copy(update={"kind": Kind.TEXT})
    text = profile.model_copy(update={"channels": (rule,)})
    with pytest.raises(InvalidInput, match="numbers in one file"):
        ingest(["time,kw", "2020-01-01 00:00:00,on"], text, source="b")
    assert lake.sources("t") == ["a"]


def test_a_removed_source_is_gone_from_table_and_disk(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll, lake: Lake
) -> None:
    for source in ("a", "b"):
        ingest(["time,kw", "2020-01-01 00:00:00,1.5"], make_profile(["kw"]), source=source)
    assert lake.remove_source("t", "a")
    assert not lake.remove_source("t", "a")
    assert read_all().height == 1
    assert lake.sources("t") == ["b"]
    assert [path for path in lake.root.rglob("*.parquet") if "source=a" in str(path)] == []


def test_progress_goes_forward_and_a_cancelled_ingest_leaves_nothing(
    ingest: Ingest, make_profile: MakeProfile, lake: Lake
) -> None:
    seen: list[tuple[float, str]] = []
    lines = ["time,kw", "2020-01-01 00:00:00,1.5"]
    ingest(lines, make_profile(["kw"]), source="a", on_progress=lambda share, stage: seen.append((share, stage)))
    assert [share for share, _ in seen] == sorted(share for share, _ in seen)
    assert seen[0][0] == 0.0
    assert seen[-1] == (1.0, "Done")
    stops = 0  # how often it can be stopped depends on how long the parts take: stop it later and later until it ends
    while stops < 100:
        asked = iter(range(10_000))
        try:
            ingest(
                lines,
                make_profile(["kw"]),
                source="b",
                is_cancelled=lambda asked=asked, stops=stops: next(asked) >= stops,
            )
        except Cancelled:
            assert lake.sources("t") == ["a"]
            assert list((lake.root / "work").iterdir()) == []
            stops += 1
        else:
            break
    assert stops >= 3
    assert lake.sources("t") == ["a", "b"]


@pytest.mark.parametrize("name", ["../t", "", "a/b", ".hidden", "x" * 200])
def test_names_that_are_no_names_are_refused(ingest: Ingest, make_profile: MakeProfile, name: str) -> None:
    for where in ({"table": name}, {"source": name}):
        with pytest.raises(InvalidInput):
            ingest(["time,kw", "2020-01-01 00:00:00,1.5"], make_profile(["kw"]), **where)


def test_a_channel_named_like_a_column_of_the_house_is_refused(ingest: Ingest, make_profile: MakeProfile) -> None:
    with pytest.raises(InvalidInput, match="month"):
        ingest(["time,kw", "2020-01-01 00:00:00,1.5"], make_profile(["month"]))


def test_many_other_texts_are_counted_exactly_and_told_of_together(ingest: Ingest, make_profile: MakeProfile) -> None:
    rows = [f"2020-01-01 00:00:{i:02d},{'often' if i < 5 else f'w{i}'}" for i in range(50)]
    result = ingest(["time,kw", *rows], make_profile(["kw"]))
    texts = found(result, "not-a-number")
    assert sum(f.count for f in texts) == 50
    assert (texts[0].count, len(texts), texts[-1].count) == (5, 21, 26)
    assert texts[-1].message.startswith("26 further cells of Kw hold 26 other texts, none of them a number.")
    assert found(result, "empty-column")[0].message == "Kw holds no value at all."


def test_a_file_of_more_than_a_thousand_columns_is_read(
    ingest: Ingest, make_profile: MakeProfile, lake: Lake, read_all: ReadAll
) -> None:
    names = [f"c{i}" for i in range(1_100)]
    rows = [f"2020-01-01 00:00:0{r}," + ",".join(str((r * i) % 97 / 10) for i in range(1_100)) for r in range(3)]
    result = ingest([",".join(["time", *names]), *rows], make_profile(names))
    assert (result.rows, result.readings) == (3, 3_300)
    assert read_all(fields=["c0", "c1099"])["c1099"].to_list() == [
        Decimal(str((r * 1_099) % 97 / 10)) for r in range(3)
    ]


def test_the_reader_never_names_a_column_as_the_table_names_its_own() -> None:
    assert set(RESERVED) <= RESERVED_FIELDS
