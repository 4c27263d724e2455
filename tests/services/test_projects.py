"""The project file, read again when it changes, and the tables kept in step with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from fairwatt.core.errors import InvalidInput
from fairwatt.records.models import Organization, Procedure, Trial
from fairwatt.services.projects import get_project, sync_project
from tests.services import stock
from tests.services.stock import NOW

TEXT = """
[[partners]]
code = "LCH"
name = "Low Carbon Hub"
[[trials]]
code = "A1"
title = "Peak"
[[trials.procedures]]
code = "P1"
title = "Baseline"
[[trials.procedures]]
code = "P2"
title = "Event"
"""


@pytest.fixture
def path(tmp_path: Path, settings: Any) -> Path:
    settings.FAIRWATT_PROJECT_FILE = tmp_path / "project.toml"
    settings.FAIRWATT_PROJECT_FILE.write_text(TEXT)
    return Path(settings.FAIRWATT_PROJECT_FILE)


def _edit(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))
    later = path.stat().st_mtime + 5
    os.utime(path, (later, later))


def test_an_edited_project_file_counts_without_a_restart(path: Path) -> None:
    first = get_project()
    assert get_project() is first
    _edit(path, "Low Carbon Hub", "The Hub of Low Carbon")
    assert get_project().partners[0].name == "The Hub of Low Carbon"


def test_a_missing_or_faulty_project_file_is_said_with_what_to_do(path: Path) -> None:
    for content, said in (
        (b"\xff\xfe", "not UTF-8"),
        (b"[[partners", "not valid TOML"),
        (b"", "partners"),
    ):
        path.write_bytes(content)
        with pytest.raises(InvalidInput, match=said):
            get_project()
    path.unlink()
    with pytest.raises(InvalidInput, match="There is no project file") as refusal:
        get_project()
    assert "fairwatt start" in refusal.value.next_step


def test_a_byte_order_mark_from_a_windows_editor_does_no_harm(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    assert get_project().partners[0].code == "LCH"


@pytest.mark.django_db
def test_the_tables_follow_the_file_and_forget_nothing(path: Path) -> None:
    sync_project(at=NOW)
    sync_project(at=NOW)
    assert list(Organization.objects.values_list("code", "name", "is_partner")) == [("LCH", "Low Carbon Hub", True)]
    assert list(Procedure.objects.values_list("trial__code", "code", "position")) == [("A1", "P1", 1), ("A1", "P2", 2)]
    stock.dataset(trial=Trial.objects.get())
    _edit(path, 'code = "P2"\ntitle = "Event"', 'code = "P3"\ntitle = "New"')
    _edit(path, '"LCH"', '"lch"')
    _edit(path, '"Peak"', '"Peak management"')
    sync_project(at=NOW)
    assert Trial.objects.get().title == "Peak management"
    assert dict(Procedure.objects.values_list("code", "in_project_file")) == {"P1": True, "P2": False, "P3": True}
    assert Organization.objects.filter(code__iexact="LCH").count() == 1
    _edit(path, 'code = "A1"', 'code = "B1"')
    sync_project(at=NOW)
    assert dict(Trial.objects.values_list("code", "in_project_file")) == {"A1": False, "B1": True}
