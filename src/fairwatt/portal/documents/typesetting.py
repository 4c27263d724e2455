"""Typeset a template of this folder as tagged PDF, with the fonts that come with the package."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import typst

_FOLDER = Path(__file__).parent


def typeset(template: str, data: Mapping[str, object]) -> bytes:
    """Typeset a template with its data.

    Parameters
    ----------
    template
        The file's name in this folder.
    data
        What the template reads; goes through JSON.

    Returns
    -------
    bytes
        A PDF with its fonts embedded; PDF/UA-1 where our font has every sign of the text.
    """
    texts = {"data": json.dumps(data)}
    try:
        return _compile(template, texts, standard="ua-1", ignore_system_fonts=True)
    except typst.TypstError:
        # PDF/UA refuses a sign that our font lacks (a Chinese title, say): use what the machine has
        return _compile(template, texts, standard="1.7", ignore_system_fonts=False)


def _compile(
    template: str, texts: dict[str, str], *, standard: Literal["ua-1", "1.7"], ignore_system_fonts: bool
) -> bytes:
    return typst.compile(
        _FOLDER / template,
        format="pdf",
        font_paths=[_FOLDER / "fonts"],
        ignore_system_fonts=ignore_system_fonts,
        sys_inputs=texts,
        pdf_standards=standard,
    )
