"""Findings about the headings of a table: where they stand once more, or where another table's begins."""

from __future__ import annotations

from fairwatt.core.files.layout import Layout
from fairwatt.core.findings import Finding, Severity

STANDS_AGAIN = (
    "The header stands once more among the rows, as it does where files were put together. These lines hold no "
    "readings and are left out."
)


def heading_findings(layout: Layout) -> list[Finding]:
    """What was noticed of headings among the first rows of data.

    Parameters
    ----------
    layout
        The table's layout.
    """
    found: list[Finding] = []
    if layout.repeated:
        found.append(
            Finding(
                code="repeated-header",
                severity=Severity.INFO,
                count=len(layout.repeated),
                where=_places(layout.repeated),
                message=STANDS_AGAIN,
            )
        )
    if layout.headings:
        found.append(
            Finding(
                code="other-heading",
                count=len(layout.headings),
                where=_places(layout.headings),
                message="Among the rows stand words where numbers and times are usual, as the heading of another table "
                "would. These lines are left out; look whether the rows below them mean the same as those above.",
            )
        )
    return found


def _places(lines: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(f"line {line:,}" for line in lines[:10])
