"""Whatever a file holds, what comes back out is exactly what was written in."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake import Lake

FIRST = datetime(2019, 1, 1, tzinfo=UTC)
NUMBERS = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**6), max_value=10**6).map(str),
    st.decimals(allow_nan=False, allow_infinity=False)
    .filter(lambda d: abs(d) < 10**11)
    .map(lambda d: format(d, "f")[:30]),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["", " ", " 1.50 ", "+7", ".5", "5.", "-0.0", "1e3", "007", "99999999999999999.9"]),
)
WORDS = st.sampled_from(["n/a", "Null", "-", "1,5", "0x1F", "1.2.3", "--1", "nan", "inf", "١", "1 2", "'; DROP"])
CELLS = st.one_of(NUMBERS, NUMBERS, NUMBERS, WORDS)
ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "é'\"x"]), st.integers(0, 60 * 86_400), CELLS, CELLS), min_size=1, max_size=40
)


def _profile(decimals: int) -> ImportProfile:
    return ImportProfile.model_validate(
        {
            "columns": 4,
            "timestamp": {"columns": (1,), "format": "%Y-%m-%d %H:%M:%S", "time_zone": "UTC"},
            "series_column": 0,
            "channels": [{"name": f, "field": f, "column": 2 + i, "decimals": decimals} for i, f in enumerate("xy")],
        }
    )


def _true_value(text: str) -> Decimal | None:
    try:
        value = Decimal(text.strip()) if text.strip() and text.isascii() else None
    except ArithmeticError:
        return None
    return value if value is not None and value.is_finite() else None


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"') else text


def _ingest(lake: Lake, folder: Path, rows: list[tuple[str, int, str, str]], decimals: int) -> object:
    path = folder / "x.csv"
    lines = [
        ",".join([_quoted(s), f"{FIRST + timedelta(seconds=t):%Y-%m-%d %H:%M:%S}", _quoted(x), _quoted(y)])
        for s, t, x, y in rows
    ]
    path.write_text("\n".join(["meter,time,x,y", *lines]) + "\n", encoding="utf-8", newline="")
    return lake.ingest(path, _profile(decimals), table="t", source="s", name="x.csv")


@settings(max_examples=25, deadline=None)
@given(rows=ROWS, decimals=st.integers(0, 6))
def test_every_value_comes_back_exactly(rows: list[tuple[str, int, str, str]], decimals: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        lake = Lake(Path(name) / "lake")
        result = _ingest(lake, Path(name), rows, decimals)
        batches = [pl.DataFrame(batch) for batch in lake.batches("t", fields=["x", "y"])]
        frame = pl.concat(batches)
        kinds = lake.fields("t")
    series = frame["series"].to_list() if "series" in frame.columns else [rows[0][0]] * len(rows)
    for at, field in ((2, "x"), (3, "y")):
        want = sorted((row[0], FIRST + timedelta(seconds=row[1]), repr(_as(kinds[field], row[at]))) for row in rows)
        got = sorted(zip(series, frame["start"].to_list(), map(repr, frame[field].to_list()), strict=True))
        assert got == want
    assert result.missing_count == sum(_true_value(row[at]) is None for row in rows for at in (2, 3))
    told = sum(f.count for f in result.findings if f.code == "not-a-number")
    assert told == sum(_true_value(row[at]) is None and row[at].strip() != "" for row in rows for at in (2, 3))


def _as(kind: str, text: str) -> Decimal | float | None:
    value = _true_value(text)
    if value is None:
        return None
    if kind == "DOUBLE":
        return float(text)
    scale = int(kind.rstrip(")").split(",")[1])
    exact = value.quantize(Decimal(1).scaleb(-scale))
    assert exact == value, "a decimal was rounded"
    return exact + 0  # a decimal column knows no negative zero


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 40 * 86_400), st.integers(-500, 500).map(str), st.just("")),
        min_size=1, max_size=60,
    ),
    window=st.tuples(st.integers(-1_000, 41 * 86_400), st.integers(0, 41 * 86_400)),
    points=st.integers(1, 70),
)  # fmt: skip
def test_a_window_never_loses_a_peak_or_a_reading(
    rows: list[tuple[str, int, str, str]], window: tuple[int, int], points: int
) -> None:
    begin, end = (FIRST + timedelta(seconds=s) for s in (window[0], window[0] + window[1]))
    inside = [int(x) for _, t, x, _ in rows if begin <= FIRST + timedelta(seconds=t) < end]
    with tempfile.TemporaryDirectory() as name:
        lake = Lake(Path(name) / "lake")
        _ingest(lake, Path(name), rows, 0)
        shown = lake.window("t", fields=["x"], start=begin, end=end, points=points)
    frame = shown.frame
    assert shown.total == len(inside)
    assert frame["x_count"].sum() == len(inside)
    assert shown.shown <= points
    assert (frame["x_max"].max(), frame["x_min"].min()) == (max(inside, default=None), min(inside, default=None))
    assert frame["start"].is_sorted()
    total = (frame["x_mean"] * frame["x_count"]).sum()
    assert abs(total - sum(inside)) < 1e-6
