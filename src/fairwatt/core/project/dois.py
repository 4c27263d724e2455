"""Whether datasets get DOIs, and in whose name."""

from __future__ import annotations

from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from fairwatt.core.project.entries import Entry

_API = {False: "https://api.datacite.org", True: "https://api.test.datacite.org"}
_RESOLVER = {False: "https://doi.org", True: "https://handle.test.datacite.org"}
_OWN_MACHINE = {"127.0.0.1", "localhost", "::1"}


class DataCite(Entry):
    """The repository at DataCite that datasets and their versions are given DOIs by; without it they get none.

    Every DOI begins with ``prefix``: ``10.`` and a number that DataCite gave. ``repository`` is the account's name
    (``TCC.LEO``); its password is in the environment (``FAIRWATT_DATACITE_PASSWORD``), never here. With ``test`` they
    go to DataCite's test system, where they mean nothing: try it out first, as DOIs that are given for good can't be
    taken back. ``api`` is the address of the REST API, where it is another than DataCite's.
    """

    prefix: str = Field(pattern=r"^10\.\d{4,9}$")
    repository: str = Field(pattern=r"^[A-Za-z0-9]+\.[A-Za-z0-9]+$")
    test: bool = True
    api: str = ""

    @model_validator(mode="after")
    def _password_stays_private(self) -> Self:
        parts = urlsplit(self.api)
        if self.api and parts.scheme != "https" and parts.hostname not in _OWN_MACHINE:
            raise ValueError("api must begin with https://: a password goes with every request")
        return self

    @property
    def api_url(self) -> str:
        """Where DataCite is asked."""
        return (self.api or _API[self.test]).rstrip("/")

    def name_for(self, key: str) -> str:
        """The DOI of a dataset or version with this key: the same each time, so that none is given twice.

        >>> DataCite(prefix="10.5072", repository="TCC.LEO").name_for("0000000GNP8")
        '10.5072/0000000gnp8'
        """
        return f"{self.prefix}/{key}".lower()

    def address_of(self, name: str) -> str:
        """Where a DOI leads from."""
        return f"{_RESOLVER[self.test]}/{name}"
