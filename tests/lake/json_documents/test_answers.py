"""Answers of services and devices as plain records, in a few values each; and everything else as it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.lake.json_documents.answers import has_series, plain_answer

FRONIUS = {
    "Head": {"Status": {"Code": 0}},
    "Body": {
        "Data": {
            f"inverter/{n}": {
                "Start": "2024-06-12T00:00:00+01:00",
                "End": "2024-06-12T23:59:59+01:00",
                "Data": {
                    "EnergyReal_WAC_Sum_Produced": {"Unit": "Wh", "Values": {"900": 10.0 * n, "300": 5.0 * n}},
                    "Temperature_Powerstage": {"Unit": "°C", "Values": {"300": 31}},
                },
            }
            for n in (1, 2)
        }
    },
}
SHELLY = {
    "keys": ["a_total_act_energy", "a_max_act_power", "a_avg_voltage"],
    "data": [
        {"ts": 1709251200, "period": 60, "values": [[5.5, 400, 241.5], [6.0, 410, 241.0]]},
        {"ts": 1709258400, "period": 300, "values": [[7.5, 420, 240.5], [8.0, 430, 240.0]]},
    ],
}
OPENTSDB = [
    {"metric": "power.kw", "tags": {"site": "a"}, "dps": {"1709251200": 1.5, "1709251260": 2.5}},
    {"metric": "mains.v", "tags": {"site": "a"}, "dps": [[1709251200, 240]]},
]
OPENADR = [
    {
        "objectType": "REPORT",
        "resources": [
            {
                "resourceName": "meter-1",
                "intervalPeriod": {"start": "2024-03-01T00:00:00Z", "duration": "PT30M"},
                "intervals": [{"id": n, "payloads": [{"type": "USAGE", "values": [n + 0.5]}]} for n in range(2)],
            }
        ],
        "payloadDescriptors": [{"payloadType": "USAGE", "units": "KWH"}],
    }
]
OCPP = [
    {
        "connectorId": 1,
        "meterValue": [
            {
                "timestamp": "2024-03-01T00:00:00Z",
                "sampledValue": [
                    {"value": "1000"},
                    {"value": "7.2", "measurand": "Power.Active.Import", "unit": "kW"},
                    {"value": "31", "measurand": "Current.Import", "phase": "L1", "unit": "A"},
                ],
            }
        ],
    }
]
DATAPOINT = {
    "SiteRep": {
        "Wx": {"Param": [{"name": "T", "units": "C", "$": "Temperature"}]},
        "DV": {
            "Location": {
                "name": "BRIZE NORTON",
                "Period": [
                    {"value": "2024-03-01Z", "Rep": [{"T": "5.1", "$": "1380"}]},
                    {"value": "2024-03-02Z", "Rep": {"T": "4.1", "$": "0"}},
                ],
            }
        },
    }
}
ZAPPI = {
    "U123": [
        {"yr": 2024, "mon": 3, "dom": 1, "dow": "Fri", "imp": 60000},
        {"yr": 2024, "mon": 3, "dom": 1, "dow": "Fri", "hr": 7, "min": 5, "imp": 61000},
    ]
}
DATAHUB = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [-1.2, 51.7]},
            "properties": {
                "location": {"name": "Oxford"},
                "modelRunDate": "2024-03-01T12:00Z",
                "timeSeries": [{"time": "2024-03-01T13:00Z", "screenTemperature": 7.5}],
            },
        }
    ],
    "parameters": [{"screenTemperature": {"unit": {"label": "degrees Celsius"}}}],
}
TIME = "2024-06-12T00:"
RECORDS: dict[str, tuple[Any, Any]] = {
    "seconds since a start": (
        FRONIUS,
        [
            {"device": f"inverter/{n}", "time": f"{TIME}{at}:00+01:00", **values}
            for n in (1, 2)
            for at, values in (
                ("05", {"EnergyReal_WAC_Sum_Produced (Wh)": 5.0 * n, "Temperature_Powerstage (°C)": 31}),
                ("15", {"EnergyReal_WAC_Sum_Produced (Wh)": 10.0 * n, "Temperature_Powerstage (°C)": None}),
            )
        ],
    ),
    "blocks with a start and a step": (
        SHELLY,
        [
            {"time": at, "a_total_act_energy (Wh)": energy, "a_max_act_power (W)": power, "a_avg_voltage (V)": volts}
            for at, energy, power, volts in (
                ("1709251200", 5.5, 400, 241.5),
                ("1709251260", 6.0, 410, 241.0),
                ("1709258400", 7.5, 420, 240.5),
                ("1709258700", 8.0, 430, 240.0),
            )
        ],
    ),
    "data points": (
        OPENTSDB,
        [
            {"site": "a", "time": "1709251200", "power.kw": 1.5, "mains.v": 240},
            {"site": "a", "time": "1709251260", "power.kw": 2.5},
        ],
    ),
    "reports": (
        OPENADR,
        [
            {"resource": "meter-1", "start": "2024-03-01T00:00:00+00:00", "USAGE (KWH)": 0.5},
            {"resource": "meter-1", "start": "2024-03-01T00:30:00+00:00", "USAGE (KWH)": 1.5},
        ],
    ),
    "a charger's samples": (
        OCPP,
        [
            {
                "connectorId": 1,
                "time": "2024-03-01T00:00:00Z",
                "Energy.Active.Import.Register (Wh)": "1000",
                "Power.Active.Import (kW)": "7.2",
                "Current.Import.L1 (A)": "31",
            }
        ],
    ),
    "minutes of days": (
        DATAPOINT,
        [
            {"location": "BRIZE NORTON", "time": "2024-03-01T23:00:00Z", "Temperature (C)": "5.1"},
            {"location": "BRIZE NORTON", "time": "2024-03-02T00:00:00Z", "Temperature (C)": "4.1"},
        ],
    ),
    "parts of dates": (
        ZAPPI,
        [
            {"device": "U123", "time": "2024-03-01 00:00:00", "imp": 60000},
            {"device": "U123", "time": "2024-03-01 07:05:00", "imp": 61000},
        ],
    ),
    "series of places": (
        DATAHUB,
        [{"location": "Oxford", "time": "2024-03-01T13:00Z", "screenTemperature (degrees Celsius)": 7.5}],
    ),
    "rows with names beside them": (
        {"data": [[0, "2024-03-01T00:00:00Z", 1.5]], "meta": ["gsp_id", "datetime_gmt", "generation_mw"]},
        {"columns": ["gsp_id", "datetime_gmt", "generation_mw"], "data": [[0, "2024-03-01T00:00:00Z", 1.5]]},
    ),
}


@pytest.mark.parametrize("form", RECORDS)
def test_each_form_becomes_records_with_a_time_each(form: str) -> None:
    answer, records = RECORDS[form]
    assert plain_answer(answer) == records
    assert has_series(answer) == (form == "series of places")


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["data", "meta", "keys", "values", "Values", "Data", "Start", "metric", "dps", "ts", "yr",
                         "mon", "dom", "SiteRep", "resources", "meterValue", "features", "properties", "time", "300"]),
        inner, max_size=4,
    ),
    max_leaves=20,
)  # fmt: skip


@given(_JSON)
def test_whatever_else_there_is_stays_as_it_is_and_nothing_fails(value: Any) -> None:
    before = json.dumps(value)
    found = plain_answer(value)
    assert isinstance(found, list | dict) or found is value
    assert json.dumps(value) == before


@pytest.mark.parametrize(
    "value",
    [
        {**SHELLY, "data": [{"ts": 1709251200, "period": 60, "values": [[1, 2]]}]},
        [{"metric": "power.kw", "dps": {"1709251200": 1.5}}, {"name": "no points"}],
        {"data": [[1, 2], [3]], "meta": ["a", "b"]},
        {"U123": [{"yr": 2024, "mon": 13, "dom": 1, "imp": 5}]},
    ],
    ids=["rows of another length", "one without points", "ragged rows", "a month that is none"],
)
def test_what_only_looks_like_a_known_form_is_left_alone(value: Any) -> None:
    assert plain_answer(value) is value


def steps(**more: Any) -> dict[str, Any]:
    """Arrays that begin at an instant and go on by half hours."""
    return {"start": "2026-03-29T00:00:00+00:00", "unit": "kWh", "import": [1.5, 2.5, 3.5], **more}


@pytest.mark.parametrize(
    "step",
    [{"interval": 1800}, {"interval": "PT30M"}, {"interval_minutes": 30}, {"step_s": 1800}, {"resolution": "PT30M"}],
    ids=["seconds", "duration", "minutes", "seconds by name", "resolution"],
)
def test_arrays_that_begin_at_an_instant_are_records_of_their_steps(step: dict[str, Any]) -> None:
    assert plain_answer(steps(export=[0, 1, 0], **step)) == [
        {"start": "2026-03-29T00:00:00+00:00", "import (kWh)": 1.5, "export (kWh)": 0},
        {"start": "2026-03-29T00:30:00+00:00", "import (kWh)": 2.5, "export (kWh)": 1},
        {"start": "2026-03-29T01:00:00+00:00", "import (kWh)": 3.5, "export (kWh)": 0},
    ]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"interval": 30},  # seconds, or minutes
        {"interval": 1800, "start": "2026-03-29T00:00:00"},  # of which clock?
        {"interval": 1800, "start": "2026-03-29"},
        {"interval": 1800, "export": [1]},
        {"interval": 1800, "step": 900},
    ],
    ids=["no step", "a step of what", "no zone", "no time", "arrays of other lengths", "two steps"],
)
def test_arrays_whose_times_nobody_can_tell_stay_as_they_are(more: dict[str, Any]) -> None:
    value = steps(**more)
    assert plain_answer(value) is value


def test_nodes_deep_in_an_answer_are_records_with_their_units() -> None:
    node = {"from": "2026-06-13T00:00:00+01:00", "consumption": 0.5, "consumptionUnit": "kWh", "cost": 0.1}
    plain = {"from": "2026-06-13T00:00:00+01:00", "consumption (kWh)": 0.5, "cost": 0.1}
    one = {"data": {"viewer": {"homes": [{"id": "A", "consumption": {"nodes": [node]}}]}}}
    two = {"data": {"viewer": {"homes": [{"id": home, "consumption": {"nodes": [node]}} for home in "AB"]}}}
    edges = {"data": {"account": {"readings": {"edges": [{"node": node}], "pageInfo": {}}}}}
    assert plain_answer(one) == [plain]
    assert plain_answer(two) == [{"device": "A", **plain}, {"device": "B", **plain}]
    assert plain_answer(edges) == [plain]


def test_nodes_of_two_kinds_stay_as_they_are() -> None:
    nodes = {"nodes": [{"from": "2026-06-13T00:00:00Z", "value": 1}]}
    value = {"data": {"viewer": {"homes": [{"consumption": nodes, "production": nodes}]}}}
    assert plain_answer(value) is value


def test_records_with_an_array_of_one_object_each_are_plain() -> None:
    value = {"device": "x", "data": [{"ts": 1, "values": [{"a_total_act_energy": 0.5, "a_max_voltage": 241.1}]}]}
    assert plain_answer(value) == [{"ts": 1, "a_total_act_energy (Wh)": 0.5, "a_max_voltage (V)": 241.1}]
