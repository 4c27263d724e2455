"""Answers of services and devices whose values stand under counts of seconds, lists of lists or parts of dates.

Each is brought to plain records with a time each; what is of no form known here stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

_LOOKED_AT = 2_000  # objects, for one of a form
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_DATE_PARTS = ("yr", "mon", "dom")
_SHELLY_UNITS = (
    ("react_energy", "varh"), ("act_energy", "Wh"), ("ret_energy", "Wh"), ("aprt_power", "VA"), ("act_power", "W"),
    ("voltage", "V"), ("current", "A"),
)  # fmt: skip
_TIME_NAMES = frozenset({"time", "timestamp", "date", "datetime", "validtime"})
_START_NAMES = ("start", "from", "begin", "startTime", "start_time", "startDate", "start_date")
_STEP_NAME = re.compile(
    r"(?:interval|step|resolution|period|granularity|interval ?length)"
    r"(?:[_ ]?(?:in[_ ]?)?(?P<unit>s|secs?|seconds?|mins?|minutes?))?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"\d[T ]\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$")
_SURELY_SECONDS = 300  # a bare number from here on is none of minutes

Records = list[dict[str, Any]]


def plain_answer(value: Any) -> Any:
    """The same as plain records, where it is of a form known here; else the very value."""
    for read in _FORMS:
        try:
            found = read(value)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError):
            continue  # of another form than it looks
        if found:
            return found
    return value


def has_series(value: Any) -> bool:
    """Whether a map's features hold an array of times with values each, as forecasts of places do."""
    return any(_series_of(feature) is not None for feature in _features(value))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if isinstance(value, dict) else []


