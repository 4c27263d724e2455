from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta

import numpy as np
import pytest
from django.test import Client

from fairwatt.records.models import Membership
from tests.services import stock as people
from tests.tools.explore import stock
from tests.tools.explore.conftest import Explorer, numbers


def test_a_dataset_opens_with_its_power_over_its_whole_period(explorer: Explorer) -> None:
    dataset = stock.logger(release=stock.open_to_all())
    answer = explorer.open(f"?dataset={dataset.key}")
    assert answer.search == f"?dataset={dataset.key}&channels=active_power_kw"
    assert answer.text("heading") == "Active power of School at ten seconds"
    assert answer.text("period") == "5 May 2021, 01:00 to 6 May 2021, 01:00 BST"
    assert re.fullmatch(r"1,\d{3} of 8,280 readings shown \(min, max, mean\)\.", answer.text("status"))
    assert answer.figure["layout"]["xaxis"]["title"]["text"] == "Local time in London (BST)"
    assert answer.figure["layout"]["annotations"][0]["text"] == "Active power [kW]"


def test_no_channel_has_more_than_two_thousand_points_and_the_peak_stays(explorer: Explorer) -> None:
    dataset = stock.logger(release=stock.open_to_all())
    answer = explorer.open(f"?dataset={dataset.key}&channels=active_power_kw,voltage_v")
    for line in answer.lines().values():
        assert np.count_nonzero(~np.isnan(numbers(line["y"]))) <= 2_000
    band = next(trace for trace in answer.figure["data"] if trace.get("fill") == "toself")
    assert np.nanmax(numbers(band["y"])) == 127
    assert np.nanmax(numbers(answer.lines()["Active Power"]["y"])) < 127
    assert "highest 127\u00a0kW at about 5 May 2021, 06:33" in answer.text("summary")


def test_a_gap_is_a_break_in_line_and_band_and_is_told(explorer: Explorer) -> None:
    dataset = stock.logger(release=stock.open_to_all())
    answer = explorer.open(f"?dataset={dataset.key}")
    line = answer.lines()["Active Power"]
    assert line["connectgaps"] is False
    assert np.count_nonzero(np.isnan(numbers(line["y"]))) == 1
    band = next(trace for trace in answer.figure["data"] if trace.get("fill") == "toself")
    assert np.count_nonzero(np.isnan(numbers(band["y"]))) == 2
    assert "one gap of about 1 hour" in answer.text("summary")


def test_zooming_by_drag_refines_to_the_readings_themselves(explorer: Explorer) -> None:
    dataset = stock.logger(release=stock.open_to_all())
    revision = explorer.open(f"?dataset={dataset.key}").props["revision"]["data"]
    answer = explorer.drag("2021-05-05 05:30:00.4", "2021-05-05 05:40:00")
    assert answer.search.endswith("&start=2021-05-05T05:30:00.400000Z&end=2021-05-05T05:40:00Z")
    assert answer.text("status") == "All 59 readings of this window shown."
    power = answer.lines()["Active Power"]
    assert power["x"][:2] == ["2021-05-05T05:30:10", "2021-05-05T05:30:20"]
    expected = [stock.values(row)[0] for row in range(1_981, 2_040)]
    assert numbers(power["y"]).tolist() == pytest.approx(expected)
    assert answer.figure["layout"]["uirevision"] == revision  # the chart keeps the range that it was dragged to
    assert explorer.use("span-all.n_clicks", 1).search == f"?dataset={dataset.key}&channels=active_power_kw"


def test_buttons_move_the_window_and_the_chart_with_it(explorer: Explorer) -> None:
    dataset = stock.logger(release=stock.open_to_all())
    revision = explorer.open(f"?dataset={dataset.key}").props["revision"]["data"]
    answer = explorer.use("span-hour.n_clicks", 1)
    assert answer.text("period") == "6 May 2021, 00:00 to 01:00 BST"
    assert answer.figure["layout"]["uirevision"] != revision
    assert answer.figure["layout"]["xaxis"]["range"] == ["2021-05-05 23:00:00.000", "2021-05-06 00:00:00.000"]
    assert explorer.use("move-earlier.n_clicks", 1).text("period") == "5 May 2021, 23:00 to 6 May 2021, 00:00 BST"
    assert explorer.use("move-closer.n_clicks", 1).text("period") == "5 May 2021, 23:15 to 23:45 BST"


