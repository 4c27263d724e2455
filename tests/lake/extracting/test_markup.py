"""XML is read where something in it repeats that has times; everything else of it stays a document."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from fairwatt.lake.looking import FileLook

Look = Callable[..., FileLook]
Texts = Callable[..., dict[str, list[str]]]
START = datetime(2021, 1, 4, tzinfo=UTC)
TIMES = [f"{START + n * timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}" for n in range(48)]
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def xml(body: str) -> bytes:
    return (HEAD + body).encode()


def test_elements_that_repeat_are_rows_with_what_varies_around_them(texts: Texts) -> None:
    meters = "".join(
        f'<m:meter id="{meter}" site="Mill Lane">'
        + "".join(f"<m:read at='{at}'><m:v unit='kWh'>{n / 2}</m:v></m:read>" for n, at in enumerate(TIMES))
        + "</m:meter>"
        for meter in ("a", "b")
    )
    [lines] = texts(xml(f'<m:all xmlns:m="urn:x" made="today">{meters}</m:all>'), "a.xml").values()
    assert lines[:2] == ["meter.id,at,v,v.unit", f"a,{TIMES[0]},0.0,kWh"]
    assert (len(lines), lines[-1]) == (97, f"b,{TIMES[-1]},23.5,kWh")


def test_what_only_a_late_row_says_has_its_column(texts: Texts) -> None:
    rows = "".join(f"<r><at>{TIMES[n % 48]}</at><v>{n}</v><pad>{'x' * 900}</pad></r>" for n in range(9_000))
    data = xml(f"<all><site>a</site>{rows}<site>b</site><r><at>{TIMES[0]}</at><v>1</v><late>yes</late></r></all>")
    assert len(data) > 8 << 20
    [lines] = texts(data, "a.xml").values()
    assert (lines[0], lines[1][:26], lines[-1]) == (
        "all.site,at,v,pad,late", f"a,{TIMES[0]},0,x", f"b,{TIMES[0]},1,,yes",
    )  # fmt: skip


GREEN = (
    '<feed xmlns="http://www.w3.org/2005/Atom">{points}<entry><content><IntervalBlock xmlns="http://naesb.org/espi">'
    "<interval><duration>86400</duration><start>1609718400</start></interval>{readings}</IntervalBlock></content></entry>"
    "{kinds}</feed>"
)
KIND = (
    '<entry><content><ReadingType xmlns="http://naesb.org/espi"><flowDirection>19</flowDirection>'
    "<powerOfTenMultiplier>{power}</powerOfTenMultiplier><uom>72</uom></ReadingType></content></entry>"
)
READINGS = "".join(
    f"<IntervalReading><timePeriod><duration>1800</duration><start>{1609718400 + n * 1800}</start></timePeriod>"
    f"<value>{n}</value></IntervalReading>"
    for n in range(48)
)


def test_green_button_has_its_unit_direction_and_power_of_ten(look: Look) -> None:
    found = look(xml(GREEN.format(points="", readings=READINGS, kinds=KIND.format(power=-1))), "a.xml")
    [table] = found.tables
    assert table.table.path.read_text().splitlines()[:3] == [
        "start,export value (Wh)", "1609718400,0.0", "1609720200,0.1",
    ]  # fmt: skip
    profile = table.inspection.profile
    assert profile is not None
    assert [(c.quantity, c.unit, c.direction) for c in profile.channels] == [("energy", "wh", "export")]


def test_green_button_of_several_kinds_is_kept_and_says_so(look: Look) -> None:
    kinds = KIND.format(power=0) + KIND.format(power=3)
    found = look(xml(GREEN.format(points="", readings=READINGS, kinds=kinds)), "a.xml")
    assert (found.main, found.inspection.kind, list(found.description)) == (None, "document", ["unread"])


def entry(address: str, content: str, *links: tuple[str, str]) -> str:
    told = "".join(f'<link rel="{rel}" href="{href}"/>' for rel, href in (("self", address), *links))
    return f"<entry>{told}<content>{content}</content></entry>"


def test_green_button_of_several_points_and_kinds_follows_the_links_of_its_entries(texts: Texts) -> None:
    made = ""
    for point in ("home", "garage"):
        made += entry(f"/espi/UsagePoint/{point}", "<UsagePoint><ServiceCategory/></UsagePoint>")
        for kind, first in (("in", 0), ("out", 100)):
            reading = f"/espi/UsagePoint/{point}/MeterReading/{kind}"
            made += entry(reading, "<MeterReading/>", ("related", f"/espi/ReadingType/{kind}"))
            block = READINGS.replace("<value>", f"<value>{first}" if first else "<value>")
            made += entry(f"{reading}/IntervalBlock/1", f"<IntervalBlock>{block}</IntervalBlock>", ("up", reading))
    for kind, flow, power in (("in", 1, 0), ("out", 19, 3)):
        said = f"<flowDirection>{flow}</flowDirection><powerOfTenMultiplier>{power}</powerOfTenMultiplier><uom>72</uom>"
        made += entry(f"/espi/ReadingType/{kind}", f"<ReadingType>{said}</ReadingType>")
    [lines] = texts(xml(f'<feed xmlns="http://www.w3.org/2005/Atom">{made}</feed>'), "usage.xml").values()
    assert (len(lines), lines[0]) == (1 + 4 * 48, "meter,start,reading,unit,value")
    assert lines[2] == "home,1609720200,import value,Wh,1"
    assert (lines[50], lines[98]) == ("home,1609720200,export value,Wh,1001000", "garage,1609720200,import value,Wh,1")


def market(points: str, *, resolution: str = "PT30M", curve: str = "A01") -> bytes:
    return xml(
        '<GL_MarketDocument xmlns="urn:iec62325.351"><mRID>doc</mRID><TimeSeries><mRID>1</mRID>'
        "<quantity_Measure_Unit.name>MAW</quantity_Measure_Unit.name>"
        f"<curveType>{curve}</curveType><MktPSRType><psrType>B16</psrType></MktPSRType><Period><timeInterval>"
        "<start>2021-01-04T00:00Z</start><end>2021-01-04T04:00Z</end></timeInterval>"
        f"<resolution>{resolution}</resolution>{points}</Period></TimeSeries></GL_MarketDocument>"
    )


def point(position: int, quantity: float) -> str:
    return f"<Point><position>{position}</position><quantity>{quantity}</quantity></Point>"


def test_points_of_market_data_have_the_times_of_their_positions(texts: Texts) -> None:
    [lines] = texts(market("".join(point(n, 20 + n) for n in range(1, 9))), "a.xml").values()
    assert lines[0] == "series,type,start,quantity (MW)"
    assert (lines[1], lines[-1]) == ("1,B16,2021-01-04T00:00:00Z,21", "1,B16,2021-01-04T03:30:00Z,28")


def test_a_point_of_blocks_holds_until_the_next_one(texts: Texts) -> None:
    data = market(point(1, 20) + point(4, 23) + point(5, 24), curve="A03")
    [lines] = texts(data, "a.xml").values()
    assert [line.rpartition(",")[2] for line in lines[1:]] == ["20", "20", "20", "23", "24", "24", "24", "24"]


def test_points_of_days_are_not_guessed_at(look: Look) -> None:
    found = look(market("".join(point(n, 20 + n) for n in range(1, 9)), resolution="P1D"), "a.xml")
    assert (found.main, found.inspection.kind) == (None, "document")


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "data",
    [
        xml(f'<!DOCTYPE l [<!ENTITY l0 "ha">{LAUGHS}]><l>&l9;</l>'),
        xml('<!DOCTYPE l [<!ENTITY l SYSTEM "file:///etc/passwd">]><l><r a="1" b="2"/><r>&l;</r></l>'),
        xml("<a>" * 200_000),
        xml("<a>" + "<r><t>x</t><v>1</v></r>" * 9)[:-5],
        xml("<notes>" + "<note><by>me</by><text>all is well</text></note>" * 9 + "</notes>"),
    ],
    ids=["laughs", "outside", "deep", "cut off", "no readings"],
)
def test_other_xml_stays_a_document(look: Look, data: bytes) -> None:
    found = look(data, "a.xml")
    assert (found.main, found.inspection.kind, found.format) == (None, "document", "XML")
