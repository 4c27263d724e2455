from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.periods import Period
from fairwatt.tools.charts import Theme
from fairwatt.tools.explore.pictures import Curve, Scene, draw_figure, group_panels, panel_title
from fairwatt.tools.explore.points import Points
from fairwatt.tools.explore.reading import number_curves
from fairwatt.tools.explore.table import make_page
from fairwatt.tools.explore.words import say_heading, say_number, say_shown, summarise

START = datetime(2021, 7, 5, tzinfo=UTC)
NAN = float("nan")


def curve(field: str = "a", unit: str = "kW", quantity: str = "power", label: str = "Active power") -> Curve:
    return Curve(field, f"Meter {field.upper()}", quantity, label, unit, step_s=10)


def points(*values: float) -> Points:
    at_ms = (START.timestamp() + 10 * np.arange(len(values))) * 1000
    mean = np.array(values)
    return Points(at_ms, mean - 1, mean, mean + 1, np.where(np.isnan(mean), 0, 6.0))


def scene(*curves: Curve, values: tuple[float, ...] = (1.0, 2.0, NAN, 4.0), is_raw: bool = False) -> Scene:
    chosen = curves or (curve(),)
    found = points(*values)
    if is_raw:
        found = replace(found, low=found.mean, high=found.mean, count=np.where(np.isnan(found.mean), 0, 1.0))
    window = Period(START, START + timedelta(seconds=10 * len(values)))
    return Scene(chosen, {c.field: found for c in chosen}, window, ZoneInfo("Europe/London"), is_raw)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0"), (5, "5"), (-0.25, "−0.25"), (1234.5, "1,234.5"), (127.123456, "127.123"), (8911.2412, "8,911.24"),
        (1e9, "1,000,000,000"), (0.000123456, "0.000123"), (1e-9, "1e−09"), (-4412.86, "−4,412.86"),
    ],
)  # fmt: skip
def test_values_have_six_figures_at_most_and_grouped_thousands(value: float, said: str) -> None:
    assert say_number(value) == said


