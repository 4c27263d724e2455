"""A profile that was written as a document is the same profile when it is read again; a wrong document is refused."""

from __future__ import annotations

import json
import math
import tomllib
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.errors import InvalidInput, TooLarge
from fairwatt.core.files import ChannelRule, Compression, Dialect, How, ImportProfile, Kind, TimestampRule
from fairwatt.core.files.profile import PeriodRule, Slot, SpreadRule, TableRule
from fairwatt.core.files.profile_text import COMMENTS, parse_profile, write_json, write_toml
from fairwatt.core.units import QUANTITIES, UNITS

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
positions = st.integers(0, 19)
lengths = st.floats(0.001, 86_400)


@st.composite
def timestamps(draw: st.DrawFn) -> TimestampRule:
    slots = st.lists(st.builds(Slot, column=positions, offset_s=st.floats(0, 86_399)), min_size=1, max_size=4)
    periods = st.none() | st.one_of(
        st.builds(
            PeriodRule,
            step_s=lengths,
            counts=st.sampled_from(["elapsed", "clock"]),
            counts_how=st.sampled_from(How),
            column=positions,
        ),
        st.builds(PeriodRule, step_s=lengths, slots=slots.map(tuple)),
    )
    return TimestampRule(
        columns=tuple(draw(st.lists(positions, min_size=1, max_size=2))),
        format=draw(st.sampled_from(["%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M:%S.%f%z", "epoch_ms", "excel_serial"])),
        day_first=draw(st.none() | st.booleans()),
        time_zone=draw(st.none() | st.sampled_from(["UTC", "Europe/London"])),
        time_zone_how=draw(st.sampled_from(How)),
        time_zone_seen=draw(st.sampled_from(["", "UTC", "Europe/London"])),
        stamp=draw(st.sampled_from(["start", "end"])),
        first_date=draw(st.none() | st.dates()),
        periods=draw(periods),
    )


@st.composite
def channels(draw: st.DrawFn, number: int) -> ChannelRule:
    return ChannelRule(
        name=draw(texts),
        column=draw(positions),
        label=draw(texts),
        field=f"f{number}",
        kind=draw(st.sampled_from(Kind)),
        quantity=draw(st.sampled_from(["", *QUANTITIES])),
        unit=draw(st.sampled_from(["", *UNITS])),
        multiplier=draw(st.floats(allow_nan=False, allow_infinity=False).filter(bool)),
        direction=draw(st.sampled_from(["", "import", "export", "net"])),
        statistic=draw(st.sampled_from(["", "min", "mean", "last"])),
        decimals=draw(st.none() | st.integers(0, 18)),
        is_register=draw(st.booleans()),
        null_values=tuple(draw(st.lists(texts, max_size=3))),
        how=draw(st.sampled_from(How)),
        why=draw(texts),
        confidence=draw(st.floats(0, 1)),
    )


@st.composite
def profiles(draw: st.DrawFn) -> ImportProfile:
    dialect = Dialect(
        encoding=draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"])),
        compression=draw(st.sampled_from(Compression)),
        member=draw(texts),
        delimiter=draw(st.sampled_from([",", ";", "\t", "|"])),
        line_end=draw(st.sampled_from(["\n", "\r\n", "\r\r\n", "\r"])),
        skip_lines=draw(st.integers(0, 99)),
        header_lines=draw(st.integers(0, 3)),
        decimal_mark=draw(st.sampled_from([".", ","])),
        thousands_mark=draw(st.sampled_from(["", " "])),
        null_texts=tuple(draw(st.lists(texts, max_size=3))),
    )
    rule = TableRule(parts=tuple(draw(st.lists(texts, max_size=3))), first_row=draw(positions), rows=draw(positions))
    spread = st.builds(SpreadRule, name_column=positions, value_column=positions, unit_column=st.none() | positions)
    return ImportProfile(
        format=draw(st.sampled_from(["", "XLSX"])),
        table=draw(st.just(TableRule()) | st.just(rule)),
        dialect=dialect,
        columns=20,
        timestamp=draw(timestamps()),
        series_column=draw(st.none() | positions),
        series=draw(texts),
        series_kind=draw(st.sampled_from(["", "mpan"])),
        personal_columns=tuple(draw(st.lists(positions, max_size=2))),
        spread=draw(st.none() | spread),
        channels=tuple(draw(channels(number)) for number in range(draw(st.integers(1, 3)))),
        resolution_s=draw(st.none() | lengths),
    )


