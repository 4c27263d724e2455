"""How times are written: one form a way in which loggers, suppliers and portals write a row's time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from bench.variants.truth import Truth, moment

LOCAL = "Europe/London"
_EXCEL = 25_569  # days from Excel's day 0 to 1970


@dataclass(frozen=True)
class TimeForm:
    """A way to write a row's time.

    Attributes
    ----------
    heads
        The heads of its columns.
    write
        (truth, start) → the cells.
    answers
        What is true of it; ``sure`` questions need not be asked.
    needs_order
        Whether rows must be in order and whole for the clock changes to be told.
    least_step_s
        The finest step it can write.
    """

    name: str
    heads: tuple[str, ...]
    write: Callable[[Truth, int], tuple[str, ...]]
    answers: Mapping[str, str] = field(default_factory=dict)
    sure: frozenset[str] = frozenset()
    needs_order: bool = False
    least_step_s: int = 1
    only_steps: tuple[int, ...] = ()
    is_ambiguous: bool = False  # day and month can change places


def _utc(form: str) -> Callable[[Truth, int], tuple[str, ...]]:
    return lambda truth, start: (moment(start).strftime(form),)


def _local(*forms: str) -> Callable[[Truth, int], tuple[str, ...]]:
    return lambda truth, start: tuple(truth.local(start).strftime(form) for form in forms)


def _end_local(form: str) -> Callable[[Truth, int], tuple[str, ...]]:
    return lambda truth, start: (truth.local(start + truth.step_s).strftime(form),)


def _offset(start: datetime, *, colon: bool = True) -> str:
    text = start.strftime("%z")
    return f"{text[:3]}:{text[3:]}" if colon else text


def _iso_offset(truth: Truth, start: int) -> tuple[str, ...]:
    local = truth.local(start)
    return (f"{local:%Y-%m-%dT%H:%M:%S}{_offset(local)}",)


def _spaced_offset(truth: Truth, start: int) -> tuple[str, ...]:
    local = truth.local(start)
    return (f"{local:%Y-%m-%d %H:%M:%S} {_offset(local, colon=False)}",)


def _start_and_end(truth: Truth, start: int) -> tuple[str, ...]:
    return (*_iso_offset(truth, start), *_iso_offset(truth, start + truth.step_s))


def _hour_24(truth: Truth, start: int) -> tuple[str, ...]:
    """Ends of intervals; the last of a day is 24:00 of that day."""
    local, end = truth.local(start), truth.local(start + truth.step_s)
    if (end.hour, end.minute) == (0, 0):
        return (f"{local:%d/%m/%Y} 24:00",)
    return (f"{end:%d/%m/%Y %H:%M}",)


def _iso_hour_24(truth: Truth, start: int) -> tuple[str, ...]:
    """The same with the year first and seconds."""
    local, end = truth.local(start), truth.local(start + truth.step_s)
    if (end.hour, end.minute) == (0, 0):
        return (f"{local:%Y-%m-%d} 24:00:00",)
    return (f"{end:%Y-%m-%d %H:%M:%S}",)


def _columns_hour_24(truth: Truth, start: int) -> tuple[str, ...]:
    """A date, and beside it the interval's end, which is 24:00 for a day's last."""
    local, end = truth.local(start), truth.local(start + truth.step_s)
    if (end.hour, end.minute) == (0, 0):
        return (f"{local:%d/%m/%Y}", "24:00")
    return (f"{end:%d/%m/%Y}", f"{end:%H:%M}")


def _end_by_clock(form: str) -> Callable[[Truth, int], tuple[str, ...]]:
    """What the clock showed at an interval's start and the interval's length together, as programs add them up."""
    return lambda truth, start: ((_clock(truth, start) + timedelta(seconds=truth.step_s)).strftime(form),)


def _clock(truth: Truth, start: int) -> datetime:
    return truth.local(start).replace(tzinfo=None)


def _named_zone(truth: Truth, start: int) -> tuple[str, ...]:
    return (truth.local(start).strftime("%d/%m/%Y %H:%M %Z"),)


def _browser(truth: Truth, start: int) -> tuple[str, ...]:
    local = truth.local(start)
    name = "British Summer Time" if local.dst() else "Greenwich Mean Time"
    return (f"{local:%a %b %d %Y %H:%M:%S} GMT{_offset(local, colon=False)} ({name})",)


def _serial(truth: Truth, start: int) -> tuple[str, ...]:
    """A spreadsheet's number of the local clock, as it is written when the cell has lost its format."""
    local = truth.local(start).replace(tzinfo=None)
    days = (local - datetime(1970, 1, 1)) / timedelta(days=1) + _EXCEL
    return (f"{days:.10f}".rstrip("0").rstrip("."),)


