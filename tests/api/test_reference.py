"""The reference says what the code says, on the portal and in the docs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from fairwatt.api.problems import problem_codes
from fairwatt.api.v1.describing import describe_api

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.one_database
def test_the_page_in_the_docs_is_up_to_date() -> None:
    answer = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate_api.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.stderr, answer.returncode) == ("", 0)


def test_the_portals_page_describes_every_operation_and_problem_under_its_anchor(ask: Client, db: None) -> None:
    answer = ask.get("/api/v1/docs")
    assert answer.status_code == 200
    page = answer.content.decode()
    anchors = re.findall(r'id="([^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    reference = describe_api()
    for section in reference.sections:
        for operation in section.operations:
            assert operation.id in anchors
            assert operation.path in page
    for code in problem_codes():
        assert f"problem-{code}" in anchors
    for target in re.findall(r'href="#([^"]+)"', page):
        assert target in anchors


def test_the_portals_page_needs_no_script_and_asks_no_other_host(ask: Client, db: None) -> None:
    answer = ask.get("/api/v1/docs")
    assert "script-src 'self' 'nonce-" in answer["Content-Security-Policy"]
    sources = re.findall(r'(?:src|href)="(https?://[^"]+)"', answer.content.decode())
    assert sources == []


def test_every_problem_that_is_raised_is_explained() -> None:
    """Codes stand in the reference: of the house's errors, and of those that the API adds."""
    import fairwatt.api.tus  # noqa: PLC0415
    import fairwatt.api.v1.api  # noqa: F401, PLC0415
    from fairwatt.core.errors import FairwattError  # noqa: PLC0415

    def family(kind: type[FairwattError]) -> set[type[FairwattError]]:
        return {kind}.union(*(family(child) for child in kind.__subclasses__()))

    raised = {kind.code for kind in family(FairwattError) if kind is not FairwattError}
    assert raised - set(problem_codes()) == set()