def plain() -> ImportProfile:
    return ImportProfile(
        columns=3,
        timestamp=TimestampRule(columns=(0,), format="%d/%m/%Y %H:%M", day_first=True),
        channels=(
            ChannelRule(name="Demand (kW)", column=1, field="demand_kw", quantity="power", unit="kw", decimals=2),
            ChannelRule(name="State", column=2, field="state", kind=Kind.TEXT),
        ),
        resolution_s=1800.0,
    )


@given(profiles())
def test_a_profile_comes_back_from_toml_and_from_json(profile: ImportProfile) -> None:
    for text in (write_toml(profile), write_json(profile)):
        again = parse_profile(text)
        assert (again, again.digest) == (profile, profile.digest)
        assert parse_profile(text.encode()) == profile


def test_the_toml_document_is_for_people() -> None:
    lines = write_toml(plain()).splitlines()

    assert lines[:2] == [
        "# How to read a file of readings: an import profile of Fairwatt.",
        "# The same profile and the same bytes always give the same readings.",
    ]
    assert lines[lines.index("[[channels]]") : lines.index("[[channels]]") + 7] == [
        "[[channels]]",
        'name = "Demand (kW)"  # as the file spells it',
        "column = 1  # its position; beyond the last column where values are gathered from many columns or rows",
        'field = "demand_kw"  # its column in the readings: lower-case letters, digits and _',
        'quantity = "power"  # what is measured, a code of docs/nomenclature.md; empty where unknown',
        'unit = "kw"  # a code of docs/nomenclature.md; empty where unknown',
        "decimals = 2  # most decimals of a value; left out where values are stored as floats",
    ]
    assert lines[lines.index('name = "State"') - 1 :] == [
        "[[channels]]",
        'name = "State"',
        "column = 2",
        'field = "state"',
        'kind = "text"',
        'quantity = ""',
        'unit = ""',
    ]


def test_what_is_left_out_has_its_default() -> None:
    text = """
    columns = 2
    [timestamp]
    columns = [0]
    format = "%Y-%m-%d %H:%M"
    [[channels]]
    name = "kW"
    column = 1
    field = "kw"
    """

    profile = parse_profile(text)

    assert profile == ImportProfile(
        columns=2,
        timestamp=TimestampRule(columns=(0,), format="%Y-%m-%d %H:%M"),
        channels=(ChannelRule(name="kW", column=1, field="kw"),),
    )
    assert profile.timestamp.time_zone is None


def test_every_entry_of_a_profile_has_its_words() -> None:
    models = {
        "": ImportProfile,
        "table": TableRule,
        "dialect": Dialect,
        "timestamp": TimestampRule,
        "timestamp.periods": PeriodRule,
        "spread": SpreadRule,
        "channels": ChannelRule,
    }
    tables = {name.partition(".")[0] for name in models} | {"periods"}
    for name, model in models.items():
        assert set(model.model_fields) - set(COMMENTS[name]) - tables == set(), name


def changed(**entries: object) -> str:
    found = json.loads(write_json(plain()))
    for path, value in entries.items():
        *above, key = path.split("__")
        place = found
        for step in above:
            place = place[int(step) if step.isdigit() else step]
        place[key] = value
    return json.dumps(found)


