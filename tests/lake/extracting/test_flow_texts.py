"""Data flows of settlement: half-hourly advances in local days, register readings by meter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fairwatt.lake.looking import FileLook
from tests.lake.extracting.conftest import Read

Reader = Callable[..., Read]
POINT = "1014572465589"
DAYS = {"20230325": 48, "20230326": 46, "20230327": 48}  # clocks go forward on the second


def advances(first: str, groups: tuple[str, str, str], *, counts: dict[str, int]) -> str:
    """A flow of half-hourly advances whose values go up and down."""
    day, reading = groups[1:]
    lines, at = ["ZHV|0000475656|D0036001|C|UDMS|X|ORGX|20230402120000||||OPER|", *first.split()], 0
    for date, count in counts.items():
        lines.append(f"{day}|{date}|")
        for _ in range(count):
            lines.append(f"{reading}|{'E' if at % 7 == 0 else 'A'}|{at * 17 % 50 / 10}|")
            at += 1
    return "\r\n".join([*lines, f"ZPT|0000475656|{len(lines)}||1|20230402120000|", ""])


@pytest.mark.parametrize(
    ("first", "groups"),
    [(f"101|{POINT}|AI|ORGX|", ("101", "102", "103")), (f"66L|{POINT}| 67L|AI|E12Z1|", ("66L", "68L", "69L"))],
    ids=["what is measured beside the point", "what is measured in a group of its own"],
)
def test_half_hourly_advances_follow_local_days(read: Reader, first: str, groups: tuple[str, str, str]) -> None:
    found = read(advances(first, groups, counts=DAYS), "advances.usr")
    assert (found.asked, found.units) == ((), {"AI (active import)": "kwh"})
    assert found.column(2) == [at * 17 % 50 / 10 for at in range(142)]
    starts = found.column(1)
    assert (starts[0], starts[50], starts[93], starts[94], starts[-1]) == (
        "2023-03-25T00:00:00Z", "2023-03-26T01:00:00Z", "2023-03-26T22:30:00Z", "2023-03-26T23:00:00Z",
        "2023-03-27T22:30:00Z",
    )  # fmt: skip
    assert {"meter-point-numbers"} <= found.codes


def test_a_day_with_another_number_of_half_hours_is_left_out_and_told(read: Reader) -> None:
    flow = advances(f"101|{POINT}|AI|ORGX|", ("101", "102", "103"), counts={"20230327": 48, "20230328": 47})
    found = read(flow, "advances.usr")
    assert "days-left-out" in found.codes
    assert found.column(2) == [at * 17 % 50 / 10 for at in range(48)]


def test_register_readings_are_told_apart_by_meter_and_register(read: Reader) -> None:
    lines = ["ZHV|000001|D0010002|D|NEEB|X|ORGX|20230119120000||||OPER|"]
    for month in range(1, 7):
        lines += [f"026|{POINT}|V|", "028|S95A12345|N|"]
        lines += [f"030|0{r}|20220{month}14000000|{1000 * r + month * 100}.0|||T|N|" for r in (1, 2)]
    found = read("\n".join([*lines, "ZPT|000001|26||1|20230119120000|", ""]), "readings.usr")
    assert found.units["meter reading"] == "kwh"
    assert [row[:3] for row in found.rows] == [
        (f"S95A12345 0{r}", f"2022-0{month}-{'14T00' if month < 4 else '13T23'}:00:00Z", 1000.0 * r + month * 100)
        for r in (1, 2)
        for month in range(1, 7)
    ]


def test_a_flow_without_readings_stays_as_it_is(look: Callable[..., FileLook]) -> None:
    flow = f"ZHV|W1|D0052001|X|GMTR|M|DCOL|20260518120000||||OPER|\n121|{POINT}|20260518|03||20260518|A||20260518|\n"
    found = look((flow + "122|0393|20260518|_A|20260518|\nZPT|W1|3||1|20260518120000|\n").encode(), "flow.usr")
    assert found.inspection.kind != "readings"
