"""How received files are described for CSVW: what is borne out by reading them, and nothing of others."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.files.profile import ChannelRule, Dialect, ImportProfile, Kind, TableRule, TimestampRule
from fairwatt.core.metadata.csvw import to_csvw
from fairwatt.core.metadata.tables import TableEntry
from fairwatt.records.models import File
from fairwatt.services.file_tables import describe_table, headings_of
from tests.core.metadata.examples import FILE, certificate
from tests.services import stock

TITLES = ["Date", "Time", "Load [kW]", "Note"]
ROWS = [["18/11/2019", "09:30:00", "1.234,5", "start"], ["18/11/2019", "10:00:00", "", "a;b"]]
PROFILE = ImportProfile(
    dialect=Dialect(
        delimiter=";", encoding="cp1252", skip_lines=2, decimal_mark=",", thousands_mark=".", null_texts=("n/a",)
    ),
    columns=4,
    timestamp=TimestampRule(columns=(0, 1), format="%d/%m/%Y %H:%M:%S", time_zone="Europe/London"),
    channels=(
        ChannelRule(name="Load", column=2, field="load_kw", quantity="power", unit="kw"),
        ChannelRule(name="Note", column=3, field="note", kind=Kind.TEXT),
    ),
)


def described(
    profile: ImportProfile = PROFILE, *, rows: Any = None, titles: Any = None, findings: Any = ()
) -> TableEntry | None:
    return describe_table(profile, titles=titles or TITLES, rows=rows or ROWS, findings=findings)


def with_dialect(**changes: Any) -> ImportProfile:
    return PROFILE.model_copy(update={"dialect": PROFILE.dialect.model_copy(update=changes)})


def with_times(**changes: Any) -> ImportProfile:
    return PROFILE.model_copy(update={"timestamp": PROFILE.timestamp.model_copy(update=changes)})


def kinds(table: TableEntry | None) -> list[tuple[str, str]]:
    assert table is not None
    return [(column.datatype, column.format) for column in table.columns]


def test_the_dialect_and_the_columns_are_those_by_which_it_was_read() -> None:
    table = described()
    assert table is not None
    assert (table.delimiter, table.quote, table.encoding, table.skip_rows) == (";", '"', "windows-1252", 2)
    assert kinds(table) == [("date", "dd/MM/yyyy"), ("time", "HH:mm:ss"), ("number", ""), ("string", "")]
    assert [column.field for column in table.columns] == ["", "", "load_kw", "note"]
    assert (table.columns[2].decimal, table.columns[2].group, table.missing) == (",", ".", ("n/a",))


OTHERS: dict[str, dict[str, Any]] = {
    "workbook": {"profile": PROFILE.model_copy(update={"format": "xlsx"})},
    "part-of-a-sheet": {"profile": PROFILE.model_copy(update={"table": TableRule(first_row=3)})},
    "packed": {"profile": with_dialect(compression="gzip")},
    "blanks-between": {"profile": with_dialect(delimiter=" ")},
    "two-headings": {"profile": with_dialect(header_lines=2)},
    "no-heading": {"profile": with_dialect(header_lines=0)},
    "line-ends": {"profile": with_dialect(line_end="\r\r\n")},
    "encoding": {"profile": with_dialect(encoding="cp037")},
    "nonsense-encoding": {"profile": with_dialect(encoding="no such")},
    "ragged": {"findings": [("ragged-row", "")]},
    "people": {"findings": [("meter-point-numbers", "Load")]},
    "same-heads": {"titles": ["Date", "Time", "Load", "Load"]},
    "no-head": {"titles": ["Date", "Time", "", "Note"]},
    "heads-cut-off": {"titles": TITLES[:3]},
}


@pytest.mark.parametrize("case", list(OTHERS))
def test_what_csvw_has_no_words_for_is_not_described(case: str) -> None:
    assert described(**OTHERS[case]) is None


TEXT_TIMES: dict[str, dict[str, Any]] = {
    "month-names": {"profile": with_times(format="%d %b %Y %H:%M", columns=(0,))},
    "short-years": {"profile": with_times(format="%d/%m/%y %H:%M:%S")},
    "numbers": {"profile": with_times(format="epoch_s", columns=(0,))},
    "several-forms": {"profile": with_times(formats=("%Y",))},
    "unread-cells": {"findings": [("bad-stamp", "")]},
    "unpadded": {"rows": [["1/2/2019", "9:30:00", "1", ""]]},
    "hour-24": {"rows": [["18/11/2019", "24:00:00", "1", ""]]},
    "no-rows": {"rows": [[]]},
}


@pytest.mark.parametrize("case", list(TEXT_TIMES))
def test_times_that_have_no_pattern_are_text(case: str) -> None:
    found = kinds(described(**TEXT_TIMES[case]))
    assert found[2][0] == "number"
    wanted = {"unpadded": "string", "hour-24": "string"}.get(case, "string")
    assert found[1][0] == wanted
    assert found[0][0] == ("date" if case == "hour-24" else "string")


@pytest.mark.parametrize(
    ("form", "cell", "pattern"),
    [
        ("%Y-%m-%dT%H:%M:%S%z", "2019-11-18T09:30:00Z", "yyyy-MM-ddTHH:mm:ssXXX"),
        ("%Y-%m-%d %H:%M", "2019-11-18 09:30", "yyyy-MM-dd HH:mm"),
        ("%Y%m%d", "20191118", "yyyyMMdd"),
        ("%d.%m.%Y %H:%M", "18.11.2019 09:30", "dd.MM.yyyy HH:mm"),
        ("%m/%d/%Y %H:%M:%S", "11/18/2019 09:30:00", "MM/dd/yyyy HH:mm:ss"),
    ],
)
def test_a_time_in_one_column_has_its_pattern(form: str, cell: str, pattern: str) -> None:
    profile = with_times(format=form, columns=(0,))
    assert kinds(described(profile, rows=[[cell, "", "1", ""]]))[0][1] == pattern


TEXT_NUMBERS: dict[str, dict[str, Any]] = {
    "affixes": {"affixes": ("kW",)},
    "notation": {"notation": ("brackets",)},
    "words": {"kind": Kind.TEXT},
}


@pytest.mark.parametrize("case", list(TEXT_NUMBERS))
def test_numbers_that_are_not_written_as_plain_numbers_are_text(case: str) -> None:
    rule = PROFILE.channels[0].model_copy(update=TEXT_NUMBERS[case])
    table = described(PROFILE.model_copy(update={"channels": (rule, PROFILE.channels[1])}))
    assert kinds(table)[2] == ("string", "")


@pytest.mark.parametrize(("channel", "kind"), [("Load", "string"), ("", "string"), ("Another", "number")])
def test_a_column_with_cells_that_are_no_numbers_is_text(channel: str, kind: str) -> None:
    assert kinds(described(findings=[("not-a-number", channel)]))[2][0] == kind


def read_by(document: dict[str, Any], text: str) -> list[dict[str, Any]]:
    """Read a file by nothing but its description, as https://www.w3.org/TR/tabular-data-model/#parsing has it."""
    dialect, columns = document["dialect"], document["tableSchema"]["columns"]
    lines = list(csv.reader(io.StringIO(text), delimiter=dialect["delimiter"], quotechar=dialect["quoteChar"]))
    heading, *rows = lines[dialect.get("skipRows", 0) :]
    assert heading == [column["titles"] for column in columns]
    return [
        {column["name"]: _cell(column, cell) for column, cell in zip(columns, row, strict=True)} for row in rows if row
    ]


