"""Licences a dataset may be shared under, with what they allow in one plain sentence."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from fairwatt.core.metadata.words import Text


class Licensing(BaseModel):
    """The licence on a certificate (LEO's "Licensing").

    Attributes
    ----------
    code
        SPDX identifier, or the project's own code; "" where none has been stated.
    url
        The licence's text; "" where it has no public address (a Data Sharing Agreement).
    is_open
        Whether it lets anyone use, change and share the data.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Text = ""
    title: Text = ""
    url: Text = ""
    is_open: bool = False

    @property
    def is_stated(self) -> bool:
        """Whether somebody has chosen a licence."""
        return bool(self.code)

    @property
    def address(self) -> str:
        """The address that programs know the licence by: the one registered at SPDX, else its text, else ""."""
        known = _KNOWN.get(self.code)
        return known.registered or known.url if known else self.url


class _Known(NamedTuple):
    title: str
    url: str
    sentence: str
    registered: str = ""  # at SPDX, where that is another address of it: programs compare letter by letter


_CREDIT = "You may use, change and share these data for any purpose"
_KNOWN: dict[str, _Known] = {
    "CC-BY-4.0": _Known(
        "Creative Commons Attribution 4.0",
        "https://creativecommons.org/licenses/by/4.0/",
        f"{_CREDIT}, if you name the source.",
    ),
    "CC-BY-SA-4.0": _Known(
        "Creative Commons Attribution-ShareAlike 4.0",
        "https://creativecommons.org/licenses/by-sa/4.0/",
        f"{_CREDIT}, if you name the source and share what you make of them in the same way.",
    ),
    "CC-BY-NC-4.0": _Known(
        "Creative Commons Attribution-NonCommercial 4.0",
        "https://creativecommons.org/licenses/by-nc/4.0/",
        "You may use, change and share these data for purposes that are not commercial, if you name the source.",
    ),
    "CC0-1.0": _Known(
        "Creative Commons Zero 1.0",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        f"{_CREDIT}, without any condition.",
    ),
    "OGL-UK-3.0": _Known(
        "Open Government Licence v3.0",
        "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        f"{_CREDIT}, if you name the source.",
        "http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    ),
    "ODbL-1.0": _Known(
        "Open Data Commons Open Database License 1.0",
        "https://opendatacommons.org/licenses/odbl/1-0/",
        f"{_CREDIT}, if you name the source and keep databases made from them under the same licence.",
        "http://www.opendatacommons.org/licenses/odbl/1.0/",
    ),
    "ODC-By-1.0": _Known(
        "Open Data Commons Attribution License 1.0",
        "https://opendatacommons.org/licenses/by/1-0/",
        f"{_CREDIT}, if you name the source.",
        "https://opendatacommons.org/licenses/by/1.0/",
    ),
}


def find_licensing(code: str) -> Licensing | None:
    """Find a well-known licence by its SPDX code."""
    known = _KNOWN.get(code)
    if known is None:
        return None
    return Licensing(code=code, title=known.title, url=known.url, is_open=code != "CC-BY-NC-4.0")


def say_licence(licensing: Licensing) -> str:
    """Say in one plain sentence what the licence lets a reader do."""
    known = _KNOWN.get(licensing.code)
    if known is not None:
        return known.sentence
    if not licensing.is_stated:
        return "No licence has been stated: ask the provider before you use these data."
    if licensing.is_open:
        return f"You may use these data under {licensing.title or licensing.code}."
    return f"Use is governed by {licensing.title or licensing.code}: only as agreed with the provider."