def test_times_are_typed_and_shown_in_the_chosen_zone(explorer: Explorer) -> None:
    dataset = stock.logger(release=stock.open_to_all())
    explorer.open(f"?dataset={dataset.key}")
    answer = explorer.use("from.value", "2021-05-05T12:00")
    assert "start=2021-05-05T11:00:00Z" in answer.search
    answer = explorer.use("zone.value", "utc")
    assert answer.props["from"]["value"] == "2021-05-05T11:00:00"
    assert answer.figure["layout"]["xaxis"]["title"]["text"] == "Time in UTC"
    assert "zone=utc" in answer.search


@pytest.mark.parametrize(
    ("control", "typed", "said"),
    [
        ("from.value", "tomorrow", "“tomorrow” is no date and time"),
        ("to.value", "1999-01-01T00:00", "The window must end after it starts."),
    ],
)
def test_a_typed_time_that_cannot_be_is_refused_and_the_picture_kept(
    explorer: Explorer, control: str, typed: str, said: str
) -> None:
    dataset = stock.logger(release=stock.open_to_all())
    explorer.open(f"?dataset={dataset.key}")
    answer = explorer.use(control, typed)
    assert set(answer.props) == {"tool-message"}
    assert said in answer.text("tool-message")


def test_a_ninth_channel_is_refused_with_words(explorer: Explorer) -> None:
    dataset = stock.logger(release=stock.open_to_all())
    explorer.open(f"?dataset={dataset.key}")
    answer = explorer.use("channels.value", list(stock.FIELDS))
    assert answer.props["channels"]["error"] == (
        "At most eight channels fit one picture: one was left out. Remove one to add another."
    )
    assert answer.props["channels"]["value"] == list(stock.FIELDS[:8])
    assert len(answer.lines()) == 8
    axes = {trace["yaxis"] for trace in answer.lines().values()}
    assert axes == {"y", "y2", "y3"}  # kW, V and A


def test_without_a_channel_the_page_asks_for_one(explorer: Explorer) -> None:
    dataset = stock.logger(release=stock.open_to_all())
    explorer.open(f"?dataset={dataset.key}")
    answer = explorer.use("channels.value", [])
    assert answer.props["stage"]["hidden"] is True
    assert "Choose a channel" in answer.text("empty")


def test_nothing_chosen_says_what_will_be_here(explorer: Explorer) -> None:
    answer = explorer.open()
    assert "Choose a dataset" in answer.text("empty")
    assert answer.props["stage"]["hidden"] is True


def test_a_dataset_without_readings_says_what_it_holds(explorer: Explorer) -> None:
    dataset = people.dataset("Boundaries", release=stock.open_to_all())
    people.file(dataset, "wards.json", kind="spatial", format="GeoJSON", period_start=None, period_end=None)
    answer = explorer.open(f"?dataset={dataset.key}")
    assert "Boundaries has no readings to draw It holds spatial files" in answer.text("empty")
    assert answer.links("empty") == {"Its page": f"/datasets/{dataset.key}/"}


def test_a_closed_dataset_is_refused_and_none_of_its_data_sent(explorer: Explorer) -> None:
    dataset = stock.logger(release={"partner": stock.BEGIN})
    answer = explorer.open(f"?dataset={dataset.key}&channels=active_power_kw")
    assert "These readings can't be shown to you" in answer.text("empty")
    assert answer.figure["data"] == []
    assert answer.props["dataset"]["value"] is None
    login = answer.links("empty")["Sign in"]
    assert (
        login == f"/accounts/login/?next=%2Ftools%2Fexplore%2F%3Fdataset%3D{dataset.key}%26channels%3Dactive_power_kw"
    )
    assert "School" not in json.dumps(answer.props)


def test_the_page_of_what_one_may_not_have_is_a_real_refusal(db: None, client: Client) -> None:
    opened = stock.logger("Open", release=stock.open_to_all())
    partners = stock.logger("Partners", release={"partner": stock.BEGIN})
    nobodys = stock.logger("Nobody's", release={})

    def status_of(query: str) -> int:
        return client.get(f"/tools/explore/{query}").status_code

    assert [status_of(f"?dataset={one}") for one in ("", opened.key, partners.key, nobodys.key, "nosuchkey")] == [
        200, 200, 401, 403, 404
    ]  # fmt: skip
    client.force_login(people.person("out"))
    assert [status_of(f"?dataset={one.key}&channels=x") for one in (opened, partners, nobodys)] == [200, 403, 403]


