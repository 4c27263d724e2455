"""Certificates for tests: one with everything, and a strategy for any."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from fairwatt.core.metadata import (
    AccessTerms,
    Audience,
    Catalogue,
    Certificate,
    ChannelEntry,
    Detail,
    FileEntry,
    FindingEntry,
    Licensing,
    Parent,
    Party,
    ProcedureEntry,
    Provenance,
    Release,
    TrialEntry,
    Validity,
    VersionEntry,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
BASE = "https://data.testshire.example"
START, END = datetime(2019, 11, 18, 11, 45, 43, tzinfo=UTC), datetime(2019, 11, 18, 14, 56, 58, tzinfo=UTC)
FILE = FileEntry(
    pid="ark:/99999/0000000file",
    name="MVSA1_2_1_P11_LCH_01092020_LEOD041F06.txt",
    identifier="MVSA1_2_1_P11_LCH_01092020_LEOD041F06",
    size=3_456_789,
    sha256="a" * 64,
    media_type="text/tab-separated-values",
    format="TSV",
    kind="readings",
    rows=2_295,
    url=f"{BASE}/files/0000000file/",
    download_url=f"{BASE}/files/0000000file/original",
    import_profile="b" * 64,
    validity=Validity(start=START, end=END),
)
CHANNEL = ChannelEntry(
    name="Active Power L1N Avg",
    field="active_power_l1n_avg_kw",
    quantity="power",
    quantity_label="Active power",
    quantity_uri="http://qudt.org/vocab/quantitykind/ActivePower",
    unit="kw",
    unit_label="kilowatt",
    unit_symbol="kW",
    unit_uri="http://qudt.org/vocab/unit/KiloW",
    direction="import",
    statistic="mean",
    resolution_s=5.0,
    count=2_295,
    minimum=0.5,
    mean=1.25,
    maximum=9.0,
)


def certificate(**changes: Any) -> Certificate:
    """A published dataset with every field filled."""
    full: dict[str, Any] = {
        "kind": "dataset",
        "leo_identifier": "MVSA1.2.1",
        "licensing": Licensing(
            code="CC-BY-4.0",
            title="Creative Commons Attribution 4.0",
            url="https://creativecommons.org/licenses/by/4.0/",
            is_open=True,
        ),
        "date_of_data_validity": Validity(start=START, end=END),
        "publication_restrictions": "Not before the trial's report.",
        "dataset_url": f"{BASE}/datasets/0000000gnp8/",
        "data_description": "Load of a primary school, logged every 5 seconds during a flexibility event.",
        "data_provenance": Provenance(
            statement="Logged at the incomer with a three-phase meter.",
            quality="Compared with the supplier's meter.",
            logged_by="Low Carbon Hub",
            logged_at=datetime(2020, 9, 1, 9, tzinfo=UTC),
            reader="fairwatt 0.1.0",
        ),
        "pid": "ark:/99999/0000000gnp8",
        "pid_url": f"{BASE}/ark:/99999/0000000gnp8",
        "title": "School load during an event",
        "keywords": ("school", "flexibility"),
        "origin": "foreground",
        "place": "Rose Hill, Oxford",
        "provider": Party(code="LCH", name="Low Carbon Hub", homepage="https://lch.example/"),
        "receiver": Party(code="TCC", name="Testshire County Council"),
        "trial": TrialEntry(code="A1.2.1", title="Sustain peak management"),
        "procedures": (ProcedureEntry(code="P11", title="Run the event"),),
        "details": (Detail(procedure="P11", label="Asset", value="Battery", unit=""),),
        "resolution_s": 5.0,
        "coverage": (1.0, 0.5, 0.0),
        "rows": 2_295,
        "readings": 2_295,
        "channels": (CHANNEL,),
        "files": (FILE,),
        "findings": (FindingEntry(code="missing-values", severity="warning", count=3, message="Three are missing."),),
        "import_profile": "b" * 64,
        "access": AccessTerms(releases=(Release(audience=Audience.PUBLIC, available_from=NOW),), contact="a@b.example"),
        "version": VersionEntry(number=2, pid="ark:/99999/000000vers2", published_at=NOW, note="Longer."),
        "versions": (
            VersionEntry(number=2, pid="ark:/99999/000000vers2", published_at=NOW, note="Longer."),
            VersionEntry(number=1, pid="ark:/99999/000000vers1", published_at=datetime(2025, 1, 2, tzinfo=UTC)),
        ),
        "issued_at": NOW,
        "issued_by": "Dana Manager",
        "catalogue": Catalogue(
            name="Testshire Local Energy", url=BASE, publisher="Testshire County Council", contact="a@b.example"
        ),
        "time_zone": "Europe/London",
    }
    return Certificate(**{**full, **changes})


def file_certificate(**changes: Any) -> Certificate:
    """The certificate of one file of that dataset."""
    parent = certificate()
    own: dict[str, Any] = {
        "kind": "file",
        "pid": FILE.pid,
        "pid_url": f"{BASE}/{FILE.pid}",
        "title": FILE.name,
        "part_of": Parent(pid=parent.pid, pid_url=parent.pid_url, title=parent.title, url=parent.dataset_url),
    }
    return certificate(**{**own, **changes})


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
instants = st.datetimes(
    min_value=datetime(1980, 1, 1),
    max_value=datetime(2100, 1, 1),
    timezones=st.timezones(),
)
numbers = st.floats(allow_nan=False, allow_infinity=False, width=64)
releases = st.dictionaries(st.sampled_from(Audience), st.none() | instants).map(
    lambda chosen: tuple(Release(audience=a, available_from=chosen[a]) for a in Audience if a in chosen)
)
terms = st.builds(AccessTerms, releases=releases, sensitivity=st.sampled_from(["IB1-O", "IB1-SP", "IB1-C"]))


@st.composite
def certificates(draw: st.DrawFn) -> Certificate:
    """Any certificate: odd texts, any zone, extreme numbers."""
    start, end = sorted([draw(instants), draw(instants)])
    channel = CHANNEL.model_copy()
    return certificate(
        kind=draw(st.sampled_from(["dataset", "file"])),
        title=draw(texts.filter(bool)),
        data_description=draw(texts),
        publication_restrictions=draw(texts),
        keywords=draw(st.lists(texts, max_size=4).map(tuple)),
        licensing=draw(st.builds(Licensing, code=texts, title=texts, url=texts, is_open=st.booleans())),
        date_of_data_validity=Validity(start=start, end=end),
        coverage=draw(st.lists(numbers, max_size=5).map(tuple)),
        channels=(ChannelEntry(**{**dict(channel), "name": draw(texts), "mean": draw(numbers)}),),
        provider=draw(st.none() | st.builds(Party, code=texts, name=texts, homepage=texts)),
        access=draw(terms),
        issued_at=draw(st.none() | instants),
        details=draw(st.lists(st.builds(Detail, label=texts, value=texts), max_size=3).map(tuple)),
    )
