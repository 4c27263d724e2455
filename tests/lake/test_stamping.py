"""However times are written, the core's reading of a cell and the lake's SQL for it are the moment that was meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest

from fairwatt.core.files import Inspection
from fairwatt.core.files.profile import TimestampRule
from fairwatt.lake.stamping import stamp_of, text_of
from tests.core.files.samples import csv, inspect

Write = Callable[[datetime], str]
BEGIN = datetime(2019, 11, 4, tzinfo=UTC)  # a Monday
LONDON = ZoneInfo("Europe/London")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def formed(form: str) -> Write:
    return lambda moment: moment.strftime(form)


def ranged(first: str, between: str, second: str, minutes: float = 30) -> Write:
    return lambda at: at.strftime(first) + between + (at + timedelta(minutes=minutes)).strftime(second)


def since_midnight(unit_s: float, decimals: int = 0, date: str = "%d/%m/%Y") -> Write:
    return lambda at: f"{at.strftime(date)},{(at.hour * 3600 + at.minute * 60) / unit_s:.{decimals}f}"


def dotnet(moment: datetime) -> str:
    return f"/Date({(moment - EPOCH) // timedelta(milliseconds=1)}+0000)/"


def unpadded(moment: datetime) -> str:
    return moment.strftime("%a %b ") + f"{moment.day:2d}" + moment.strftime(" %H:%M:%S %Y")


FORMS: dict[str, tuple[str, int, Write]] = {
    "as C writes it": ("Time", 30, formed("%a %b %d %H:%M:%S %Y")),
    "as C writes days below ten": ("Time", 30, unpadded),
    "the zone before the year": ("Time", 30, formed("%a %b %d %H:%M:%S GMT %Y")),
    "as a browser writes it": ("Time", 30, formed("%a %b %d %Y %H:%M:%S GMT+0000 (Greenwich Mean Time)")),
    "RFC 2822": ("Time", 30, formed('"%a, %d %b %Y %H:%M:%S +0000"')),
    "RFC 2822 with a comment": ("Time", 30, formed('"%a, %d %b %Y %H:%M:%S +0000 (UTC)"')),
    "words with at": ("Time", 30, formed("%d %B %Y at %H:%M")),
    "day, month, short year": ("Time", 30, formed("%d-%b-%y %H:%M")),
    "month, day, year, half": ("Time", 30, formed("%b %d %Y %I:%M %p")),
    "weekday, month, day": ("Day", 1440, formed('"%A, %B %d, %Y"')),
    "ISO basic": ("Time", 30, formed("%Y%m%dT%H%M%SZ")),
    "ISO week": ("Time", 30, formed("%G-W%V-%uT%H:%M")),
    "ISO week alone": ("Week", 1440 * 7, formed("%G-W%V")),
    "day of the year": ("Time", 30, formed("%Y-%jT%H:%M:%S")),
    "hours with an h": ("Date,Time", 30, formed("%d/%m/%Y,%Hh%M")),
    "hours with a point": ("Date,Time", 30, formed("%d/%m/%Y,%H.%M")),
    "hours alone": ("Time", 60, formed("%Y-%m-%d %H")),
    "hours alone in a column": ("Date,Time", 60, lambda at: f"{at:%d/%m/%Y},{at.hour}"),
    "digits with hours": ("Time", 60, formed("%Y%m%d%H")),
    "hours of twelve": ("Date,Time", 60, formed("%d/%m/%Y,%I %p")),
    "part of the day": ("Date,Time", 30, since_midnight(86_400, 9)),
    "few decimals of the day": ("Date,Time", 30, since_midnight(86_400, 5)),
    "minutes of the day": ("Date,Minute of day", 30, since_midnight(60)),
    "seconds of the day": ("Date,Time (s)", 30, since_midnight(1)),
    "hours of the day": ("Date,Hour", 30, since_midnight(3_600, 1)),
    "hours, minutes, seconds as a number": ("DATE,TIME", 1, lambda at: f"{at:%Y%m%d},{int(at.strftime('%H%M%S'))}"),
    ".NET": ("Time", 30, dotnet),
    "short year first": ("Time", 30, formed("%y-%m-%d %H:%M")),
    "short year first with strokes": ("Time", 30, formed("%y/%m/%d %H:%M")),
    "a time beside year, month, day": ("Year,Month,Day,Time", 30, formed("%Y,%m,%d,%H:%M")),
    "clocks with ends": ("Date,Period", 30, ranged("%d/%m/%Y,%H:%M", "-", "%H:%M")),
    "clocks to ends": ("Date,Period", 30, ranged("%d/%m/%Y,%H:%M", " to ", "%H:%M")),
    "clocks with last minutes": ("Date,Period", 30, ranged("%d/%m/%Y,%H:%M", " - ", "%H:%M", 29)),
    "digits with ends": ("Date,Interval", 30, ranged("%d/%m/%Y,%H%M", "-", "%H%M")),
    "hours with ends": ("Date,Hour", 60, ranged("%d/%m/%Y,%H", "-", "%H", 60)),
    "moments with ends": ("Time", 60, ranged("%d.%m.%Y %H:%M", " - ", "%d.%m.%Y %H:%M", 60)),
    "moments with clocks as ends": ("Time", 30, ranged("%d/%m/%Y %H:%M", " - ", "%H:%M")),
    "dashes everywhere": ("Time", 30, ranged("%d-%m-%Y %H:%M", "-", "%d-%m-%Y %H:%M")),
    "ISO intervals": ("Time", 30, ranged("%Y-%m-%dT%H:%M:%SZ", "/", "%Y-%m-%dT%H:%M:%SZ")),
}


def read_back(engine: duckdb.DuckDBPyConnection, rule: TimestampRule, rows: list[str]) -> list[datetime | None]:
    cells = [next(_cells(row)) for row in rows]
    columns = ", ".join(text_of(c) for c in range(len(cells[0])))
    values = ", ".join("(" + ", ".join("?" for _ in row) + ")" for row in cells)
    found = engine.execute(
        f"SELECT {stamp_of(rule)} FROM (VALUES {values}) AS rows ({columns})", [c for row in cells for c in row]
    ).fetchall()
    return [None if stamp is None else stamp.replace(tzinfo=UTC) for (stamp,) in found]


def _cells(row: str) -> Iterator[list[str]]:
    import csv as text  # noqa: PLC0415 - the samples' own csv stands above

    return text.reader([row])


def written(name: str, *, begin: datetime = BEGIN, count: int = 80) -> tuple[Inspection, list[str], list[datetime]]:
    heads, minutes, write = FORMS[name]
    moments = [begin + timedelta(minutes=minutes * n) for n in range(count)]
    rows = [write(moment) for moment in moments]
    cells = [f"{row},{n * 37 % 97 / 50}" for n, row in enumerate(rows)]
    return inspect(csv(f"{heads},Import (kWh)", *cells)), rows, moments


@pytest.mark.parametrize("name", FORMS)
def test_each_form_is_read_as_it_was_meant(name: str, engine: duckdb.DuckDBPyConnection) -> None:
    found, rows, moments = written(name)
    assert found.profile is not None, found.findings
    assert found.profile.resolution_s == FORMS[name][1] * 60
    assert [channel.name for channel in found.profile.channels] == ["Import (kWh)"]
    assert {question.id for question in found.questions} <= {"time_zone", "stamp"}
    assert found.profile.timestamp.stamp == "start"
    assert read_back(engine, found.profile.timestamp, rows) == moments


def test_a_short_year_may_stand_first_where_few_rows_do_not_tell() -> None:
    found, _, _ = written("short year first", begin=datetime(2019, 11, 8, tzinfo=UTC), count=6)
    (question,) = (q for q in found.questions if q.id == "day_first")
    assert [value for value, _ in question.choices] == ["true", "false", "year"]


@pytest.mark.parametrize(("form", "read"), [("%y-%m-%d", "%y-%m-%d"), ("%d-%m-%y", "%d-%m-%y")])
def test_days_in_a_row_tell_where_a_short_year_stands(form: str, read: str) -> None:
    days = [datetime(2010, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(300)]
    found = inspect(csv("Date,Import (kWh)", *(f"{day.strftime(form)},1.5" for day in days)))
    assert found.profile is not None
    assert found.profile.timestamp.format == read
    assert [question.id for question in found.questions] == ["time_zone"]


def test_an_interval_may_end_before_it_starts_where_clocks_go_back() -> None:
    local = [BEGIN.replace(month=10, day=26) + timedelta(minutes=30 * n) for n in range(96)]
    moments = [(at.astimezone(LONDON), (at + timedelta(minutes=30)).astimezone(LONDON)) for at in local]
    rows = [f"{at:%d/%m/%Y %H:%M} - {end:%d/%m/%Y %H:%M},1.5" for at, end in moments]
    found = inspect(csv("Period,Import (kWh)", *rows))
    assert found.profile is not None, found.findings
    assert (found.profile.resolution_s, found.profile.timestamp.time_zone) == (1800.0, "Europe/London")


def test_what_looks_like_an_offset_is_an_end_where_it_differs_from_row_to_row() -> None:
    found, _, _ = written("clocks with ends")
    assert found.profile is not None
    rule = found.profile.timestamp
    assert (rule.format, rule.stamp_why) == ("%d/%m/%Y %H:%M to %H:%M", "Each cell holds the intervals' ends.")
    assert rule.time_zone is None


@pytest.mark.parametrize("offset", ["+00:00", "-05:00"])  # whose midnights begin the days
def test_an_offset_that_stays_is_one(offset: str) -> None:
    moments = [BEGIN + timedelta(minutes=30 * n) for n in range(96)]
    found = inspect(csv("start time,kWh", *(f"{at:%Y-%m-%d %H:%M:%S}{offset},1.5" for at in moments)))
    assert found.profile is not None
    assert found.profile.timestamp.format == "%Y-%m-%d %H:%M:%S%z"
    assert found.questions == ()


CALENDAR: dict[str, tuple[str, int, list[str], str]] = {
    "years": ("Year", 12, [str(year) for year in range(2009, 2020)], "2009-01-01"),
    "financial years": ("Financial Year", 12, [f"{y}/{y % 100 + 1:02}" for y in range(2009, 2020)], "2009-04-01"),
    "quarters": ("Quarter", 3, [f"{y} Q{q}" for y in range(2015, 2019) for q in (1, 2, 3, 4)], "2015-01-01"),
    "quarters first": ("Period", 3, [f"Q{q} {y}" for y in range(2015, 2019) for q in (2, 3, 4)], "2015-04-01"),
    "years and quarters": ("Year,Quarter", 3, [f"{y},{q}" for y in (2015, 2016) for q in (1, 2, 3, 4)], "2015-01-01"),
    "years and months": ("Year,Month", 1, [f"2015,{datetime(2015, m, 1):%B}" for m in range(1, 13)], "2015-01-01"),
    "first and last days": (
        "Bill period",
        1,
        [
            f"01 {month} 2015 - {last} {month} 2015"
            for month, last in (("Jan", 31), ("Feb", 28), ("Mar", 31), ("Apr", 30))
        ],
        "2015-01-01",
    ),
    "months": ("Month", 1, [f"{datetime(2015, m, 1):%b-%y}" for m in range(1, 13)], "2015-01-01"),
}


@pytest.mark.parametrize("name", CALENDAR)
def test_steps_of_the_calendar_are_told_and_nobody_is_asked(name: str, engine: duckdb.DuckDBPyConnection) -> None:
    head, months, rows, first = CALENDAR[name]
    found = inspect(csv(f"{head},Import (GWh)", *(f"{row},{100 + n * 17 % 31}" for n, row in enumerate(rows))))
    assert found.profile is not None, found.findings
    assert (found.profile.calendar_months, found.questions) == (months, ())
    stamps = read_back(engine, found.profile.timestamp, rows)
    assert stamps[0] == datetime.fromisoformat(first).replace(tzinfo=UTC)
    assert len(set(stamps)) == len(rows)


@pytest.mark.parametrize("heads", ["Year,Jan,Feb,Mar,Apr", "Year,Q1,Q2,Q3,Q4"])
def test_parts_of_a_year_side_by_side_are_no_channels_of_years(heads: str) -> None:
    assert inspect(csv(heads, *(f"{year},1.5,2.5,3.5,4.5" for year in range(2009, 2020)))).kind == "table"


def test_years_over_two_are_asked_about_where_no_head_says_when_they_begin() -> None:
    rows = [f"{year}/{year % 100 + 1:02},{100 + year * 3 % 7}" for year in range(2009, 2020)]
    (question,) = inspect(csv("Year,Import (GWh)", *rows)).questions
    assert (question.id, question.guess) == ("year_begins", "04")
