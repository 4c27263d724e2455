from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.tools.explore.view import View, format_view, limit_channels, parse_view

FIELDS = st.from_regex(r"[a-z_][a-z0-9_]{0,20}", fullmatch=True)
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


@st.composite
def views(draw: st.DrawFn) -> View:
    start = draw(st.none() | INSTANTS)
    return View(
        dataset=draw(st.from_regex(r"[a-z0-9]{1,11}", fullmatch=True)),
        file=draw(st.just("") | st.from_regex(r"[a-z0-9]{1,11}", fullmatch=True)),
        meter=draw(st.sampled_from(["", "*", "MAC000002", "Home 1, upstairs & down"])),
        channels=tuple(draw(st.lists(FIELDS, unique=True, max_size=8))),
        start=start,
        end=start + draw(st.timedeltas(timedelta(milliseconds=1), timedelta(days=9000))) if start else None,
        zone=draw(st.sampled_from(["local", "utc"])),
        band=draw(st.booleans()),
    )


@given(views())
def test_a_view_comes_back_from_its_address(view: View) -> None:
    assert parse_view(format_view(view)) == (view, [])


def test_an_address_says_only_what_differs_from_the_usual() -> None:
    assert format_view(View()) == ""
    view = View("3fq9t5xk2d", channels=("power_kw", "voltage_v"), start=datetime(2019, 11, 18, 11, 45, 43, tzinfo=UTC))
    assert format_view(view) == "?dataset=3fq9t5xk2d&channels=power_kw,voltage_v"
    whole = View("3fq9t5xk2d", start=datetime(2019, 11, 18, tzinfo=UTC), end=datetime(2019, 11, 19, tzinfo=UTC))
    assert format_view(whole) == "?dataset=3fq9t5xk2d&start=2019-11-18T00:00:00Z&end=2019-11-19T00:00:00Z"


def test_times_with_any_offset_are_the_same_instants_in_utc() -> None:
    view, notes = parse_view("?dataset=a&start=2019-07-18T01:00:00%2B01:00&end=2019-07-18T02:00:00Z")
    assert notes == []
    assert (view.start, view.end) == (datetime(2019, 7, 18, tzinfo=UTC), datetime(2019, 7, 18, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    ("search", "said"),
    [
        ("?start=2019-11-18T11:45:43&end=2019-11-19T00:00:00Z", "“2019-11-18T11:45:43” is no instant"),
        ("?start=soon&end=later", "“soon” is no instant"),
        ("?start=2019-11-19T00:00:00Z&end=2019-11-18T00:00:00Z", "ends before it starts"),
        ("?start=0001-01-01T00:00:00%2B14:00&end=2019-11-18T00:00:00Z", "is no instant"),
    ],
)
def test_a_window_that_cannot_be_used_is_said_and_the_whole_period_shown(search: str, said: str) -> None:
    view, (note,) = parse_view(search)
    assert view.is_whole
    assert said in note
    assert note.endswith("The whole period is shown.")


def test_an_unknown_zone_is_said_and_local_time_shown() -> None:
    view, notes = parse_view("?zone=mars")
    assert view.zone == "local"
    assert notes == ["The address asks for times in “mars”; they are shown in local time."]


def test_more_than_eight_channels_are_left_out_with_words() -> None:
    view, notes = parse_view("?channels=" + ",".join(f"c{n}" for n in range(10)))
    assert view.channels == tuple(f"c{n}" for n in range(8))
    assert notes == ["At most eight channels fit one picture: 2 were left out. Remove one to add another."]


def test_a_channel_named_twice_counts_once() -> None:
    assert limit_channels(("a", "b", "a")) == (("a", "b"), "")


@given(st.text(max_size=300))
def test_any_text_after_the_path_is_read_without_a_fault(text: str) -> None:
    view, _ = parse_view(text)
    assert len(view.channels) <= 8
    assert view.is_whole or (view.start is not None and view.end is not None and view.start < view.end)