def _serial_utc(truth: Truth, start: int) -> tuple[str, ...]:
    del truth
    return (f"{start / 86_400 + _EXCEL:.10f}".rstrip("0").rstrip("."),)


def _period(date_form: str) -> Callable[[Truth, int], tuple[str, ...]]:
    return lambda truth, start: (truth.local(start).strftime(date_form), str(period_of(truth, start)))


def period_of(truth: Truth, start: int) -> int:
    """The number of the interval in its local day, counted by time that has passed: 1 to 46, 48 or 50."""
    local = truth.local(start)
    midnight = local.replace(hour=0, minute=0, second=0, fold=0)
    return int(start - midnight.timestamp()) // truth.step_s + 1


def clock_period_of(truth: Truth, start: int) -> int:
    """The number of the interval by what the clock shows: 1 to 48 every day, left out or repeated where it changes."""
    local = truth.local(start)
    return (local.hour * 3_600 + local.minute * 60 + local.second) // truth.step_s + 1


def _clock_period(truth: Truth, start: int) -> tuple[str, ...]:
    return (f"{truth.local(start):%d/%m/%Y}", str(clock_period_of(truth, start)))


def _utc_period(truth: Truth, start: int) -> tuple[str, ...]:
    return (f"{moment(start):%d/%m/%Y}", str(start % 86_400 // truth.step_s + 1))


def _seven_digits(truth: Truth, start: int) -> tuple[str, ...]:
    return (f"{truth.local(start):%Y-%m-%d %H:%M:%S}.0000000",)


def _year_month_day(truth: Truth, start: int) -> tuple[str, ...]:
    at = moment(start)
    return (str(at.year), str(at.month), str(at.day), str(at.hour), str(at.minute))


def _twelve_hours(truth: Truth, start: int) -> tuple[str, ...]:
    at = truth.local(start)
    return (f"{at.month}/{at.day}/{at.year} {at.hour % 12 or 12}:{at:%M:%S} {'PM' if at.hour >= 12 else 'AM'}",)


def _range(truth: Truth, start: int) -> tuple[str, ...]:
    return (f"{moment(start):%d.%m.%Y %H:%M} - {moment(start + truth.step_s):%d.%m.%Y %H:%M}",)


def _part_of_day(truth: Truth, start: int) -> tuple[str, ...]:
    """A date as text and the time of day as a spreadsheet counts it, when only one of the cells kept its format."""
    local = truth.local(start)
    seconds = (local.hour * 60 + local.minute) * 60 + local.second
    return (f"{local:%d/%m/%Y}", f"{seconds / 86_400:.9f}".rstrip("0").rstrip("."))


def _seconds_of_day(truth: Truth, start: int) -> tuple[str, ...]:
    del truth
    return (f"{moment(start):%Y-%m-%d}", str(start % 86_400))


def _hour_ending(truth: Truth, start: int) -> tuple[str, ...]:
    del truth
    return (f"{moment(start):%d-%b-%Y}", f"HE{moment(start).hour + 1:02}")


def _clock_to_clock(truth: Truth, start: int) -> tuple[str, ...]:
    """A date, and the interval's start and end on the clock; midnight's end is 24:00."""
    at, end = moment(start), moment(start + truth.step_s)
    return (f"{at:%d/%m/%Y}", f"{at:%H:%M}-{'24:00' if end.hour == end.minute == 0 else format(end, '%H:%M')}")


def _iso_interval(truth: Truth, start: int) -> tuple[str, ...]:
    return (f"{moment(start):%Y-%m-%dT%H:%M:%SZ}/{moment(start + truth.step_s):%Y-%m-%dT%H:%M:%SZ}",)


_LONDON = {"time_zone": LOCAL, "stamp": "start", "day_first": "true"}
_UTC = {"time_zone": "UTC", "stamp": "start", "day_first": "true"}
_US = _LONDON | {"day_first": "false"}
_END = _LONDON | {"stamp": "end"}
_PERIODS = _LONDON | {"counts": "elapsed"}
_SURE = frozenset({"time_zone", "day_first"})
_SURE_DATE = frozenset({"day_first"})
_T = ("Timestamp",)

FORMS: tuple[TimeForm, ...] = (
    TimeForm("iso-naive-utc", _T, _utc("%Y-%m-%d %H:%M:%S"), _UTC, _SURE_DATE),
    TimeForm("iso-t-naive-utc", _T, _utc("%Y-%m-%dT%H:%M:%S"), _UTC, _SURE_DATE),
    TimeForm("iso-local", _T, _local("%Y-%m-%d %H:%M:%S"), _LONDON, _SURE_DATE, needs_order=True),
    TimeForm("iso-minutes-local", _T, _local("%Y-%m-%d %H:%M"), _LONDON, _SURE_DATE, True, 60),
    TimeForm("iso-z", _T, _utc("%Y-%m-%dT%H:%M:%SZ"), _UTC, _SURE),
    TimeForm("iso-z-millis", _T, _utc("%Y-%m-%dT%H:%M:%S.000Z"), _UTC, _SURE),
    TimeForm("iso-minutes-z", _T, _utc("%Y-%m-%dT%H:%MZ"), _UTC, _SURE, least_step_s=60),
    TimeForm("iso-offset", _T, _iso_offset, _UTC, _SURE),
    TimeForm("iso-spaced-offset", _T, _spaced_offset, _UTC, _SURE),
    TimeForm("iso-plus-00", _T, _utc("%Y-%m-%d %H:%M:%S+00"), _UTC, _SURE),
    TimeForm("utc-word", _T, _utc("%Y-%m-%d %H:%M:%S UTC"), _UTC, _SURE),
    TimeForm("seven-digits", ("DateTime",), _seven_digits, _LONDON, _SURE_DATE, needs_order=True),
    TimeForm("compact", _T, _utc("%Y%m%dT%H%M%SZ"), _UTC, _SURE),
    TimeForm("digits-12", _T, _utc("%Y%m%d%H%M"), _UTC, _SURE_DATE, least_step_s=60),
    TimeForm("digits-14", _T, _utc("%Y%m%d%H%M%S"), _UTC, _SURE_DATE),
    TimeForm("slashed-iso", _T, _utc("%Y/%m/%d %H:%M"), _UTC, _SURE_DATE, least_step_s=60),
    TimeForm("dd-mm", _T, _local("%d/%m/%Y %H:%M"), _LONDON, frozenset(), True, 60, is_ambiguous=True),
    TimeForm("dd-mm-seconds", _T, _local("%d/%m/%Y %H:%M:%S"), _LONDON, frozenset(), True, is_ambiguous=True),
    TimeForm("dd-mm-yy", _T, _local("%d/%m/%y %H:%M"), _LONDON, frozenset(), True, 60, is_ambiguous=True),
    TimeForm("dd-mm-dashes", _T, _local("%d-%m-%Y %H:%M"), _LONDON, frozenset(), True, 60, is_ambiguous=True),
    TimeForm("dd-mm-dots", _T, _local("%d.%m.%Y %H:%M"), _LONDON, frozenset(), True, 60, is_ambiguous=True),
    TimeForm("mm-dd", _T, _local("%m/%d/%Y %H:%M"), _US, frozenset(), True, 60, is_ambiguous=True),
    TimeForm("mm-dd-am-pm", _T, _twelve_hours, _US, frozenset(), True, is_ambiguous=True),
    TimeForm("dd-mm-utc-head", ("Time (UTC)",), _utc("%d/%m/%Y %H:%M"), _UTC, frozenset({"time_zone"}), False, 60,
             is_ambiguous=True),
    TimeForm("two-columns", ("Date", "Time"), _local("%d/%m/%Y", "%H:%M:%S"), _LONDON, frozenset(), True,
             is_ambiguous=True),
    TimeForm("two-columns-iso", ("Date", "Time"), _local("%Y-%m-%d", "%H:%M"), _LONDON, _SURE_DATE, True, 60),
    TimeForm("two-columns-digits", ("Date", "Time"), _local("%Y%m%d", "%H%M"), _LONDON, _SURE_DATE, True, 60),
    TimeForm("two-columns-month", ("Date", "Time"), _local("%d-%b-%Y", "%H:%M"), _LONDON, _SURE_DATE, True, 60),
    TimeForm("month-name", _T, _local("%d %b %Y %H:%M"), _LONDON, _SURE_DATE, True, 60),
    TimeForm("month-name-short", _T, _local("%d-%b-%y %H:%M"), _LONDON, _SURE_DATE, True, 60),
    TimeForm("month-name-long", _T, _local("%d %B %Y %H:%M:%S"), _LONDON, _SURE_DATE, True),
    TimeForm("month-name-us", _T, _local("%b %d, %Y %I:%M %p"), _LONDON, _SURE_DATE, True, 60),
    TimeForm("weekday", _T, _local("%a %d %b %Y %H:%M"), _LONDON, _SURE_DATE, True, 60),
    TimeForm("weekday-slashes", _T, _local("%a %d/%m/%Y %H:%M"), _LONDON, frozenset(), True, 60, is_ambiguous=True),
    TimeForm("zone-suffix", _T, _named_zone, _LONDON, frozenset({"time_zone"}), False, 60, is_ambiguous=True),
    TimeForm("browser", _T, _browser, _UTC, _SURE),
    TimeForm("ctime", _T, _utc("%a %b %d %H:%M:%S %Y"), _UTC, _SURE_DATE),
    TimeForm("ctime-zone", _T, _utc("%a %b %d %H:%M:%S UTC %Y"), _UTC, _SURE),
    TimeForm("rfc-2822", _T, _utc("%a, %d %b %Y %H:%M:%S +0000"), _UTC, _SURE),
    TimeForm("iso-week", _T, _utc("%G-W%V-%uT%H:%M:%S"), _UTC, _SURE_DATE),
    TimeForm("iso-day-of-year", _T, _utc("%Y-%jT%H:%M:%S"), _UTC, _SURE_DATE),
    TimeForm("hours-with-h", ("Date", "Time"), _local("%d/%m/%Y", "%Hh%M"), _LONDON, frozenset(), True, 60,
             is_ambiguous=True),
    TimeForm("hours-with-point", ("Date", "Time"), _local("%Y-%m-%d", "%H.%M"), _LONDON, _SURE_DATE, True, 60),
    TimeForm("hours-alone", _T, _utc("%Y-%m-%d %H"), _UTC, _SURE_DATE, only_steps=(3600,)),
    TimeForm("digits-10", _T, _utc("%Y%m%d%H"), _UTC, _SURE_DATE, only_steps=(3600,)),
    TimeForm("hour-ending", ("Date", "Hour Ending"), _hour_ending, _UTC | {"counts": "clock"}, _SURE_DATE,
             only_steps=(3600,)),
    TimeForm("part-of-day", ("Date", "Time"), _part_of_day, _LONDON, frozenset(), True, 60, is_ambiguous=True),
    TimeForm("seconds-of-day", ("Date", "Time (s)"), _seconds_of_day, _UTC, _SURE_DATE),
    TimeForm("date-and-interval", ("Date", "Period"), _clock_to_clock, _UTC, frozenset({"stamp"}), least_step_s=60,
             is_ambiguous=True),
    TimeForm("iso-interval", ("Interval",), _iso_interval, _UTC, _SURE | {"stamp"}),
    TimeForm("dotnet", _T, lambda _, s: (f"/Date({s * 1_000})/",), _UTC, _SURE),
    TimeForm("year-month-day-time", ("Year", "Month", "Day", "Time"),
             lambda _, s: tuple(f"{moment(s):%Y|%m|%d|%H:%M}".split("|")), _UTC, _SURE_DATE, least_step_s=60),
    TimeForm("hour-24", ("Interval Ending",), _hour_24, _END, frozenset(), True, 300, is_ambiguous=True),
    TimeForm("end-stamped", ("Period Ending",), _end_local("%d/%m/%Y %H:%M"), _END, frozenset({"stamp"}), True, 300,
             is_ambiguous=True),
    TimeForm("end-stamped-iso", ("Interval End",), _end_local("%Y-%m-%dT%H:%M:%S"), _END,
             frozenset({"stamp", "day_first"}), True, 300),
    TimeForm("end-stamped-utc", _T, lambda t, s: (f"{moment(s + t.step_s):%Y-%m-%dT%H:%M:%SZ}",),
             _UTC | {"stamp": "end"}, _SURE),
    TimeForm("end-by-clock", ("Period Ending",), _end_by_clock("%Y-%m-%d %H:%M"), _END,
             frozenset({"stamp", "day_first"}), True, 300),
    TimeForm("end-by-clock-silent", _T, _end_by_clock("%d/%m/%Y %H:%M"), _END, frozenset(), True, 300,
             is_ambiguous=True),
    TimeForm("iso-hour-24", _T, _iso_hour_24, _END, _SURE_DATE, True, 300),
    TimeForm("columns-hour-24", ("Date", "Time"), _columns_hour_24, _END, frozenset(), True, 300, is_ambiguous=True),
    TimeForm("end-stamped-silent", _T, _end_local("%Y-%m-%d %H:%M:%S"), _END, _SURE_DATE, True, 300),
    TimeForm("start-and-end", ("Start", "End"), _start_and_end, _UTC, _SURE | {"stamp"}, least_step_s=60),
    TimeForm("range", ("MTU (UTC)",), _range, _UTC, frozenset({"time_zone", "stamp"}), least_step_s=60,
             is_ambiguous=True),
    TimeForm("excel-serial", _T, _serial, _LONDON, _SURE_DATE, True, 60),
    TimeForm("excel-serial-utc", ("Date/Time",), _serial_utc, _UTC, _SURE_DATE, least_step_s=60),
    TimeForm("epoch-s", ("unix_time",), lambda _, s: (str(s),), _UTC, _SURE),
    TimeForm("epoch-ms", ("timestamp",), lambda _, s: (str(s * 1_000),), _UTC, _SURE),
    TimeForm("epoch-us", ("ts",), lambda _, s: (str(s * 1_000_000),), _UTC, _SURE),
    TimeForm("epoch-fraction", ("time",), lambda _, s: (str(Decimal(s) + Decimal("0.000")),), _UTC, _SURE),
    TimeForm("settlement", ("Settlement Date", "Settlement Period"), _period("%Y-%m-%d"), _PERIODS, _SURE_DATE,
             only_steps=(1800,)),
    TimeForm("settlement-uk", ("Settlement Date", "Settlement Period"), _period("%d/%m/%Y"), _PERIODS, frozenset(),
             only_steps=(1800,), is_ambiguous=True),
    TimeForm("settlement-short", ("SettDate", "SP"), _period("%d-%b-%Y"), _PERIODS, _SURE_DATE, only_steps=(1800,)),
    TimeForm("settlement-digits", ("SETTLEMENT_DATE", "SETTLEMENT_PERIOD"), _period("%Y%m%d"), _PERIODS, _SURE_DATE,
             only_steps=(1800,)),
    TimeForm("numbered", ("Date", "Period"), _period("%d/%m/%Y"), _PERIODS, frozenset(), only_steps=(1800, 3600),
             is_ambiguous=True),
    TimeForm("numbered-clock", ("Date", "Period"), _clock_period, _LONDON | {"counts": "clock"}, frozenset(), True,
             only_steps=(1800, 3600), is_ambiguous=True),
    TimeForm("numbered-utc", ("Date", "Period"), _utc_period, _UTC | {"counts": "elapsed"}, frozenset(),
             only_steps=(1800, 3600), is_ambiguous=True),
    TimeForm("year-month-day", ("Year", "Month", "Day", "Hour", "Minute"), _year_month_day, _UTC, _SURE_DATE,
             least_step_s=60),
)  # fmt: skip


def form_of(name: str) -> TimeForm:
    """The form of this name."""
    return next(form for form in FORMS if form.name == name)
