"""Parts of one table that are arranged or written otherwise are joined; the same rows again are no other meter."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import pytest

from fairwatt.lake.looking import FileLook

Look = Callable[..., FileLook]
HEAD = ("time", "Import kWh", "Export kWh")


def value(at: datetime, place: int) -> str:
    return f"{(at.day * 37 + at.hour * 11 + at.minute + place * 5) % 1900 / 1000:.3f}"


def rows_of(first: date, days: int) -> list[tuple[str, str, str]]:
    times = [datetime.combine(first, datetime.min.time()) + timedelta(minutes=30 * n) for n in range(48 * days)]
    return [(f"{at:%d/%m/%Y %H:%M}", value(at, 1), value(at, 2)) for at in times]


def text_of(head: Sequence[str], rows: Sequence[Sequence[str]], delimiter: str = ",") -> bytes:
    return "".join(f"{delimiter.join(row)}\n" for row in (head, *rows)).encode()


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, data in members.items():
            made.writestr(name.replace("__", " ") + ".csv", data)
    return buffer.getvalue()


def lines(look: Look, data: bytes) -> list[str]:
    [table] = look(data, "all.zip").tables
    return table.table.path.read_text().splitlines()


AUGUST, SEPTEMBER, OCTOBER = (rows_of(date(2026, month, 3), 20) for month in (8, 9, 10))
WANTED = [",".join(row) for row in (HEAD, *AUGUST, *SEPTEMBER, *OCTOBER)]


def test_columns_in_another_order_are_joined_by_their_names(look: Look) -> None:
    turned = text_of([HEAD[at] for at in (0, 2, 1)], [(row[0], row[2], row[1]) for row in SEPTEMBER])
    data = zipped(m08=text_of(HEAD, AUGUST), m09=turned, m10=text_of(HEAD, OCTOBER))
    assert lines(look, data) == WANTED


@pytest.mark.parametrize(("unit", "factor"), [("Wh", 1000), ("MWh", 0.001)])
def test_another_multiple_of_the_unit_is_converted_and_told_of(look: Look, unit: str, factor: float) -> None:
    digits = 0 if factor > 1 else 6
    other = [(row[0], *(f"{float(cell) * factor:.{digits}f}" for cell in row[1:])) for row in SEPTEMBER]
    head = [name.replace("kWh", unit) for name in HEAD]
    data = zipped(m08=text_of(HEAD, AUGUST), m09=text_of(head, other), m10=text_of(HEAD, OCTOBER))
    [table] = look(data, "all.zip").tables
    found = [line.split(",") for line in table.table.path.read_text().splitlines()]
    wanted = [line.split(",") for line in WANTED]
    assert [row[0] for row in found] == [row[0] for row in wanted]
    assert [[float(cell) for cell in row[1:]] for row in found[1:]] == [
        [float(cell) for cell in row[1:]] for row in wanted[1:]
    ]
    [told] = [finding for finding in table.inspection.findings if finding.code == "joined-units"]
    assert (told.count, told.where) == (1, ("file ‘m09’",))
    assert unit in told.message


def test_what_is_no_number_is_never_taken_for_one_of_the_other_unit(look: Look) -> None:
    cells = [
        (row[0], f"{float(row[1]) * 1000:.0f}", "9999" if n in {3, 9, 12} else str(12 + n % 5))
        for n, row in enumerate(SEPTEMBER)
    ]
    cells[5] = (cells[5][0], "12:30", "n/a")
    head = [name.replace("kWh", "Wh") for name in HEAD]
    data = zipped(m08=text_of(HEAD, AUGUST), m09=text_of(head, cells), m10=text_of(HEAD, OCTOBER))
    found = lines(look, data)[1 + len(AUGUST) :]
    assert found[5] == f"{SEPTEMBER[5][0]},12:30 Wh,n/a"
    assert (found[3].split(",")[2], found[6].split(",")[2]) == ("9999", "0.013")


def test_a_part_with_semicolons_and_decimal_commas_is_written_as_the_others(look: Look) -> None:
    commas = text_of(HEAD, [(row[0], *(cell.replace(".", ",") for cell in row[1:])) for row in SEPTEMBER], ";")
    data = zipped(m08=text_of(HEAD, AUGUST), m09=commas, m10=text_of(HEAD, OCTOBER))
    assert lines(look, data) == WANTED


def test_the_same_rows_again_are_of_the_same_meter(look: Look) -> None:
    parts = {"m_2026-08": AUGUST, "again_m_2026-08": AUGUST, "m_2026-09": SEPTEMBER}
    found = lines(look, zipped(**{name: text_of(HEAD, rows) for name, rows in parts.items()}))
    assert found == [",".join(row) for row in (HEAD, *AUGUST, *AUGUST, *SEPTEMBER)]


def test_dumps_that_overlap_are_of_one_meter(look: Look) -> None:
    parts = {f"dump{n}": AUGUST[n * 200 : n * 200 + 400] for n in range(3)}
    found = lines(look, zipped(**{name: text_of(HEAD, rows) for name, rows in parts.items()}))
    assert (found[0], len(found)) == (",".join(HEAD), 1201)


@pytest.mark.parametrize("same", [True, False], ids=["same values", "other values"])
def test_parts_of_one_time_with_names_of_their_own_are_two_meters(look: Look, same: bool) -> None:
    other = AUGUST if same else [(row[0], row[2], row[1]) for row in AUGUST]
    found = lines(look, zipped(House__12=text_of(HEAD, AUGUST), House__14=text_of(HEAD, other)))
    assert (found[0], found[1].split(",")[0], found[-1].split(",")[0]) == (
        ",".join(("series", *HEAD)),
        "House 12",
        "House 14",
    )


def test_meters_whose_nights_are_nought_alike_are_two(look: Look) -> None:
    nights = [(row[0], "0", "0") for row in AUGUST]
    one, two = [*AUGUST[:400], *nights[400:450]], [*nights[400:450], *AUGUST[450:]]
    found = lines(look, zipped(a=text_of(HEAD, one), b=text_of(HEAD, two)))
    assert found[0].startswith("series,")
