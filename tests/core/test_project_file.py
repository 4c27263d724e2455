"""The project file: what a fast-follower may edit, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

import fairwatt
from fairwatt.core.errors import InvalidInput
from fairwatt.core.project import parse_project

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

    assert caught.value.where == {"file": "project.toml", "entry": "trials.0.procedures.0.steps.0"}


def test_an_unknown_entry_is_refused_rather_than_ignored() -> None:
    with pytest.raises(InvalidInput, match=r"partners\.0\.nmae"):
        parse_project('[[partners]]\ncode = "AB"\nname = "A"\nnmae = "typo"')
