"""Keys, deposit codes, the project's file names, and safe names."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.identifiers import (
    ALPHABET,
    ark_of,
    check_key,
    clean_file_name,
    new_deposit_code,
    new_key,
    parse_file_identifier,
)
from fairwatt.core.project import Identifiers

PATTERN = Identifiers().file_pattern
numbers = st.integers(0, 2**70)
naans = st.sampled_from(["99999", "12148", "b7280"])


@given(numbers, naans)
def test_a_new_key_is_well_formed_and_checks(number: int, naan: str) -> None:
    key = new_key(number, naan=naan)
    assert len(key) == 11
    assert set(key) <= set(ALPHABET)
    assert check_key(key, naan)


@given(numbers, naans, st.integers(0, 10), st.sampled_from(ALPHABET))
def test_any_single_wrong_character_is_caught(number: int, naan: str, place: int, character: str) -> None:
    key = new_key(number, naan=naan)
    wrong = key[:place] + character + key[place + 1 :]
    assert check_key(wrong, naan) == (wrong == key)


@given(numbers, naans, st.integers(0, 8))
def test_swapped_neighbours_are_caught(number: int, naan: str, place: int) -> None:
    key = new_key(number, naan=naan)
    swapped = key[:place] + key[place + 1] + key[place] + key[place + 2 :]
    assert check_key(swapped, naan) == (swapped == key)


@given(st.text(max_size=30))
def test_any_text_may_be_checked(text: str) -> None:
    assert check_key(text) in {True, False}


def test_random_bytes_and_numbers_make_keys() -> None:
    assert new_key(bytes(7) + b"\x05") == new_key(5)
    assert ark_of("99999", new_key(5)) == f"ark:/99999/{new_key(5)}"


@given(numbers)
def test_deposit_codes_can_be_read_aloud(number: int) -> None:
    code = new_deposit_code(number)
    assert len(code) == 11
    assert code[0:2] == "D-"
    assert not set(code[2:]) & set("01OIL AEU")


def test_the_date_in_a_name_is_when_the_file_was_logged() -> None:
    assert parse_file_identifier("MVSA1_2_1_P11_LCH_01092020_LEOD041F06.txt", PATTERN) == {
        "identifier": "MVSA1_2_1_P11_LCH_01092020_LEOD041F06",
        "trial": "A1.2.1",
        "procedure": "P11",
        "partner": "LCH",
        "date": "2020-09-01",
        "dataset": "041",
        "file": "06",
    }


@pytest.mark.parametrize("ending", ["", ".csv", ".csv.gz", ".tar.gz", ".TXT"])
def test_the_ending_does_not_matter(ending: str) -> None:
    parts = parse_file_identifier(f"MVSA1_2_1_P11_LCH_01092020_LEOD041F06{ending}", PATTERN)
    assert parts is not None
    assert parts["file"] == "06"


def test_a_date_that_is_none_stays_as_it_stands() -> None:
    parts = parse_file_identifier("MVSA1_P1_LCH_99999999_LEOD1F1", PATTERN)
    assert parts is not None
    assert parts["date"] == "99999999"


@pytest.mark.parametrize("name", ["meter.csv", "", "MVS", "MVSA1_2_1_P11_LCH_01092020_LEOD041F06 copy.txt"])
def test_other_names_follow_no_grammar(name: str) -> None:
    assert parse_file_identifier(name, PATTERN) is None


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("meter.csv", "meter.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\meter.csv", "meter.csv"),
        ("a\x00b\x1f.csv", "ab.csv"),
        ("meter\u202efdp.exe", "meterfdp.exe"),
        ("con.csv", "con_.csv"),
        ('a<b>:"|?*.csv', "a_b______.csv"),
        ("  two   words .csv", "two words.csv"),
        ("...", "file"),
        ("", "file"),
        ("../", "file"),
        (".csv", "csv"),
        ("Zähler\n1.csv", "Zähler 1.csv"),
    ],
)
def test_names_are_made_safe(raw: str, clean: str) -> None:
    assert clean_file_name(raw) == clean


def test_a_name_of_300_characters_keeps_its_ending() -> None:
    clean = clean_file_name("x" * 300 + ".csv")
    assert len(clean) == 200
    assert clean.endswith("x.csv")


@given(st.text(max_size=400))
def test_every_clean_name_is_safe_and_cleaning_again_changes_nothing(raw: str) -> None:
    clean = clean_file_name(raw)
    assert 0 < len(clean) <= 200
    assert not set(clean) & set('/\\<>:"|?*')
    assert not any(unicodedata.category(c).startswith("C") for c in clean)
    assert clean not in {".", ".."}
    assert clean_file_name(clean) == clean