def test_a_dataset_id_forged_in_a_callback_is_refused(explorer: Explorer) -> None:
    mine = stock.logger("Mine", release=stock.open_to_all())
    closed = stock.logger("Theirs", release={"partner": stock.BEGIN})
    explorer.open(f"?dataset={mine.key}")
    for forge in (
        lambda: explorer.use("dataset.value", closed.key),
        lambda: explorer.open(f"?dataset={closed.key}"),
        lambda: explorer.open("?dataset=nosuchkey"),
    ):
        answer = forge()
        assert answer.figure["data"] == []
        assert "can't be shown to you" in answer.text("empty")
        assert "Theirs" not in json.dumps(answer.props)
    explorer.open(f"?dataset={mine.key}")
    explorer.search = f"?dataset={closed.key}&channels=active_power_kw"
    table = explorer.table("table-toggle.n_clicks")
    assert "table" not in table.props
    assert "data@testshire.example" in table.text("tool-message") or "sign in" in table.text("tool-message").lower()


def test_a_partner_sees_what_the_public_does_not_until_the_membership_ends(explorer: Explorer) -> None:
    dataset = stock.logger(release={"partner": stock.BEGIN})
    partner = people.person("bea", organization=people.organization("GRID"))
    explorer.client.force_login(partner)
    assert explorer.open(f"?dataset={dataset.key}").lines()
    Membership.objects.filter(user=partner).delete()
    answer = explorer.use("span-hour.n_clicks", 1)
    assert answer.figure["data"] == []
    assert "Sign in" not in answer.links("empty")


def test_only_datasets_with_readings_that_the_person_may_have_are_offered(explorer: Explorer) -> None:
    mine = stock.logger("Open to all", release=stock.open_to_all())
    stock.logger("Partners only", release={"partner": stock.BEGIN})
    people.dataset("No readings", release=stock.open_to_all())
    explorer.open()
    layout = explorer.client.get("/tools/explore/_dash-layout").content.decode()
    assert f'"value": "{mine.key}"' in layout or f'"value":"{mine.key}"' in layout
    assert "Partners only" not in layout
    assert "No readings" not in layout


def test_typing_finds_datasets_among_many_and_keeps_the_open_one(explorer: Explorer) -> None:
    opened = stock.logger("Battery at the school", release=stock.open_to_all())
    for title in ("Heat pump", "Battery of the library"):
        people.dataset(title, release=stock.open_to_all(), readings_total=5)
    explorer.open(f"?dataset={opened.key}")
    explorer.values["search-text.data"] = "pump heat"
    found = explorer.call("dataset.data", ["search-text.data"]).props["dataset"]["data"]
    assert [option["label"] for group in found for option in group["items"]] == ["Heat pump", "Battery at the school"]


def test_an_address_of_another_release_is_told_and_what_can_be_is_shown(explorer: Explorer) -> None:
    dataset = stock.logger(release=stock.open_to_all())
    answer = explorer.open(f"?dataset={dataset.key}&channels=gone_kw,voltage_v&start=soon&end=later&zone=mars")
    told = answer.text("tool-message")
    assert "no channel “gone_kw”" in told
    assert "“soon” is no instant" in told
    assert "“mars”" in told
    assert list(answer.lines()) == ["Voltage"]


def test_a_window_without_readings_says_so_and_when_there_are_some(explorer: Explorer) -> None:
    dataset = stock.logger(release=stock.open_to_all())
    answer = explorer.open(f"?dataset={dataset.key}&start=2031-01-01T00:00:00Z&end=2031-01-02T00:00:00Z")
    assert answer.text("status") == (
        "There are no readings in this window. The readings run from 5 May 2021, 01:00 to 6 May 2021, 01:00 BST."
    )
    assert answer.figure["layout"]["yaxis"]["showticklabels"] is False
    assert "no readings in this window" in answer.text("summary")
    assert list(answer.links("links")) == ["About this dataset"]


def test_one_file_of_several_can_be_looked_at(explorer: Explorer) -> None:
    dataset = stock.logger(release=stock.open_to_all())
    second = people.file(dataset, "second.csv")
    people.half_hours(second, begin=stock.BEGIN + timedelta(days=10))
    answer = explorer.open(f"?dataset={dataset.key}")
    assert answer.props["file-field"]["hidden"] is False
    assert [option["label"] for option in answer.props["file"]["data"]] == ["All 2 files", "school.csv", "second.csv"]
    answer = explorer.use("file.value", second.key)
    assert f"file={second.key}" in answer.search
    assert answer.text("period") == "15 May 2021, 01:00 to 16 May 2021, 01:00 BST"
    assert answer.text("status") == "All 48 readings of this window shown."
    assert answer.links("links")["CSV of this window, 48 rows"].startswith(f"/files/{second.key}/readings.csv?")