def _cell(column: dict[str, Any], cell: str) -> Any:
    if cell.strip() in column.get("null", [""]):
        return None
    datatype = column["datatype"]
    base = datatype if isinstance(datatype, str) else datatype["base"]
    form = {} if isinstance(datatype, str) else datatype.get("format", {})
    if base == "number":
        return float(cell.replace(form.get("groupChar", "\0"), "").replace(form.get("decimalChar", "."), "."))
    if base in {"date", "time", "dateTime"}:
        marks = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
        native = re.sub("yyyy|MM|dd|HH|mm|ss", lambda mark: marks[mark[0]], form)
        return datetime.strptime(cell, native).replace(tzinfo=UTC)
    return cell


numbers = st.none() | st.decimals(-99_999, 99_999, places=2)


@given(
    st.lists(
        st.tuples(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)), numbers, st.text("ab;\"' ")), max_size=9
    )
)
def test_whoever_has_the_description_reads_what_was_written(rows: list[tuple[datetime, Any, str]]) -> None:
    out = io.StringIO(newline="")
    out.write("Site;A\r\nLogger;7\r\n")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(TITLES)
    for at, load, note in rows:
        text = "n/a" if load is None else f"{load:,}".translate(str.maketrans(",.", ".,"))
        writer.writerow([f"{at:%d/%m/%Y}", f"{at:%H:%M:%S}", text, note])
    table = described()
    document = to_csvw(certificate(files=(FILE.model_copy(update={"table": table}),)))

    received = document["tables"][1]
    read = read_by(received, out.getvalue())

    assert received["url"] == FILE.download_url
    assert [row["load_kw"] for row in read] == [None if load is None else float(load) for _, load, _ in rows]
    assert [(row["column_1"].date(), row["column_2"].time()) for row in read] == [
        (at.date(), at.time().replace(microsecond=0)) for at, _, _ in rows
    ]
    assert [row["note"] or "" for row in read] == [note if note.strip() else "" for _, _, note in rows]


def test_files_that_are_gone_or_not_described_are_no_tables_and_the_readings_stay() -> None:
    table = described()
    gone = FILE.model_copy(update={"table": table, "download_url": ""})
    for files in ((FILE,), (gone,)):
        document = to_csvw(certificate(files=files))
        assert "tables" not in document
        assert document["url"].endswith("/readings.csv")
    both = to_csvw(certificate(files=(FILE, FILE.model_copy(update={"table": table}))))
    assert [one["url"].rpartition("/")[2] for one in both["tables"]] == ["readings.csv", "original"]


@pytest.mark.django_db
def test_a_table_without_readings_has_its_headings_told_unless_they_may_be_values_or_of_people() -> None:
    sample = {"columns": ["Item", "Cost", "", "Cost"], "rows": [["Charger", "950", "", ""]], "columns_total": 4}
    owner = stock.dataset()
    costs = stock.file(owner, "costs.xlsx", kind="table", sample=sample)
    assert headings_of(costs) == ("Item", "Cost")
    for code in ("no-header", "meter-point-numbers", "personal-columns"):
        other = stock.file(owner, f"{code}.xlsx", kind="table", sample=sample)
        stock.finding(other, code=code)
        assert headings_of(other) == ()
    assert headings_of(stock.file(owner, "readings.csv", sample=sample)) == ()
    assert headings_of(stock.file(owner, "gone.xlsx", kind=File.Kind.TABLE, original_erased_at=stock.NOW)) == ()
