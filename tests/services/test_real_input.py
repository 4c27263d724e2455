"""Real files from the door to the lake: all figures here were counted in the files by other means than ours."""

from __future__ import annotations

import csv
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from fairwatt.core.files import describe_geojson
from fairwatt.lake import looking
from fairwatt.records.models import Dataset, Deposit, File
from fairwatt.services import deposits, uploads
from fairwatt.services.actors import Actor
from fairwatt.services.jobs import claim_job
from fairwatt.services.lakes import get_lake
from fairwatt.services.worker import run_job
from tests.services import entries
from tests.services.entries import AT

pytestmark = [pytest.mark.django_db, pytest.mark.real_data, pytest.mark.one_database]
LOGGER = "leo/MVSA1_2_1_P11_LCH_01092020_LEOD041F06.txt"
FAULTY = "leo/error_testing.csv"
PUBLISHED = "lcl/MAC000002_as_published.csv"
PIECE = 1 << 20
UTC_CLOCK = {"time_zone": "UTC"}


def send(actor: Actor, deposit: Deposit, path: Path) -> File:
    """Upload a file piece by piece, and have the queue done."""
    content = path.read_bytes()
    upload = uploads.create_upload(actor=actor, code=deposit.code, filename=path.name, size=len(content), at=AT)
    for place in range(0, len(content), PIECE):
        piece = content[place : place + PIECE]
        upload = uploads.append_upload(actor=actor, upload_id=upload.pk, offset=place, chunks=[piece], at=AT)
    assert upload.file is not None
    file = work_off(upload.file)
    assert b"".join(get_lake().raw.open_range(file.sha256)) == content
    return file


def work_off(file: File) -> File:
    while (job := claim_job(worker="tests", at=AT)) is not None:
        job = run_job(job=job, clock=lambda: AT)
        assert (job.state, job.error) == ("done", "")
    return File.objects.select_related("dataset").get(pk=file.pk)


def answer(actor: Actor, file: File, answers: Mapping[str, str]) -> File:
    """Answer what is asked: as said here, else as guessed."""
    given = {question["id"]: answers.get(question["id"], question["guess"]) for question in file.questions}
    deposits.answer_questions(actor=actor, file_key=file.key, answers=given, at=AT)
    return work_off(file)


def read_right(actor: Actor, deposit: Deposit, path: Path, answers: Mapping[str, str]) -> File:
    file = send(actor, deposit, path)
    assert (file.state, file.kind, file.rows) == ("questions", "readings", 0), "nothing is read by a guess"
    assert "time_zone" in [question["id"] for question in file.questions]
    return answer(actor, file, answers)


def oracle(path: Path, *, skip: int) -> dict[str, list[float | None]]:
    """The numbers of a file by column, read by the standard library; None where a cell holds none."""
    with path.open(newline="", encoding="utf-8-sig") as text:
        rows = csv.reader(text, delimiter="\t" if path.suffix == ".txt" else ",")
        names = next(rows)
        columns = list(zip(*rows, strict=True))
    return {name: [number(cell) for cell in column] for name, column in list(zip(names, columns, strict=True))[skip:]}