def _objects(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """All objects in a value with the names that they stand under, from the outside to the inside."""
    waiting = [("", value)]
    for _ in range(_LOOKED_AT):
        if not waiting:
            return
        name, one = waiting.pop(0)
        if isinstance(one, dict):
            yield name, one
            waiting += [(key, inner) for key, inner in one.items() if isinstance(inner, dict | list)]
        elif isinstance(one, list):
            waiting += [(name, inner) for inner in one if isinstance(inner, dict | list)]


def _named(name: str, unit: Any) -> str:
    return f"{name} ({unit})" if isinstance(unit, str) and unit.strip() else name


def _later(start: str, seconds: float) -> str:
    """An instant so many seconds after another, written with the same offset."""
    return (datetime.fromisoformat(start.replace("Z", "+00:00")) + timedelta(seconds=seconds)).isoformat()


def _seconds(duration: Any) -> float | None:
    match = _DURATION.fullmatch(str(duration))
    if match is None or not any(match.groups()):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


def _counted_seconds(value: Any) -> Records:
    """Channels whose values stand under the seconds since a start, as Fronius archives have them."""
    found: Records = []
    for name, one in _objects(value):
        channels = {key: inner for key, inner in _dict(one.get("Data")).items() if _is_counted(inner)}
        if not channels or not isinstance(one.get("Start"), str):
            continue
        offsets = sorted({int(key) for channel in channels.values() for key in channel["Values"]})
        titles = {key: _named(key, channel.get("Unit")) for key, channel in channels.items()}
        found += [
            {
                "device": name,
                "time": _later(one["Start"], offset),
                **{titles[key]: channel["Values"].get(str(offset)) for key, channel in channels.items()},
            }
            for offset in offsets
        ]
    return found


def _is_counted(channel: Any) -> bool:
    values = _dict(_dict(channel).get("Values"))
    return bool(values) and all(key.isdigit() for key in values)


def _blocks(value: Any) -> Records:
    """Rows of values in blocks with a start and a step each, as Shelly's meters keep them."""
    names, blocks = _dict(value).get("keys"), _dict(value).get("data")
    if not isinstance(names, list) or not isinstance(blocks, list):
        return []
    titles = [
        _named(str(name), next((unit for end, unit in _SHELLY_UNITS if str(name).endswith(end)), "")) for name in names
    ]
    return [
        {"time": str(int(block["ts"]) + n * int(block["period"])), **dict(zip(titles, row, strict=True))}
        for block in blocks
        for n, row in enumerate(block["values"])
    ]


def _data_points(value: Any) -> Records:
    """Series with their points under seconds since 1970, as OpenTSDB answers."""
    if not isinstance(value, list) or not all({"metric", "dps"} <= _dict(one).keys() for one in value):
        return []
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in value:
        points, tags = one["dps"], _dict(one.get("tags"))
        for time, number in points.items() if isinstance(points, dict) else points:
            row = found.setdefault((str(sorted(tags.items())), str(time)), {**tags, "time": str(time)})
            row[one["metric"]] = number
    return list(found.values())


def _reports(value: Any) -> Records:
    """Intervals of resources with their payloads, as OpenADR 3 reports them."""
    found: Records = []
    for _, report in _objects(value):
        if not isinstance(report.get("resources"), list):
            continue
        units = {one.get("payloadType"): one.get("units") for one in _list(report.get("payloadDescriptors"))}
        for resource in report["resources"]:
            found += [
                {
                    "resource": resource.get("resourceName"),
                    "start": _start_of(resource, interval, number),
                    **{
                        _named(load["type"], units.get(load["type"])): load["values"][0]
                        for load in interval["payloads"]
                        if len(load["values"]) == 1
                    },
                }
                for number, interval in enumerate(resource["intervals"])
            ]
    return found


def _start_of(resource: dict[str, Any], interval: dict[str, Any], number: int) -> str:
    own, shared = _dict(interval.get("intervalPeriod")), _dict(resource.get("intervalPeriod"))
    if "start" in own:
        return str(own["start"])
    seconds = _seconds(shared["duration"])
    if seconds is None:
        raise ValueError("no step")
    return _later(shared["start"], number * seconds)


def _meter_values(value: Any) -> Records:
    """Samples of chargers, as OCPP sends them; energy in watt-hours where nothing else is said."""
    found: Records = []
    for _, message in _objects(value):
        if not isinstance(message.get("meterValue"), list):
            continue
        own = {key: one for key, one in message.items() if not isinstance(one, dict | list)}
        for sample in message["meterValue"]:
            row = {**own, "time": sample["timestamp"]}
            for one in sample["sampledValue"]:
                name = ".".join(filter(None, (one.get("measurand", "Energy.Active.Import.Register"), one.get("phase"))))
                unit = one.get("unit") or _dict(one.get("unitOfMeasure")).get("unit")
                row[_named(name, unit or ("Wh" if name.startswith("Energy.Active") else ""))] = one["value"]
            found.append(row)
    return found


def _minutes_of_days(value: Any) -> Records:
    """Reports under days and the minutes of them, as the Met Office's DataPoint answered."""
    site = _dict(_dict(value).get("SiteRep"))
    names = {
        one["name"]: _named(str(one.get("$", one["name"])), one.get("units")) for one in _list(site["Wx"].get("Param"))
    }
    found: Records = []
    for place in _list(site["DV"]["Location"]):
        for period in _list(place["Period"]):
            day = date.fromisoformat(str(period["value"]).removesuffix("Z"))
            for report in _list(period["Rep"]):
                hour, minute = divmod(int(report["$"]), 60)
                values = {names.get(key, key): one for key, one in report.items() if key != "$"}
                found.append({"location": place.get("name"), "time": f"{day}T{hour:02}:{minute:02}:00Z", **values})
    return found


def _dated_in_parts(value: Any) -> Records:
    """Records with year, month and day apart, in which an hour or a minute of nought is left out (myenergi)."""
    groups = {
        key: rows
        for key, rows in _dict(value).items()
        if isinstance(rows, list) and rows and all(set(_DATE_PARTS) <= _dict(one).keys() for one in rows)
    }
    found: Records = []
    for key, one in chain.from_iterable(((key, one) for one in rows) for key, rows in groups.items()):
        day = date(*(int(one[part]) for part in _DATE_PARTS))
        clock = f"{int(one.get('hr') or 0):02}:{int(one.get('min') or 0):02}:00"
        rest = {name: cell for name, cell in one.items() if name not in {*_DATE_PARTS, "dow", "hr", "min"}}
        found.append({"device": key, "time": f"{day} {clock}", **rest})
    return found


def _features(value: Any) -> list[dict[str, Any]]:
    features = _dict(value).get("features")
    return [one for one in features if isinstance(one, dict)] if isinstance(features, list) else []


def _series_of(feature: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The one array of records with times among a feature's properties."""
    arrays = [one for one in _dict(feature.get("properties")).values() if isinstance(one, list) and one]
    timed = [one for one in arrays if _TIME_NAMES & {key.casefold() for key in _dict(one[0])}]
    return timed[0] if len(timed) == 1 else None


def _places(value: Any) -> Records:
    """Series at the places of a map, as the Met Office's DataHub answers."""
    units = {
        name: _dict(_dict(one).get("unit")).get("label")
        for group in _list(_dict(value).get("parameters"))
        for name, one in group.items()
    }
    found: Records = []
    for feature in _features(value):
        properties = _dict(feature.get("properties"))
        place = _dict(properties.get("location")).get("name") or properties.get("name")
        own = {"location": place} if place else {}
        found += [
            {**own, **{_named(key, units.get(key)): one for key, one in row.items()}}
            for row in _series_of(feature) or ()
        ]
    return found


def _rows_with_names(value: Any) -> Any:
    """Rows of values with their names beside them, as PV_Live answers."""
    names, rows = _dict(value).get("meta"), _dict(value).get("data")
    if not isinstance(names, list) or not isinstance(rows, list) or not rows or not names:
        return None
    if not all(isinstance(name, str) for name in names) or not all(
        isinstance(row, list) and len(row) == len(names) for row in rows
    ):
        return None
    return {"columns": [str(name) for name in names], "data": rows}


def _arrays_of_steps(value: Any) -> Records:
    """Arrays of values that begin at one instant and go on by one step."""
    one = _dict(value)
    starts = [key for key in _START_NAMES if isinstance(one.get(key), str) and _OFFSET.search(one[key])]
    steps = [seconds for key, step in one.items() if (seconds := _step_of(key, step)) is not None]
    arrays = {key: cells for key, cells in one.items() if isinstance(cells, list) and cells}
    if len(starts) != 1 or len(steps) != 1 or not arrays or len({len(cells) for cells in arrays.values()}) != 1:
        return []
    if any(isinstance(cell, dict | list) for cells in arrays.values() for cell in cells):
        return []
    units = one.get("units", one.get("unit"))
    titles = {key: _named(key, units.get(key) if isinstance(units, dict) else units) for key in arrays}
    count = len(next(iter(arrays.values())))
    return [
        {"start": _later(one[starts[0]], n * steps[0]), **{titles[key]: cells[n] for key, cells in arrays.items()}}
        for n in range(count)
    ]


def _step_of(name: str, step: Any) -> float | None:
    """How many seconds a step has, where the name or the number says in what it is counted."""
    match = _STEP_NAME.fullmatch(name)
    if match is None:
        return None
    if (seconds := _seconds(step)) is not None:
        return seconds
    number = float(step) if str(step).isdigit() else 0.0
    if match["unit"]:
        return number * (60.0 if match["unit"].casefold().startswith("m") else 1.0) or None
    return number if number >= _SURELY_SECONDS else None


def _one_each(value: Any) -> Records:
    """Records with a time and an array of one object each."""
    found: Records = []
    for record in _list(_dict(value).get("data")):
        (inner,) = (key for key, cell in record.items() if isinstance(cell, list))
        (values,) = record[inner]
        own = {key: cell for key, cell in record.items() if key != inner}
        units = {key: next((unit for end, unit in _SHELLY_UNITS if key.endswith(end)), "") for key in values}
        found.append({**own, **{_named(key, units[key]): cell for key, cell in values.items()}})
    return found


def _nodes(value: Any) -> Records:
    """The one list of nodes, for each of the things that have one, deep in what a GraphQL service answers."""
    if not isinstance(_dict(value).get("data"), dict):
        return []
    lists = list(_node_lists(value["data"], ""))
    if len({name for _, name, _ in lists}) != 1 or len({whose for whose, _, _ in lists}) < len(lists):
        return []  # of several kinds: which belong together is not said
    return [
        {**({"device": whose} if len(lists) > 1 else {}), **_with_units(node)}
        for whose, _, nodes in lists
        for node in nodes
    ]


def _with_units(node: dict[str, Any]) -> dict[str, Any]:
    """A record with the units that stand beside its values in their names."""
    units = {key: node[f"{key}Unit"] for key in node if isinstance(node.get(f"{key}Unit"), str)}
    return {
        _named(key, units.get(key)): cell
        for key, cell in node.items()
        if key.removesuffix("Unit") not in units or key in units
    }


def _node_lists(value: Any, whose: str, name: str = "") -> Iterator[tuple[str, str, Records]]:
    """Lists of nodes with whose they are, and the name above them."""
    for key, inner in _dict(value).items():
        if key in {"nodes", "edges"} and isinstance(inner, list) and inner and all(isinstance(x, dict) for x in inner):
            yield whose, name, [x["node"] if key == "edges" else x for x in inner]
        elif isinstance(inner, dict):
            yield from _node_lists(inner, whose, key)
        elif isinstance(inner, list):
            for number, one in enumerate(inner, start=1):
                title = _dict(one).get("id") or _dict(one).get("name") or number
                yield from _node_lists(one, f"{whose} {title}".strip(), key)


_FORMS: tuple[Callable[[Any], Any], ...] = (
    _counted_seconds,
    _blocks,
    _data_points,
    _reports,
    _meter_values,
    _minutes_of_days,
    _dated_in_parts,
    _places,
    _rows_with_names,
    _arrays_of_steps,
    _one_each,
    _nodes,
)