@pytest.mark.parametrize(
    ("text", "field", "said"),
    [
        (changed(version=3), "version", "is an import profile of version 3; this Fairwatt reads versions up to 2"),
        (changed(colour="red"), "colour", "Extra inputs are not permitted"),
        (changed(columns="three"), "columns", "valid integer"),
        (changed(columns=1), "channels.0.column", "names column 1, but there are 0 to 0"),
        (changed(timestamp__columns=[7]), "timestamp.columns", "names column 7, but there are columns 0 to 2"),
        (changed(timestamp__format="%d/%m"), "timestamp.format", "names no year"),
        (changed(timestamp__format="%Y %Q"), "timestamp.format", "%Q is not known"),
        (changed(timestamp__time_zone="Mars/Base"), "timestamp.time_zone", "There is no time zone 'Mars/Base'"),
        (changed(timestamp__periods={"step_s": 1800}), "timestamp.periods", "either the column"),
        (changed(dialect__encoding="klingon"), "dialect.encoding", "there is no encoding 'klingon'"),
        (changed(dialect__delimiter=""), "dialect.delimiter", "a delimiter is one character"),
        (changed(dialect__thousands_mark="."), "dialect.thousands_mark", "the same mark"),
        (changed(channels__0__unit="kilowatts"), "channels.0.unit", "there is no unit 'kilowatts'"),
        (changed(channels__0__quantity="oomph"), "channels.0.quantity", "there is no quantity 'oomph'"),
        (changed(channels__0__multiplier=0), "channels.0.multiplier", "a number other than 0"),
        (changed(channels__1__field="demand_kw"), "channels.1.field", "'demand_kw' is taken"),
        (changed(channels__1__field="start"), "channels.1.field", "'start' is taken"),
        (changed(channels__1__field="Robert'); DROP"), "channels.1.field", "match pattern"),
        (changed(channels=[]), "channels", "at least 1 item"),
    ],
)
def test_a_wrong_entry_is_named(text: str, field: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_profile(text, name="mine.json")

    assert caught.value.where == {"file": "mine.json", "field": field}
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("columns = ", "mine.toml is not valid TOML"),
        ("{", "mine.toml is not valid JSON"),
        ('{"columns": ' + "[" * 100_000, "mine.toml is not valid JSON"),
        ("", "columns: Field required"),
        (b"\xff\xfe\x00", "is not text in UTF-8"),
        ("resolution_s = nan", "columns: Field required"),
    ],
)
def test_what_is_no_document_is_refused(text: str | bytes, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_profile(text, name="mine.toml")

    assert said in caught.value.message


def test_a_document_larger_than_any_profile_is_not_even_parsed() -> None:
    with pytest.raises(TooLarge):
        parse_profile("#" * (9 << 20))


def test_a_step_that_is_no_number_is_refused() -> None:
    text = write_toml(plain()).replace("resolution_s = 1800.0", "resolution_s = inf")

    assert math.isinf(tomllib.loads(text)["resolution_s"])
    with pytest.raises(InvalidInput):
        parse_profile(text)


# As it was written before the second version of such documents, with the digest that certificates name.
OF_VERSION_1 = """\
{"version":1,"format":"","table":{"parts":[],"first_row":0,"first_column":0,"columns":0,"rows":0,"is_named":false},
"dialect":{"encoding":"utf-8","compression":"none","member":"","delimiter":",","quote":"\\"","line_end":"\\n",
"skip_lines":0,"header_lines":1,"decimal_mark":".","thousands_mark":"","null_texts":["n/a","-"]},"columns":3,
"timestamp":{"columns":[0],"format":"%d/%m/%Y","formats":[],"rounding_s":0.001,"day_first":true,"order_why":"",
"time_zone":"Europe/London","time_zone_how":"confirmed","time_zone_why":"A person said so.",
"time_zone_confidence":1.0,"stamp":"start","stamp_how":"inferred","stamp_why":"","periods":{"step_s":1800.0,
"counts":"elapsed","column":1,"first":1,"slots":[],"days":[]},"first_date":null},"series_column":null,
"series_parts":[],"series":"","series_kind":"","personal_columns":[],"spread":null,"channels":[{"name":"Energy (kWh)",
"column":2,"label":"","group":0,"field":"energy_kwh","kind":"number","quantity":"energy","unit":"kwh",
"multiplier":1.0,"direction":"","statistic":"sum","decimals":1,"is_register":false,"null_values":[],"affixes":[],
"notation":[],"how":"read","why":"The header says kWh.","confidence":1.0}],"resolution_s":1800.0,
"calendar_months":0,"resolution_why":""}"""


def test_a_document_of_version_1_is_read_and_keeps_its_digest() -> None:
    as_it_was = OF_VERSION_1.replace("\n", "")

    profile = parse_profile(OF_VERSION_1)

    assert profile.version == 1
    assert profile.digest == sha256(as_it_was.encode()).hexdigest()
    assert parse_profile(write_toml(profile)).digest == profile.digest
    assert profile.timestamp.periods is not None
    assert profile.timestamp.periods.counts_how is How.ASSUMED  # nobody noted then how it was known
    assert profile.newest.version == 2
    assert profile.newest.digest != profile.digest
