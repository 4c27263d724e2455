"""Whatever bytes come in, an inspection ends with a result or one of our own errors."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairwatt.core.errors import FairwattError
from fairwatt.core.files import FileSample, Inspection, inspect_file
from tests.core.files.samples import csv, cut, half_hours

GOOD = csv(
    "Date,Time,Voltage L1N Avg,Price (£/MWh)", *half_hours(80, form="%d/%m/%Y,%H:%M:%S", cells=["241.5", "55.62"])
)
WIDE = csv(
    ",".join(["MPAN", "Date", *(f"HH{n}" for n in range(1, 51))]),
    *(",".join(["2000012345672", f"{day:02}/10/2021", *["0.25"] * 48, "", ""]) for day in range(20, 31)),
)
SETTLED = csv(
    "Settlement Date,Settlement Period,Quantity (MW)",
    *(f"2021-10-{30 + day},{period},12.5" for day in range(2) for period in range(1, 49 + 2 * day)),
)
TIDY = csv(
    "timestamp;name;value;unit",
    *(
        f"{row.partition(';')[0]};{name};{value};{unit}"
        for row in half_hours(40, delimiter=";")
        for name, value, unit in (("Voltage", "241,5", "V"), ("Power", "1.204,25", "W"))
    ),
    encoding="cp1252",
)
GOODS = (GOOD, WIDE, SETTLED, TIDY)
pieces = st.one_of(
    st.sampled_from([b",", b";", b"\t", b"|", b"\n", b"\r\n", b"\r\r\n", b'"', b"\x00", b"\xef\xbb\xbf", b"{", b"<"]),
    st.sampled_from(
        [b"2021-01-01 00:00", b"31/12/2020", b"00:30", b"1612137600000", b"n/a", b"1,5", b"-1e9", b"kW", b"time"]
    ),
    st.sampled_from(
        [
            b"Settlement Period",
            b"HH1",
            b"24:00",
            b"44197.5",
            b"2000012345672",
            b"9999",
            b"(1.5)",
            b"1.5 kWh",
            b"unit",
            b"Total",
        ]
    ),
    st.binary(max_size=6),
)


def inspect_safely(sample: FileSample) -> Inspection | None:
    try:
        found = inspect_file(sample, name="fuzz.csv", max_columns=500)
    except FairwattError:
        return None
    assert found.kind in {"readings", "spatial", "table", "document", "unknown"}
    assert (found.profile is not None) == (found.kind == "readings")
    assert len(found.rows) <= 20
    return found


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(pieces, max_size=80))
def test_any_pieces(parts: list[bytes]) -> None:
    inspect_safely(FileSample.of(b"".join(parts)))


@settings(max_examples=60)
@given(st.binary(max_size=600))
def test_any_bytes(data: bytes) -> None:
    inspect_safely(FileSample.of(data))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(GOODS),
    st.integers(0, len(GOOD)),
    st.integers(0, len(GOOD)),
    st.binary(max_size=12),
    st.sampled_from(["utf-8", "cp1252", "utf-16"]),
)
def test_a_good_file_cut_and_spoilt_anywhere(good: bytes, begin: int, end: int, junk: bytes, encoding: str) -> None:
    data = good.decode("cp1252").encode(encoding, "replace")
    inspect_safely(FileSample.of(data[:begin] + junk + data[min(begin, end) : max(begin, end)]))


@settings(max_examples=40)
@given(st.sampled_from(GOODS), st.integers(40, 600), st.integers(1, 300), st.integers(0, 4))
def test_samples_cut_anywhere(good: bytes, head: int, piece: int, middles: int) -> None:
    inspect_safely(cut(good, head=head, piece=piece, middles=middles))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(GOODS), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 7)), max_size=8))
def test_a_good_file_with_bits_turned(good: bytes, turned: list[tuple[int, int]]) -> None:
    data = bytearray(good)
    for at, bit in turned:
        data[at % len(data)] ^= 1 << bit
    inspect_safely(FileSample.of(bytes(data)))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(GOODS), st.data())
def test_a_good_file_with_its_columns_in_another_order(good: bytes, data: st.DataObject) -> None:
    delimiter = ";" if good is TIDY else ","
    rows = [line.split(delimiter) for line in good.decode("cp1252").splitlines()]
    order = data.draw(st.permutations(range(len(rows[0]))))
    inspect_safely(FileSample.of(csv(*(delimiter.join(row[at] for at in order) for row in rows))))


@pytest.mark.parametrize("columns", [2, 3])
def test_what_the_head_says_is_what_the_whole_file_says(columns: int) -> None:
    data = csv(",".join(["time", "kW", "kVA"][:columns]), *half_hours(5000, cells=["1.5", "2.5"][: columns - 1]))
    whole, sampled = inspect_safely(FileSample.of(data)), inspect_safely(cut(data, head=20_000, piece=4_000))
    assert whole is not None
    assert whole.profile is not None
    assert sampled is not None
    assert sampled.profile is not None
    # an excerpt need not hold the nights in which clocks change
    seen = {"time_zone_seen": whole.profile.timestamp.time_zone_seen}
    timestamp = sampled.profile.timestamp.model_copy(update=seen)
    assert whole.profile == sampled.profile.model_copy(update={"timestamp": timestamp})
