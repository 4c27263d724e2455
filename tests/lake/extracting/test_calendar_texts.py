"""Statistics whose periods are written in words: each reading at its period's start, wherever that is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from fairwatt.lake.looking import FileLook
from tests.lake.extracting.conftest import Read

Reader = Callable[..., Read]
QUARTERS = ("2018-01-01", "2018-04-01", "2018-07-01", "2018-10-01", "2019-01-01", "2019-04-01")
VALUES = [4.5, 2.5, 6.5, 1.5, 5.5, 3.5]
FROM_APRIL = (*QUARTERS[1:], "2019-07-01")


def first_days(found: Read) -> list[str]:
    """The local days on which readings start: British midnights are 23:00 UTC in summer."""
    return [
        f"{start[:8]}01" if start.endswith("T00:00:00Z") else _next_day(start) for start in map(str, found.column(1))
    ]


def _next_day(start: str) -> str:
    assert start.endswith("T23:00:00Z"), start
    year, month = int(start[:4]), int(start[5:7])
    return f"{year + month // 12}-{month % 12 + 1:02}-01"


def text(head: str, periods: Sequence[str]) -> str:
    return "\n".join(
        [f"{head},Generation (GWh)", *(f"{period},{VALUES[n % 6]}" for n, period in enumerate(periods)), ""]
    )


@pytest.mark.parametrize(
    ("head", "periods", "days"),
    [
        ("Quarter", ["Jan-Mar 2018", "Apr-Jun 2018", "Jul-Sep 2018", "Oct-Dec 2018", "Jan-Mar 2019", "Apr-Jun 2019"],
         QUARTERS),
        ("Quarter", ["Q1-18", "Q2-18", "Q3-18", "Q4-18", "Q1-19", "Q2-19"], QUARTERS),
        ("Period", ["1st quarter 2018", "2nd quarter 2018", "3rd quarter 2018", "4th quarter 2018 [r]",
                    "1st quarter 2019 [p]", "2nd quarter 2019 [p]"], QUARTERS),
        ("Year,Quarter", ["2018,Jan - Mar", ",Apr - Jun", ",Jul - Sep", ",Oct - Dec", "2019,Jan - Mar", ",Apr - Jun"],
         QUARTERS),
        ("Year,Quarter", ["2018,1", ",2", ",3", ",4", "2019,1", ",2"], QUARTERS),
        ("Financial year,Quarter", ["2018/19,Q1", "2018/19,Q2", "2018/19,Q3", "2018/19,Q4", "2019/20,Q1", "2019/20,Q2"],
         FROM_APRIL),
        ("Period", ["Q1 2018/19", "Q2 2018/19", "Q3 2018/19", "Q4 2018/19", "Q1 2019/20", "Q2 2019/20"], FROM_APRIL),
        ("Quarter ending", ["30/06/2018", "30/09/2018", "31/12/2018", "31/03/2019", "30/06/2019", "30/09/2019"],
         FROM_APRIL),
    ],
    ids=["words", "short", "ordinals and marks", "years in the first row of each", "numbers below a year",
         "financial years", "quarters of financial years", "last days"],
)  # fmt: skip
def test_quarters_start_on_the_first_day_of_theirs(
    read: Reader, head: str, periods: list[str], days: Sequence[str]
) -> None:
    found = read(text(head, periods), "quarters.csv")
    assert (found.asked, first_days(found), found.resolution) == ((), list(days), (None, 3))
    assert found.column(2) == VALUES


def test_half_years_are_periods_of_six_months(read: Reader) -> None:
    found = read(text("Half", ["H1 2018", "H2 2018", "H1 2019", "H2 2019"]), "halves.csv")
    assert first_days(found) == ["2018-01-01", "2018-07-01", "2019-01-01", "2019-07-01"]
    assert found.resolution == (None, 6)


def test_a_week_named_by_its_last_day_starts_six_days_before(read: Reader) -> None:
    found = read(text("Week ending", ["03/01/2021", "10/01/2021", "17/01/2021", "24/01/2021"]), "weeks.csv")
    assert found.column(1) == [f"{day}T00:00:00Z" for day in ("2020-12-28", "2021-01-04", "2021-01-11", "2021-01-18")]
    assert found.resolution == (7 * 86_400, 0)


MONTHS = [f"{2018 + n // 12}-{n % 12 + 1:02}-01" for n in range(24)]


@pytest.mark.parametrize(
    ("heads", "years", "days"),
    [
        ("Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec,Total", ("2018", "2019"), MONTHS),
        ("Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec,Jan,Feb,Mar", ("2018/19", "2019/20"),
         [*MONTHS[3:], "2020-01-01", "2020-02-01", "2020-03-01"]),
    ],
    ids=["calendar years with totals", "financial years"],
)  # fmt: skip
def test_months_side_by_side_become_rows(read: Reader, heads: str, years: Sequence[str], days: list[str]) -> None:
    width = heads.count(",") + 1
    rows = [",".join([year, *(str(100 * n + m) for m in range(width))]) for n, year in enumerate(years)]
    found = read("\n".join([f"Year,{heads}", *rows, ""]), "demand.csv")
    assert first_days(found) == days
    assert found.column(2) == [*range(12), *range(100, 112)]


@pytest.mark.parametrize("heads", ["2017,2018,2019,2020", "2017 [r],2018 [r],2019,2020 [p]"], ids=["bare", "marked"])
def test_years_across_become_rows_and_fuels_channels(read: Reader, heads: str) -> None:
    rows = [f"{fuel},GWh,{n}1,{n}2,{n}3,{n}4" for n, fuel in enumerate(("Coal", "Gas", "Wind"), start=1)]
    found = read("\n".join([f"Fuel,Unit,{heads}", *rows, ""]), "fuels.csv")
    assert (first_days(found), found.resolution) == ([f"{year}-01-01" for year in (2017, 2018, 2019, 2020)], (None, 12))
    assert found.units == {"Coal (GWh)": "gwh", "Gas (GWh)": "gwh", "Wind (GWh)": "gwh"}
    assert [row[2:] for row in found.rows] == [(11, 21, 31), (12, 22, 32), (13, 23, 33), (14, 24, 34)]


def test_marks_beside_numbers_are_told_and_cost_no_number(read: Reader) -> None:
    """The first row is data although its cells are no plain numbers."""
    cells = ["77.8E,..", "36.1,0.8", "38.7,0.1r", "[x],1.3", "30.2,0.6rp"]
    names = ["Jan 2019", "Feb 2019", "Mar 2019", "Apr 2019", "May 2019"]
    rows = [f"{month},{cell}" for month, cell in zip(names, cells, strict=True)]
    found = read("\n".join(["Month,Demand (GWh),Imports (GWh)", *rows, ""]), "demand.csv")
    assert "marks-beside-values" in found.codes
    assert [row[2:] for row in found.rows] == [(77.8, None), (36.1, 0.8), (38.7, 0.1), (None, 1.3), (30.2, 0.6)]


def test_months_of_the_first_years_of_a_century_are_no_financial_years(read: Reader) -> None:
    months = [f"{2000 + n // 12}-{n % 12 + 1:02}" for n in range(36)]
    found = read(text("Month", months), "months.csv")
    assert first_days(found) == [f"{month}-01" for month in months]
    assert found.resolution == (None, 1)


def test_a_weather_station_s_months_are_read_with_the_units_below_their_names(read: Reader) -> None:
    """The units stand over the last columns only, and a star marks what was estimated."""
    rows = [
        f"   {2000 + n // 12}  {n % 12 + 1:2d}   {10 + n % 5:4.1f}{'*' if n == 3 else ' '}    {20 + n % 7:5.1f}"
        for n in range(24)
    ]
    head = ["Oxford", "Location: 450900E 207200N, 63 metres amsl", "Estimated data is marked with a *.",
            "   yyyy  mm   tmax     rain", "              degC       mm"]  # fmt: skip
    found = read("\n".join([*head, *rows, ""]), "station.txt")
    assert (first_days(found)[:2], found.resolution) == (["2000-01-01", "2000-02-01"], (None, 1))
    assert [row[2:] for row in found.rows] == [(10.0 + n % 5, 20.0 + n % 7) for n in range(24)]
    assert (list(found.units.values()), "marks-beside-values" in found.codes) == (["degc", "mm"], True)


@pytest.mark.parametrize("down", ["clock", "number"])
def test_a_day_in_the_first_row_of_its_block_is_that_of_the_rows_below(read: Reader, down: str) -> None:
    """Over the autumn change, where the hour comes twice on the clock."""
    clocks = [(minute // 60, minute % 60) for minute in range(0, 1440, 30)]
    long = [*clocks[:4], *clocks[2:]]
    rows: list[str] = []
    for day in ("28/10/2023", "29/10/2023", "30/10/2023"):
        for n, (hour, minute) in enumerate(long if day.startswith("29") else clocks):
            side = f"{hour:02}:{minute:02}" if down == "clock" else str(n + 1)
            rows.append(f"{'' if n else day},{side},{len(rows) % 7}.5")
    head = "Date,Time" if down == "clock" else "Settlement Date,Settlement Period"
    found = read("\n".join([f"{head},kWh", *rows, ""]), "days.csv", time_zone="Europe/London")
    assert found.column(2) == [n % 7 + 0.5 for n in range(146)]
    assert (found.column(1)[0], found.column(1)[-1]) == ("2023-10-27T23:00:00Z", "2023-10-30T23:30:00Z")


def test_days_that_are_left_out_altogether_are_not_made_up(look: Callable[..., FileLook]) -> None:
    rows = [f"{'' if n else '28/10/2023'},{n % 48 // 2:02}:{n % 2 * 30:02},1.5" for n in range(96)]
    found = look("\n".join(["Date,Time,kWh", *rows, ""]).encode(), "days.csv")
    assert found.inspection.kind == "table"


def test_a_quarter_in_words_beside_the_days_is_a_label(read: Reader) -> None:
    rows = [f"{label},2018-{month:02}-{day:02},{day}.5" for label, month in (("Jan-Mar 2018", 3), ("Apr-Jun 2018", 4))
            for day in (28, 29, 30)]  # fmt: skip
    found = read("\n".join(["Quarter,Date,kWh", *rows, ""]), "days.csv", time_zone="UTC")
    assert [str(start)[:10] for start in found.column(1)] == [row.split(",")[1] for row in rows]


MONTHS = [f"{month}-{year}" for year, months in ((25, "Apr May Jun Jul Aug Sep Oct Nov Dec"), (26, "Jan Feb Mar"))
          for month in months.split()]  # fmt: skip


@pytest.mark.parametrize("total", ["Total kWh", "Total", "Annual total"])
def test_a_total_behind_months_across_is_left_out(read: Reader, total: str) -> None:
    rows = [
        f"{site},{','.join(str(n * k) for n in range(101, 113))},{1278 * k}" for k, site in ((1, "Pool"), (2, "Hall"))
    ]
    found = read("\n".join([f"Site,{','.join(MONTHS)},{total}", *rows, ""]), "sites.csv", time_zone="Europe/London")
    assert found.column(2) == [float(n) for n in range(101, 113)]
    assert found.column(3) == [2.0 * n for n in range(101, 113)]
    assert (found.column(1)[0], found.column(1)[-1]) == ("2025-03-31T23:00:00Z", "2026-03-01T00:00:00Z")


@pytest.mark.parametrize("mark", [" (p)", " [p]", "*", " (provisional)"])
def test_marks_of_notes_behind_periods_that_any_reader_knows_are_cut_off(read: Reader, mark: str) -> None:
    quarters = [f"Q{n % 4 + 1} {2018 + n // 4}" for n in range(12)]
    rows = [f"{text}{mark if n > 8 else ''},{n}.5" for n, text in enumerate(quarters)]
    found = read("\n".join(["Quarter,Electricity (GWh)", *rows, ""]), "quarters.csv", time_zone="Europe/London")
    assert found.column(2) == [n + 0.5 for n in range(12)]
    assert [str(start)[:7] for start in found.column(1)][:2] == ["2018-01", "2018-03"]  # 1 April begins in March, UTC


@pytest.mark.parametrize(
    ("head", "cells", "fields"),
    [
        ("Site,Postcode", ["Town Hall,BS1 5TR", "Library,OX4 4GA", "Pool,BS1 5TR"], ["Town Hall", "Library", "Pool"]),
        ("Postcode,Site", ["BS1 5TR,Town Hall", "OX4 4GA,Library", "BS1 5TR,Pool"], ["Town Hall", "Library", "Pool"]),
        ("Site,Fuel", ["Town Hall,Gas", "Town Hall,Power", "Pool,Gas"],
         ["Town Hall Gas", "Town Hall Power", "Pool Gas"]),
    ],
    ids=["postcodes", "postcodes first", "nobody's"],
)  # fmt: skip
def test_a_site_s_address_never_becomes_part_of_its_channel_s_name(
    look: Callable[..., FileLook], head: str, cells: list[str], fields: list[str]
) -> None:
    months = [f"{name}-25" for name in ("Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov")]
    rows = [f"{cell},{','.join(str(4597 + 131 * n * (m + 1)) for m in range(8))}" for n, cell in enumerate(cells)]
    [table] = look("\n".join([f"{head},{','.join(months)}", *rows, ""]).encode(), "sites.csv").tables
    assert table.inspection.columns == ("month", *fields)
    assert ("personal-columns" in {f.code for f in table.inspection.findings}) == ("Postcode" in head)