def number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def assert_the_lake_holds(file: File, expected: dict[str, list[float | None]]) -> None:
    """Every value of every channel, in the order of time, is the file's own; so are its channels' sums."""
    channels = {channel.name: channel for channel in file.channels.all()}
    assert list(channels) == list(expected)
    fields = [channel.field for channel in channels.values()]
    batches = list(get_lake().batches(file.dataset.table, fields=fields, sources=[file.key]))
    for name, channel in channels.items():
        stored = [value for batch in batches for value in batch.column(channel.field).to_pylist()]
        assert [None if value is None else float(value) for value in stored] == expected[name], name
        there = [value for value in expected[name] if value is not None]
        assert (channel.count, channel.missing) == (len(there), len(stored) - len(there)), name
        assert (channel.minimum, channel.maximum) == (min(there), max(there)), name
        assert channel.mean == pytest.approx(math.fsum(there) / len(there), rel=1e-9, abs=1e-9), name
    window = get_lake().window(file.dataset.table, fields=fields[:8], sources=[file.key])
    assert window.total == file.rows
    assert window.frame.height <= 2_100
    dataset = Dataset.objects.get(pk=file.dataset_id)
    assert dataset.readings_total == sum(channel.count for channel in channels.values())


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass(frozen=True)
class Expected:
    """What a file holds; ``places`` are the findings' first places by code."""

    rows: int
    first: str
    last: str
    resolution_s: float
    units: Mapping[str, tuple[str, str]]  # by channel: quantity and unit
    skip: int = 1
    missing: int = 0
    gaps: int = 0
    duplicates: int = 0
    answers: Mapping[str, str] = field(default_factory=lambda: UTC_CLOCK)
    findings: Mapping[str, int] = field(default_factory=dict)  # by code: how many


