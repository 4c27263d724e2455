"""Numbers, sizes, times and periods as the house writes them: thin spaces, SI units, British dates."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from fairwatt.core.metadata.words import end_sentence, iso_instant, say_bytes, say_date, say_instant, say_period
from fairwatt.core.periods import say_duration
from fairwatt.portal.coverage import draw_coverage
from fairwatt.portal.wording import THIN, each_step, name_with_unit, write_value
from fairwatt.portal.zone import display_zone

register = template.Library()
_LONG = 40  # letters of a name that a phone shows in two lines
_STAMP = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?")


@register.filter
def number(value: Any) -> str:
    """Write a whole number with thin spaces: 2592000 → ``2 592 000``; "" for None.

    >>> number(2295).replace(THIN, "_")
    '2_295'
    """
    return "" if value is None else f"{int(value):,}".replace(",", THIN)


@register.filter
def counted(value: Any) -> str:
    """Write a whole number as sentences do: 2592000 → ``2,592,000``."""
    return "" if value is None else f"{int(value):,}"


@register.filter
def within(text: str) -> str:
    """Write a phrase as it goes on in a sentence: ``From 1 May 2027`` → ``from 1 May 2027``."""
    return text[:1].lower() + text[1:]


register.filter("ended", end_sentence)


@register.filter
def measured(value: Any, unit: str = "") -> str:
    """Write a measured value with four significant figures and its unit; a dash for None.

    >>> measured(0.000123456), measured(246.512, "V"), measured(1234567.0).replace(THIN, "_")
    ('0.0001235', '246.5\\u202fV', '1_234_567')
    """
    if value is None:
        return "–"
    text = write_value(float(value))
    return f"{text}{THIN}{unit}" if unit else text


@register.filter
def share(value: Any) -> str:
    """Write a share of 0 to 1 as a percentage that never rounds to 0 or 100 unless it is.

    >>> share(0.99999), share(1), share(0.12345), share(0.00001)
    ('99.9\\u202f%', '100\\u202f%', '12.3\\u202f%', '<\\u202f0.1\\u202f%')
    """
    if value is None:
        return ""
    percent = float(value) * 100
    if percent in {0.0, 100.0}:
        return f"{percent:.0f}{THIN}%"
    if percent < 0.1:  # noqa: PLR2004
        return f"<{THIN}0.1{THIN}%"
    return f"{min(percent, 99.9):.1f}{THIN}%"


@register.filter
def size(value: Any) -> str:
    """Write a number of bytes: 1100000 → ``1.1 MB``."""
    return "" if value is None else say_bytes(int(value)).replace(" ", THIN)


@register.filter
def duration(seconds: Any) -> str:
    """Write a duration of so many seconds in words."""
    return say_duration(float(seconds)) if seconds else ""


@register.filter
def each(seconds: Any) -> str:
    """Say a step of so many seconds after the word "every"."""
    return each_step(float(seconds)) if seconds else ""


@register.filter
def instant(at: datetime | None, zone: str = "") -> SafeString | str:
    """Write an instant: ``18 Nov 2019, 11:45:43 GMT``, in the project's zone unless told another."""
    if at is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', iso_instant(at), say_instant(at, zone=zone or display_zone()))


@register.filter
def day(at: datetime | None, zone: str = "") -> SafeString | str:
    """Write the date of an instant: ``18 November 2019``."""
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(zone or display_zone()))
    return format_html(
        '<time datetime="{}">{}</time>', local.date().isoformat(), say_date(at, zone=zone or display_zone())
    )


@register.filter
def stated(text: str) -> SafeString | str:
    """Write what a form's field was answered: an instant or a day as the house writes them, anything else as it is."""
    if not _STAMP.fullmatch(text):
        return text
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return instant(at) if at.tzinfo else day(at.replace(tzinfo=ZoneInfo(display_zone())))


@register.simple_tag
def period(start: datetime | None, end: datetime | None, zone: str = "") -> SafeString | str:
    """Write a half-open period with its zone; nothing where it is not known."""
    if start is None or end is None:
        return ""
    return say_period(start, end, zone=zone or display_zone())


@register.simple_tag
def days_of(start: datetime | None, end: datetime | None, zone: str = "") -> str:
    """Write the first and the last day that a half-open period touches, short: ``18 Nov 2019``."""
    if start is None or end is None:
        return ""
    local = ZoneInfo(zone or display_zone())
    first, last = (at.astimezone(local).date() for at in (start, end - timedelta(microseconds=1)))
    if first == last:
        return f"{first.day} {first:%b %Y}"
    if first.year == last.year:
        return f"{first.day} {first:%b} to {last.day} {last:%b %Y}"
    return f"{first.day} {first:%b %Y} to {last.day} {last:%b %Y}"


@register.filter
def iso(at: datetime | None) -> str:
    """Write an instant for programs: ISO 8601 in UTC."""
    return iso_instant(at.astimezone(UTC)) if at else ""


@register.simple_tag
def coverage_strip(parts: list[float], label: str = "") -> SafeString | str:
    """Draw how much of each part of a period has readings."""
    return draw_coverage(parts, label=label)


@register.filter
def breakable(name: str) -> SafeString | str:
    """A long name that may break after its underscores, as it may at blanks and hyphens anyway."""
    if len(name) <= _LONG:
        return name
    return format_html_join(mark_safe("_<wbr>"), "{}", ((part,) for part in name.split("_")))


@register.filter
def with_unit(name: str, unit: str) -> str:
    """Write a channel's name with its unit, once."""
    return name_with_unit(name, unit)
