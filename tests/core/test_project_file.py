"""The project file: what a fast-follower may edit, and what it refuses."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fairwatt
from fairwatt.core.errors import InvalidInput
from fairwatt.core.project import parse_project
from fairwatt.core.project.audiences import AudienceWords, Readers

PACKAGE = Path(fairwatt.__file__).parent


@pytest.mark.parametrize("name", ["cli/demo/project.toml", "cli/project_template.toml"])
def test_the_files_we_ship_read_well(name: str) -> None:
    project = parse_project((PACKAGE / name).read_text(encoding="utf-8"))

    assert project.partners
    assert project.trials


def test_trials_are_found_whatever_their_case() -> None:
    project = parse_project((PACKAGE / "cli/demo/project.toml").read_text(encoding="utf-8"))

    assert project.find_trial("a1.2.1") is project.trials[0]
    assert project.find_trial("Z9") is None


def test_choices_without_the_type_choice_are_refused() -> None:
    text = """
        [[partners]]
        code = "AB"
        name = "A"
        [[trials]]
        code = "T1"
        title = "T"
        [[trials.procedures]]
        code = "P1"
        title = "P"
        steps = [{slug = "x", label = "X", type = "text", choices = ["a"]}]
    """

    with pytest.raises(InvalidInput, match="choices belong to type 'choice', and only there") as caught:
        parse_project(text)

    assert caught.value.where == {"file": "project.toml", "entry": "trial 1 (T1), procedure 1 (P1), step 1 (x)"}


def test_an_unknown_entry_is_refused_rather_than_ignored() -> None:
    with pytest.raises(InvalidInput, match=r"partner 1 \(AB\): nmae: there is no such entry\."):
        parse_project('[[partners]]\ncode = "AB"\nname = "A"\nnmae = "typo"')


PARTNER = '[[partners]]\ncode = "AB"\nname = "A"\n'


def test_audiences_that_are_not_named_keep_their_plain_names() -> None:
    audiences = parse_project(PARTNER).audiences

    assert audiences.words == AudienceWords("everyone", "signed-in people", "project partners")
    assert audiences.manager.name == "data managers"
    assert [(code, audience.release) for code, audience in audiences.readers()] == [
        ("public", ""),
        ("external", ""),
        ("partner", "now"),
    ]


def test_what_is_said_of_an_audience_is_kept_and_the_rest_stays() -> None:
    text = PARTNER + '[audiences.partner]\nname = "LEO partners"\n[audiences.public]\nrelease = 2027-01-01'

    audiences = parse_project(text).audiences

    assert (audiences.partner.name, audiences.partner.release) == ("LEO partners", "now")
    assert audiences.partner.description == "People of the organisations that make up the project."
    assert (audiences.public.name, audiences.public.release) == ("everyone", "2027-01-01")


@pytest.mark.parametrize(
    ("release", "ends", "proposal"),
    [
        ("", None, ("", "")),
        ("now", None, ("now", "")),
        ("Never", None, ("never", "")),
        ("2027-01-01", None, ("date", "2027-01-01")),
        ("trial end", date(2024, 2, 29), ("date", "2024-02-29")),
        ("trial end + 1 month", date(2024, 1, 31), ("date", "2024-02-29")),
        ("Trial  end +  12 months", date(2024, 2, 29), ("date", "2025-02-28")),
        ("trial end + 10 months", date(2024, 3, 15), ("date", "2025-01-15")),
        ("trial end + 12 months", None, ("", "")),
    ],
)
def test_a_release_proposes_a_day_where_it_can_be_told(
    release: str, ends: date | None, proposal: tuple[str, str]
) -> None:
    assert Readers(name="everyone", release=release).propose(ends) == proposal


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.integers(0, 240))
def test_months_after_a_trial_are_months(ends: date, months: int) -> None:
    _, text = Readers(name="everyone", release=f"trial end + {months} months").propose(ends)

    day = date.fromisoformat(text)
    assert (day.year - ends.year) * 12 + day.month - ends.month == months
    assert day.day == ends.day or (day.day < ends.day and (day.replace(day=28).day <= day.day))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[audiences.friends]\nname = "x"', "audiences.friends: there is no such entry"),
        ('[audiences.manager]\nrelease = "now"', "audiences.manager.release: there is no such entry"),
        ('[audiences.public]\nname = ""', "audiences.public.name: string should have at least 1 character"),
        ('[audiences.public]\nrelease = "soon"', "audiences.public.release: 'soon' is no release; write now, never"),
        ('[audiences.public]\nrelease = "2027-02-30"', "'2027-02-30' is no release"),
    ],
)
def test_a_fault_in_an_audience_is_named(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        parse_project(PARTNER + text)


def test_the_default_licence_is_one_of_the_licences() -> None:
    with pytest.raises(InvalidInput, match="default_licence 'MIT' is none of the licences: CC-BY"):
        parse_project('default_licence = "MIT"\n' + PARTNER)

    assert parse_project('default_licence = "DSA"\n' + PARTNER).default_licence == "DSA"


def test_entries_are_named_by_their_code_and_counted_from_one_and_all_faults_are_told() -> None:
    text = """
        [[partners]]
        code = "AB"
        name = "A"
        [[partners]]
        code = "C D"
        name = "C"
        [[trials]]
        code = "T1"
        title = "One"
        ends = 2024-13-01x
    """
    with pytest.raises(InvalidInput, match="is not valid TOML"):
        parse_project(text)

    with pytest.raises(InvalidInput) as caught:
        parse_project(text.replace("2024-13-01x", '"2024-02-30"'))

    assert caught.value.message == (
        "project.toml: partner 2 (C D): code: string should match pattern '^[A-Za-z0-9]{2,12}$'; "
        "trial 1 (T1): ends: day is out of range for month; trial 1 (T1): procedures: it is missing."
    )
    assert caught.value.where == {"file": "project.toml", "entry": "partner 2 (C D): code"}


DATACITE = '[[partners]]\ncode = "TCC"\nname = "Council"\n\n[datacite]\nprefix = "10.5072"\nrepository = "TCC.LEO"\n'


def test_an_account_at_datacite_is_one_for_trying_out_unless_it_is_said_to_be_none() -> None:
    tried, real = parse_project(DATACITE).datacite, parse_project(f"{DATACITE}test = false\n").datacite
    assert tried is not None
    assert real is not None
    assert (tried.api_url, real.api_url) == ("https://api.test.datacite.org", "https://api.datacite.org")
    name = tried.name_for("0000000gnp8")
    assert (tried.address_of(name), real.address_of(name)) == (
        "https://handle.test.datacite.org/10.5072/0000000gnp8",
        "https://doi.org/10.5072/0000000gnp8",
    )


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ('api = "http://elsewhere.example"', "a password goes with every request"),
        ('password = "x"', "there is no such entry"),
        ("test = 7", "test"),
    ],
    ids=["open-to-listeners", "secret", "no-truth"],
)
def test_an_account_that_would_give_its_password_away_is_refused(wrong: str, fault: str) -> None:
    with pytest.raises(InvalidInput, match=fault):
        parse_project(f"{DATACITE}{wrong}\n")
    assert parse_project(f'{DATACITE}api = "http://127.0.0.1:9"\n').datacite