HALF_HOURLY_YEAR = ("2013-01-01 00:00:00", "2013-12-31 23:30:00", 1800.0, {"energy(kWh/hh)": ("energy", "kwh")}, 2)
MEGAWATTS = {"value": ("power", "mw")}
FILES = {
    FAULTY: Expected(
        86_460, "2019-11-17 23:59:04", "2019-11-19 00:00:03", 1.0,
        {f"Peak Voltage L{phase}N Avg": ("voltage", "v") for phase in (1, 2, 3)},
        skip=2, missing=81, findings={"missing-values": 81, "not-a-number": 8},
    ),
    "leo/Price_session2.csv": Expected(
        48, "2019-01-23 00:00:00", "2019-01-23 23:30:00", 1800.0, {"Price (£/MWh)": ("price", "gbp_per_mwh")},
        answers={"time_zone": "UTC", "stamp": "end"},
    ),
    "lcl/single_home_files/MAC000002.csv": Expected(17_520, *HALF_HOURLY_YEAR),
    "lcl/single_home_files/MAC000003.csv": Expected(17_518, *HALF_HOURLY_YEAR, gaps=2, findings={"gaps": 2}),
    "lcl/single_home_files/MAC000004.csv": Expected(17_519, *HALF_HOURLY_YEAR, gaps=1, findings={"gaps": 1}),
    "lcl/single_home_files/MAC000005.csv": Expected(17_519, *HALF_HOURLY_YEAR, gaps=1, findings={"gaps": 1}),
    "lcl/single_home_files/MAC000007.csv": Expected(17_517, *HALF_HOURLY_YEAR, gaps=3, findings={"gaps": 3}),
    PUBLISHED: Expected(
        24_158, "2012-10-12 00:30:00", "2014-02-28 00:00:00", 1800.0, {"KWH/hh (per half hour)": ("energy", "kwh")},
        skip=2, missing=1, gaps=5, duplicates=17, answers={"time_zone": "UTC", "stamp": "start"},
        findings={"duplicate-stamps": 17, "gaps": 5, "missing-values": 1, "not-a-number": 1, "off-grid-stamps": 1},
    ),
    "wpd/geevor_half_hourly_mw.csv": Expected(
        34_315, "2019-10-16 13:00:00", "2021-09-30 10:00:00", 1800.0, MEGAWATTS
    ),
    "wpd/staplegrove_half_hourly_mw_august.csv": Expected(
        1_488, "2021-08-01 00:00:00", "2021-08-31 23:30:00", 1800.0, MEGAWATTS
    ),
    "wpd/staplegrove_half_hourly_mw_pre_august.csv": Expected(
        30_672, "2019-11-01 00:00:00", "2021-07-31 23:30:00", 1800.0, MEGAWATTS
    ),
    "wpd/staplegrove_half_hourly_mw_september.csv": Expected(
        1_413, "2021-09-01 00:00:00", "2021-09-30 10:00:00", 1800.0, MEGAWATTS
    ),
    "wpd/stentaway_demand.csv": Expected(
        46_704, "2017-11-03 00:00:00", "2020-07-02 23:30:00", 1800.0, {"demand_MW": ("power", "mw")}
    ),
    "wpd/stentaway_pv.csv": Expected(
        46_704, "2017-11-03 00:00:00", "2020-07-02 23:30:00", 1800.0,
        {"irradiance_Wm-2": ("irradiance", "w_per_m2"), "pv_power_mw": ("power", "mw"),
         "panel_temp_C": ("temperature", "degc")},
        missing=216, findings={"missing-values": 216},
    ),
    "wpd/stentaway_weather.csv": Expected(
        48_408, "2015-01-01 00:00:00", "2020-07-09 23:00:00", 3600.0,
        {f"temp_location{place}": ("temperature", "degc") for place in (3, 6, 2, 4, 5, 1)}
        | {f"solar_location{place}": ("irradiance", "w_per_m2") for place in (3, 6, 2, 4, 5, 1)},
        missing=168, findings={"missing-values": 168},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_real_file_is_read_to_the_last_value(actor: Actor, deposit: Deposit, real_data: Path, name: str) -> None:
    expected = FILES[name]

    file = read_right(actor, deposit, real_data / name, expected.answers)

    assert (file.state, file.kind, file.format, file.error, file.questions) == ("read", "readings", "CSV", "", [])
    assert (file.rows, file.series_count, file.resolution_s) == (expected.rows, 1, expected.resolution_s)
    assert (file.period_start, file.last_start) == (moment(expected.first), moment(expected.last))
    assert (file.missing_count, file.gap_count, file.duplicate_count) == (
        expected.missing,
        expected.gaps,
        expected.duplicates,
    )
    counts: Counter[str] = Counter()
    for code, count in file.findings.values_list("code", "count"):
        counts[code] += count
    assert dict(counts) == expected.findings
    units = {name: (quantity, unit) for name, quantity, unit in file.channels.values_list("name", "quantity", "unit")}
    assert units == expected.units
    assert_the_lake_holds(file, oracle(real_data / name, skip=expected.skip))


LOGGER_UNITS = {
    "Voltage": ("voltage", "v", 9),
    "Current": ("current", "a", 12),
    "Frequency": ("frequency", "hz", 3),
    "Active Power": ("power", "w", 12),
    "VA Full Classic": ("apparent_power", "va", 12),
    "VAR Classic": ("reactive_power", "var", 12),
    "PF Classic": ("power_factor", "fraction", 12),
    "Cos Phi Classic": ("cos_phi", "fraction", 12),
    "Distortion Power": ("distortion_power", "var", 12),
    "Active Energy": ("energy", "wh", 12),
    "Reactive Energy": ("reactive_energy", "varh", 12),
    "THD V": ("harmonic_distortion", "percent", 9),
    "THD A": ("harmonic_distortion", "percent", 12),
}


def test_the_logger_file_is_read_with_the_units_its_names_tell(actor: Actor, deposit: Deposit, real_data: Path) -> None:
    file = read_right(actor, deposit, real_data / LOGGER, UTC_CLOCK)

    assert (file.state, file.format, file.rows, file.resolution_s) == ("read", "TSV", 2_295, 5.0)
    assert (file.period_start, file.last_start, file.period_end) == (
        moment("2019-11-18 11:45:43"),
        moment("2019-11-18 14:56:53"),
        moment("2019-11-18 14:56:58"),
    )
    assert (file.missing_count, file.gap_count, file.duplicate_count, file.findings.count()) == (0, 0, 0, 0)
    found: Counter[tuple[str, str, str]] = Counter()
    for name, quantity, unit in file.channels.values_list("name", "quantity", "unit"):
        found[re.sub(r"( (L[123]N?|N|Total))? (Min|Avg|Max)$", "", name), quantity, unit] += 1
    assert found == {(name, quantity, unit): count for name, (quantity, unit, count) in LOGGER_UNITS.items()}
    statistics = Counter(file.channels.values_list("statistic", flat=True))
    assert statistics == {"min": 47, "mean": 47, "max": 47}
    assert_the_lake_holds(file, oracle(real_data / LOGGER, skip=2))


def test_the_logger_files_identifier_is_parsed_and_its_date_is_not_the_datas(
    actor: Actor, deposit: Deposit, real_data: Path
) -> None:
    file = send(actor, deposit, real_data / LOGGER)
    question, sign = file.questions
    assert (question["id"], question["guess"]) == ("time_zone", "Europe/London")
    assert question["why"] == (
        "All sampled times lie in winter, when British clocks show UTC, so both choices mean the same."
    )
    assert (sign["id"], sign["guess"]) == ("direction:active_power_l1n_min", "net")
    file = answer(actor, file, UTC_CLOCK)
    assert file.identifier == "MVSA1_2_1_P11_LCH_01092020_LEOD041F06"
    assert file.identifier_parts == {
        "identifier": "MVSA1_2_1_P11_LCH_01092020_LEOD041F06",
        "trial": "A1.2.1",
        "procedure": "P11",
        "partner": "LCH",
        "date": "2020-09-01",
        "dataset": "041",
        "file": "06",
    }
    dataset = Dataset.objects.get(pk=deposit.dataset_id)
    days = {value.date() for value in (file.period_start, file.period_end, dataset.period_start) if value}
    assert days == {date(2019, 11, 18)}


def test_the_faulty_days_missing_values_are_told_where_they_are(
    actor: Actor, deposit: Deposit, real_data: Path
) -> None:
    cells = oracle(real_data / FAULTY, skip=2)
    rows_with_gaps = [number for number, row in enumerate(zip(*cells.values(), strict=True), 2) if None in row]
    assert (len(rows_with_gaps), sum(column.count(None) for column in cells.values())) == (78, 81)

    file = read_right(actor, deposit, real_data / FAULTY, UTC_CLOCK)

    told = {finding.channel: finding for finding in file.findings.filter(code="missing-values")}
    assert {name: finding.count for name, finding in told.items()} == {
        "Peak Voltage L1N Avg": 31,
        "Peak Voltage L2N Avg": 29,
        "Peak Voltage L3N Avg": 21,
    }
    assert sum(int(part) for finding in told.values() for part in re.findall(r"(\d+) blank", finding.message)) == 73
    for name, finding in told.items():
        missing = [number for number, value in enumerate(cells[name], 2) if value is None]
        assert finding.where == [f"line {number:,}" for number in missing[:10]]
    [words] = file.findings.filter(code="not-a-number")
    assert (words.channel, words.count, words.where[0]) == ("Peak Voltage L1N Avg", 8, "line 53,886")
    assert words.message == (
        "Row 53,886 of error_testing.csv: 'n/a' is not a number in Peak Voltage L1N Avg. They are kept as missing "
        "(8 such cells). Nothing was dropped."
    )


@pytest.mark.parametrize(("stamp", "told_at"), [("start", "12:37:27 UTC"), ("end", "12:37:27 as written")])
def test_the_published_homes_duplicates_and_its_odd_stamp_are_told_and_kept(
    actor: Actor, deposit: Deposit, real_data: Path, stamp: str, told_at: str
) -> None:
    file = read_right(actor, deposit, real_data / PUBLISHED, {"time_zone": "UTC", "stamp": stamp})

    lines = (real_data / PUBLISHED).read_text().splitlines()
    assert lines[3_241].startswith("MAC000002,2012-12-19 12:37:27")
    [odd] = file.findings.filter(code="off-grid-stamps")
    assert (odd.count, odd.where) == (1, [f"line 3,242 (2012-12-19 {told_at})"])
    [twice] = file.findings.filter(code="duplicate-stamps")
    assert twice.count == 17
    stamps = [line.split(",")[1] for line in lines]
    repeated = [n for n in range(1, len(stamps)) if stamps[n] == stamps[n - 1]]
    assert [place.split(" (")[0] for place in twice.where] == [f"line {n + 1:,}" for n in repeated[:10]]
    assert (file.rows, len(repeated)) == (24_158, 17)


def background(actor: Actor) -> Deposit:
    return entries.entry(actor, {**entries.BACKGROUND, "source": {"source": "file"}})


def positions(coordinates: Any) -> Iterator[tuple[float, float]]:
    if isinstance(coordinates[0], int | float):
        yield coordinates[0], coordinates[1]
        return
    for part in coordinates:
        yield from positions(part)


def extent_of(path: Path) -> dict[str, Any]:
    """How many features, which shapes and which bounds, by the standard library."""
    features = json.loads(path.read_bytes())["features"]
    shapes = [feature["geometry"] for feature in features]
    points = [point for shape in shapes for point in positions(shape["coordinates"])]
    xs, ys = zip(*points, strict=True)
    return {
        "features": len(features),
        "bounds": [min(xs), min(ys), max(xs), max(ys)],
        "geometry_types": sorted({shape["type"] for shape in shapes}),
    }


DISTRICTS = ("E07000177", "E07000178", "E07000179", "E07000180", "E07000181")
FEATURES = {"lsoa": (93, 83, 89, 76, 66), "msoa": (19, 18, 20, 14, 15), "wards": (28, 24, 29, 29, 27)}


@pytest.mark.parametrize("area", FEATURES)
def test_oxfordshires_boundaries_are_spatial_files_with_their_extent(actor: Actor, real_data: Path, area: str) -> None:
    entry = background(actor)
    for district, features in zip(DISTRICTS, FEATURES[area], strict=True):
        path = real_data / f"geo/oxfordshire/{area}_by_lad_{district}.json"

        file = send(actor, entry, path)

        assert (file.state, file.kind, file.format, file.media_type) == (
            "read",
            "spatial",
            "GeoJSON",
            "application/geo+json",
        )
        assert (file.extent["crs"], file.extent["features"]) == ("EPSG:4326", features)
        assert {name: file.extent[name] for name in ("features", "bounds", "geometry_types")} == extent_of(path)
        assert (file.period_start, file.rows, file.channels.count(), file.findings.count()) == (None, 0, 0, 0)
    assert Dataset.objects.get(pk=entry.dataset_id).file_count == 5


LARGE = {
    "gsp_regions.json": (
        "EPSG:4326", 338, [-8.654738420148323, 49.86329783966456, 1.7683280342223855, 60.86141471323273]
    ),
    "dno_license_areas_epsg27700.json": (
        "EPSG:27700", 14, [5257.746900001002, 5179.999999999767, 655964.9758000015, 1220372.9999999986]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LARGE)
def test_boundaries_larger_than_a_sample_are_counted_whole(actor: Actor, real_data: Path, name: str) -> None:
    crs, features, bounds = LARGE[name]
    path = real_data / "geo" / name

    file = send(actor, background(actor), path)

    assert (file.state, file.kind, file.findings.count()) == ("read", "spatial", 0)
    assert (file.extent["crs"], file.extent["features"], file.extent["bounds"]) == (crs, features, bounds)
    assert file.extent["geometry_types"] == extent_of(path)["geometry_types"]
    assert file.sample["columns"] == list(json.loads(path.read_bytes())["features"][0]["properties"])
    assert file.extent["fields"] == describe_geojson(path.read_bytes())["fields"]


def test_boundaries_too_large_to_be_counted_are_kept_and_told(
    actor: Actor, real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "DESCRIBED_BYTES", 2 << 20)

    file = send(actor, background(actor), real_data / "geo/gsp_regions.json")

    assert (file.state, file.kind, file.extent) == ("read", "spatial", {})
    assert list(file.findings.values_list("code", "message")) == [
        ("extent-unknown", "The file is large; its features were not counted here.")
    ]