@given(st.floats(-1e12, 1e12).filter(lambda value: value == 0 or abs(value) > 1e-6))
def test_a_said_value_is_the_value_but_for_rounding(value: float) -> None:
    assert float(say_number(value).replace(",", "").replace("−", "-")) == pytest.approx(value, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(
    ("shown", "total", "is_raw", "said"),
    [
        (1502, 2_592_000, False, "1,502 of 2,592,000 readings shown (min, max, mean)."),
        (59, 59, True, "All 59 readings of this window shown."),
        (1, 1, True, "The one reading of this window shown."),
        (0, 0, True, "There are no readings in this window."),
    ],
)
def test_how_much_is_shown_is_said(shown: int, total: int, is_raw: bool, said: str) -> None:
    assert say_shown(shown, total, is_raw=is_raw) == said


def test_a_channel_is_summed_up_with_its_extremes_mean_and_gap() -> None:
    (summary,) = summarise(scene())
    assert summary.sentence == (
        "lowest 0\u00a0kW at about 5 Jul 2021, 01:00 BST; mean 2.33333\u00a0kW; "
        "highest 5\u00a0kW at about 5 Jul 2021, 01:00:30 BST; "
        "18 readings, one gap of about 10 seconds from about 5 Jul 2021, 01:00:20 BST."
    )


def test_several_gaps_are_counted_with_the_longest() -> None:
    values = (1.0, NAN, 2.0, NAN, NAN, 3.0)
    assert summarise(scene(values=values, is_raw=True))[0].sentence.endswith(
        "3 readings, 2 gaps, the longest of 20 seconds from 5 Jul 2021, 01:00:30 BST."
    )
    assert summarise(scene(values=values))[0].sentence.endswith(
        "18 readings, 2 gaps that show at this width, "
        "the longest of about 20 seconds from about 5 Jul 2021, 01:00:30 BST."
    )


def test_of_raw_readings_times_are_exact() -> None:
    (summary,) = summarise(scene(values=(1.0, 2.0), is_raw=True))
    assert summary.sentence == (
        "lowest 1\u00a0kW at 5 Jul 2021, 01:00 BST; mean 1.5\u00a0kW; highest 2\u00a0kW at 5 Jul 2021, 01:00:10 BST; "
        "2 readings, no gaps."
    )


def test_a_channel_without_a_reading_says_so() -> None:
    assert [s.sentence for s in summarise(scene(values=(NAN, NAN)))] == ["no readings in this window."]


def test_the_heading_names_the_quantities_and_the_dataset() -> None:
    volt = curve("v", "V", "voltage", "Voltage")
    assert say_heading(scene(curve(), volt), "School") == "Active power and voltage of School"


def test_channels_of_one_unit_share_a_panel_and_unknown_units_do_not() -> None:
    curves = [curve("a"), curve("v", "V", "voltage", "Voltage"), curve("b"), curve("x", "", "", ""), curve("y", "", "")]
    panels = group_panels(curves)
    assert [[c.field for c in panel] for panel in panels] == [["a", "b"], ["v"], ["x"], ["y"]]
    assert [panel_title(panel) for panel in panels] == [
        "Active power [kW]", "Voltage [V]", "Meter X, unit unknown", "Active power, unit unknown",
    ]  # fmt: skip


def test_a_name_that_has_its_unit_already_does_not_get_it_twice() -> None:
    assert curve().label == "Meter A [kW]"
    assert replace(curve(), name="Power (kW)").label == "Power (kW)"
    assert replace(curve(), unit="").label == "Meter A"


def test_every_panel_hangs_on_the_one_time_axis() -> None:
    figure = draw_figure(scene(curve(), curve("v", "V", "voltage", "Voltage")), Theme.LIGHT, revision="r1")
    layout = figure["layout"]
    assert {key for key in layout if key.startswith("xaxis")} == {"xaxis"}
    assert layout["yaxis"]["domain"][0] > layout["yaxis2"]["domain"][1]
    assert layout["xaxis"]["anchor"] == "y2"
    assert all(trace["type"] == "scatter" and trace["xaxis"] == "x" for trace in figure["data"])


def test_times_on_the_axis_never_depend_on_the_readers_zone() -> None:
    figure = draw_figure(scene(), Theme.DARK, revision="r1")
    times = [time for trace in figure["data"] for time in trace["x"]]
    places = [*times, *figure["layout"]["xaxis"]["range"], *figure["layout"]["xaxis"]["tickvals"]]
    assert all(isinstance(place, str) and not place.endswith("Z") and "+" not in place for place in places)


def test_a_reading_alone_between_gaps_gets_a_dot() -> None:
    many = (*[1.0] * 300, NAN, 7.0, NAN, *[1.0] * 300)
    line = next(
        t for t in draw_figure(scene(values=many), Theme.LIGHT, revision="")["data"] if t.get("name") == "Meter A"
    )
    assert line["mode"] == "lines+markers"
    assert [at for at, size in enumerate(line["marker"]["size"]) if size] == [301]


def test_energy_is_drawn_as_steps_over_its_intervals() -> None:
    energy = curve("e", "kWh", "energy", "Energy")
    data = draw_figure(scene(energy, values=(1.0, 2.0), is_raw=True), Theme.LIGHT, revision="")["data"]
    assert data[0]["line"]["shape"] == "hv"


def test_hovering_says_local_time_and_utc_and_in_utc_only_that() -> None:
    local = draw_figure(scene(), Theme.LIGHT, revision="")
    assert local["data"][-1]["customdata"][0] == "5 Jul, 01:00:00 BST"
    assert local["layout"]["xaxis"]["hoverformat"].endswith("UTC")
    utc = draw_figure(replace(scene(), zone=ZoneInfo("UTC")), Theme.LIGHT, revision="")
    assert utc["data"][-1]["hoverinfo"] == "skip"


def test_the_band_can_be_left_away_and_raw_readings_have_none() -> None:
    def bands(shown: Scene) -> int:
        return sum(t.get("fill") == "toself" for t in draw_figure(shown, Theme.LIGHT, revision="")["data"])

    assert [bands(scene()), bands(replace(scene(), has_band=False)), bands(scene(is_raw=True))] == [1, 0, 0]


def test_the_tables_pages_follow_the_readings_and_leave_gaps_out() -> None:
    shown = scene(values=(*[1.0] * 30, NAN, *[2.0] * 30), is_raw=True)
    pages = [make_page(shown, number) for number in (0, 1, 2, 3, 99)]
    assert [(page.row, len(page.starts), page.total) for page in pages] == [
        (1, 25, 60), (1, 25, 60), (26, 25, 60), (51, 10, 60), (51, 10, 60),
    ]  # fmt: skip
    assert pages[4].cells[0] == ("2",)


def test_a_channel_without_a_value_at_a_time_has_an_empty_cell() -> None:
    both = scene(curve("a"), curve("b"), values=(1.0, 2.0), is_raw=True)
    both = replace(both, points={"a": points(1.0, 2.0), "b": points(NAN, 5.0)})
    assert make_page(both, 1).cells == (("1", ""), ("2", "5"))


def test_an_empty_window_is_a_table_without_rows() -> None:
    assert make_page(scene(values=(NAN,)), 1).starts == ()


def ends(figure: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {a["text"]: a for a in figure["layout"]["annotations"] if a["text"].isdigit()}


def test_each_of_several_lines_has_its_number_in_its_colour_at_its_end() -> None:
    chosen = number_curves([curve("a"), curve("v", "V", "voltage", "Voltage"), curve("b")])
    found = ends(draw_figure(scene(*chosen), Theme.LIGHT, revision=""))
    assert [(a["yref"], a["bordercolor"]) for a in found.values()] == [
        ("y", chosen[0].color(Theme.LIGHT)), ("y", chosen[2].color(Theme.LIGHT)), ("y2", chosen[1].color(Theme.LIGHT)),
    ]  # fmt: skip
    assert list(found) == ["1", "3", "2"]
    assert {(a["x"], a["y"]) for a in found.values()} == {("2021-07-05T00:00:30", 4.0)}
    assert abs(found["1"]["yshift"] - found["3"]["yshift"]) >= 19


def test_a_line_alone_needs_no_number() -> None:
    assert ends(draw_figure(scene(*number_curves([curve()])), Theme.LIGHT, revision="")) == {}


def test_a_line_without_readings_has_no_end_and_a_panel_without_any_no_limits() -> None:
    empty = draw_figure(scene(*number_curves([curve("a"), curve("b")]), values=(NAN, NAN)), Theme.LIGHT, revision="")
    assert ends(empty) == {}
    assert "range" not in empty["layout"]["yaxis"]


def test_a_panel_has_room_for_the_band_where_it_is_drawn() -> None:
    def limits(shown: Scene) -> list[float]:
        return list(draw_figure(shown, Theme.LIGHT, revision="")["layout"]["yaxis"]["range"])

    assert limits(scene()) == [-0.25, 5.25]  # means from 1 to 4, extremes from 0 to 5
    assert limits(replace(scene(), has_band=False)) == [0.85, 4.15]
