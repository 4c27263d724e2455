"""JSON that is not held reads as JSON that is."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwatt.lake.extracting.apart import frames, records
from fairwatt.lake.extracting.cutting import shorten_json
from fairwatt.lake.json_documents import text as json_text
from fairwatt.lake.json_documents.text import JsonText, Large, WrongTextError

TIMES = [f"2024-03-{1 + n // 48:02}T{n % 48 // 2:02}:{n % 2 * 30:02}:00Z" for n in range(900)]
RECORDS = [{"t": t, "kW": n / 4, "note": 'a \\ ]}, "[{' if n % 7 else "ü\n"} for n, t in enumerate(TIMES)]
PAIRS = [[t, n] for n, t in enumerate(TIMES)]
SERIES = {"name": "P", "columns": ["time", "kW"], "values": PAIRS}
FRAME = {
    "schema": {"name": "power", "fields": [{"name": "Time", "type": "time"}, {"name": "Value", "type": "number"}]},
    "data": {"values": [list(range(900)), list(range(900))]},
}
FEATURES = [
    {
        "type": "Feature",
        "properties": {"sensor": "AB"[n % 2], **one},
        "geometry": {"type": "Point", "coordinates": [n % 2, 51]},
    }
    for n, one in enumerate(RECORDS)
]
SHAPES: dict[str, tuple[Any, Any]] = {
    "records": (records, RECORDS),
    "records with a name that comes late": (records, {"data": [*RECORDS, {"t": TIMES[0], "late": 1.5}, *RECORDS]}),
    "arrays side by side": (records, {"hourly": {"time": TIMES, "kW": [None, *range(899)], "ok": [True] * 900}}),
    "times beside an object of arrays": (records, {"time": TIMES, "values": {"kW": list(range(900))}}),
    "values by time": (records, {t: n for n, t in enumerate(TIMES)}),
    "records by time": (records, {t: {"kW": n, "V": 230} for n, t in enumerate(TIMES)}),
    "columns by row": (records, {"t": dict(enumerate(TIMES)), "kW": {n: n / 2 for n in range(900)}}),
    "names and rows with an index": (records, {"columns": ["kW"], "index": TIMES, "data": [[n] for n in range(900)]}),
    "rows": (records, PAIRS),
    "records in records": (records, [{"meter": m, "readings": RECORDS, "site": "x"} for m in "AB"]),
    "records in records that say themselves last": (records, [{"readings": RECORDS, "meter": m} for m in "AB"]),
    "rows in records in records": (records, {"results": [{"series": [{**SERIES, "tags": {"m": "1"}}, SERIES]}]}),
    "Opendatasoft": (records, {"records": [{"recordid": "x", "fields": one} for one in RECORDS]}),
    "features": (frames, {"type": "FeatureCollection", "features": FEATURES}),
    "features told apart by their place": (
        frames,
        {
            "type": "FeatureCollection",
            "features": [{**one, "properties": RECORDS[n]} for n, one in enumerate(FEATURES)],
        },
    ),
    "a frame": (frames, {"results": {"A": {"frames": [FRAME]}}}),
    "several frames": (frames, {"frames": [FRAME, FRAME]}),
    "histories": (frames, [[{"entity_id": m, "unit": "kW"} | one for one in RECORDS] for m in "AB"]),
    "histories in several units": (frames, [[{"entity_id": m, "unit": m} | one for one in RECORDS] for m in "AB"]),
    "records by name": (frames, {"hall": RECORDS, "roof": RECORDS}),
}


@contextmanager
def windows_of(chars: int) -> Iterator[None]:
    """As if all were as many times as long."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(json_text, "LONG_CHARS", chars)
        changed.setattr(json_text, "_READ_CHARS", chars * 7 // 10)
        changed.setattr(json_text, "_BLOCK_CHARS", chars * 4 // 10)
        yield


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_file_that_is_gone_through_gives_the_text_of_one_that_is_held(
    tmp_path: Path, shape: str, indent: int | None
) -> None:
    program, value = SHAPES[shape]
    path, sketch, told = tmp_path / "in.json", tmp_path / "sketch.json", []
    path.write_text(json.dumps(value, indent=indent), encoding="utf-8")
    shortened = shorten_json(path, items=100, room=100_000)
    assert shortened is not None
    assert shortened.share < 0.5 or "by" in shape
    sketch.write_bytes(shortened.text)
    for name, more in (("held", []), ("gone-through", [str(sketch)])):
        folder = tmp_path / name
        folder.mkdir()
        with windows_of(1_000):
            assert program.run([str(path), str(folder), *more]) == 0
        manifest = json.loads((folder / "manifest.json").read_text())
        told.append((manifest, [(folder / one["file"]).read_text() for one in manifest["tables"]]))
    assert told[1] == told[0]
    assert len(told[0][1]) == 1
    assert len(told[0][1][0].splitlines()) >= 901


def everything(value: Any) -> Any:
    """A value with all that is in it."""
    if not isinstance(value, Large):
        return value
    if value.is_object:
        return {name: everything(one) for name, one in value.members()}
    return [everything(one) for _, one in value.members()]


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.lists(SCALARS, min_size=20),
    max_leaves=60,
)


def as_texts(value: Any) -> Any:
    """The same with numbers as they are written."""
    return json.loads(json.dumps(value), parse_float=str, parse_int=str)


@given(VALUES, st.sampled_from([None, 1]))
@settings(max_examples=50)
def test_every_value_is_read_member_by_member(value: Any, indent: int | None) -> None:
    with windows_of(30):
        text = JsonText(io.StringIO(json.dumps(value, indent=indent)))
        assert everything(text.value()) == as_texts(value)
        assert text.ahead() == ""


@given(VALUES, st.integers(0, 200))
@settings(max_examples=40)
def test_what_breaks_off_is_told(value: Any, end: int) -> None:
    whole = json.dumps([value])
    with windows_of(30), pytest.raises(WrongTextError, match="breaks off or is wrong at line 1"):
        everything(JsonText(io.StringIO(whole[: min(end, len(whole) - 1)])).value())


@given(VALUES, st.integers(4, 9), st.sampled_from([None, 1]))
@settings(max_examples=50)
def test_a_shortened_file_has_the_first_items_of_each_array(
    tmp_path_factory: pytest.TempPathFactory, value: Any, items: int, indent: int | None
) -> None:
    def cut(one: Any) -> Any:
        if isinstance(one, dict):
            return {name: cut(each) for name, each in one.items()}
        return [cut(each) for each in one[:items]] if isinstance(one, list) else one

    path = tmp_path_factory.getbasetemp() / "shortened.json"
    path.write_text(json.dumps({"a": [value]}, indent=indent), encoding="utf-8")
    found = shorten_json(path, items=items, room=1 << 20)
    assert found is not None
    assert json.loads(found.text) == {"a": [cut(value)]}


@pytest.mark.parametrize("text", ["[1, 2", '{"a": [1, 2]', "[1] [2]", "[1}", "[" * 5_000, '["a', ""])
def test_what_is_no_single_whole_value_is_not_shortened(tmp_path: Path, text: str) -> None:
    path = tmp_path / "in.json"
    path.write_text(text)
    assert shorten_json(path, items=300, room=1 << 20) is None


def test_more_arrays_than_may_be_passed_over_are_not(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_text(json.dumps([[n] for n in range(1_000)]))
    found = shorten_json(path, items=10, room=1 << 20, most_marks=1_000)
    assert found is not None
    assert json.loads(found.text) == [[n] for n in range(10)]
    assert shorten_json(path, items=10, room=1 << 20, most_marks=900) is None


def test_the_line_of_a_fault_is_told_however_far_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_text("[" + ",\n".join(["1.5"] * 3_000 + ["x"] + ["2"] * 3_000) + "]")
    with windows_of(1_000), pytest.raises(WrongTextError, match="line 3,001"):
        json_text.check_text(path)