def test_of_several_meters_one_is_shown_or_all_of_them_together(explorer: Explorer) -> None:
    dataset = stock.two_homes()
    answer = explorer.open(f"?dataset={dataset.key}")
    assert answer.props["meter-field"]["hidden"] is False
    assert [option["label"] for option in answer.props["meter"]["data"]] == [
        "A", "B", "All 2 together",
    ]  # fmt: skip
    assert numbers(answer.lines()["Energy"]["y"]).tolist() == [1, 2, 3, 4]
    answer = explorer.use("meter.value", "B")
    assert answer.search.endswith("&meter=B&channels=energy_kwh")
    assert numbers(answer.lines()["Energy"]["y"]).tolist() == [10, 20, 30, 40]
    response = explorer.client.get(answer.links("links")["CSV of this window, 4 rows"])
    assert len(b"".join(response.streaming_content).decode().splitlines()) == 5
    answer = explorer.use("meter.value", "*")
    assert numbers(answer.lines()["Energy"]["y"]).tolist() == pytest.approx([5.5, 11, 16.5, 22])
    assert any(trace.get("fill") == "toself" for trace in answer.figure["data"])
    assert answer.text("status") == "4 of 8 readings shown (min, max, mean)."


def test_the_table_behind_the_picture_has_its_rows_a_page_at_a_time(explorer: Explorer) -> None:
    dataset = stock.logger(release=stock.open_to_all())
    explorer.open(f"?dataset={dataset.key}&start=2021-05-05T05:30:00Z&end=2021-05-05T05:36:00Z&zone=utc")
    first = explorer.table("table-toggle.n_clicks")
    assert "Readings: rows 1 to 25 of 36, by the start of each" in first.text("table")
    assert "5 May 2021, 05:33:20 UTC 127" in first.text("table")
    assert (first.props["table-back"]["disabled"], first.props["table-on"]["disabled"]) == (True, False)
    second = explorer.table("table-on.n_clicks")
    assert "rows 26 to 36 of 36" in second.text("table")
    assert second.props["table-on"]["disabled"] is True
    closed = explorer.table("table-toggle.n_clicks", 2)
    assert (closed.props["table-part"]["hidden"], closed.props["table-toggle"]["aria-expanded"]) == (True, "false")


def test_the_csv_of_the_window_holds_every_reading_of_it(explorer: Explorer) -> None:
    dataset = stock.logger(release=stock.open_to_all())
    answer = explorer.open(
        f"?dataset={dataset.key}&channels=voltage_v&start=2021-05-05T05:00:00Z&end=2021-05-05T06:00:00Z"
    )
    address = answer.links("links")["CSV of this window, 360 rows"]
    response = explorer.client.get(address)
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode())))
    assert len(rows) == 361
    assert float(rows[1][-1]) == stock.values(1_800)[1]


def test_nothing_a_control_can_hold_is_a_fault(explorer: Explorer) -> None:
    dataset = stock.logger(release=stock.open_to_all())
    explorer.open(f"?dataset={dataset.key}")
    for control in (
        "dataset.value",
        "file.value",
        "channels.value",
        "from.value",
        "to.value",
        "zone.value",
        "drag.data",
    ):
        for value in (None, 1, [], [1, {}], {"a": 1}, "x" * 5_000, True):
            before = dict(explorer.values)
            assert explorer.send("chart.figure", [control]).status_code == 200
            explorer.values |= {control: value}
            response = explorer.send("chart.figure", [control])
            assert response.status_code == 200
            assert "fault of the platform" not in response.content.decode()
            explorer.values = before


def test_files_that_hold_one_meter_each_ask_for_none_where_it_is_the_same(explorer: Explorer) -> None:
    dataset = stock.two_homes()
    assert explorer.open(f"?dataset={dataset.key}").props["meter-field"]["hidden"] is False
    alone = people.dataset("One meter in two files", release=stock.open_to_all())
    for name in ("one.csv", "two.csv"):
        people.half_hours(people.file(alone, name, series_count=1))
    answer = explorer.open(f"?dataset={alone.key}")
    assert answer.props["meter-field"]["hidden"] is True
    assert answer.props["file-field"]["hidden"] is False
