"""Asking DataCite, under a repository account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import quote

import httpx

from fairwatt.connectors.datacite.mapping import Event, payload_of
from fairwatt.connectors.datacite.parse import DoiRecord, parse_record, refuse
from fairwatt.core.errors import NotFound, SourceUnavailable

_JSON_API = "application/vnd.api+json"
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_GRANTED = (HTTPStatus.OK, HTTPStatus.CREATED)


@dataclass(frozen=True, slots=True)
class Account:
    """Where DataCite is asked, by which repository. The password is in no text of it."""

    api: str
    repository: str
    password: str = field(repr=False)
    agent: str = "Fairwatt"


class DataCite:
    """A connection to DataCite; use it as a context. No redirect is followed: the password would go along."""

    def __init__(self, account: Account, *, timeout: httpx.Timeout = _TIMEOUT) -> None:
        self._client = httpx.Client(
            base_url=account.api,
            auth=(account.repository, account.password),
            headers={"Accept": _JSON_API, "Content-Type": _JSON_API, "User-Agent": account.agent},
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.close()

    def reserve(self, name: str, attributes: Mapping[str, Any]) -> DoiRecord:
        """Make a draft, which nobody else can see and which may still be given up.

        Raises
        ------
        DoiTaken
            Where there is such a DOI already.
        """
        return self._ask("POST", "/dois", payload_of(name, attributes))

    def change(self, name: str, attributes: Mapping[str, Any], event: Event) -> DoiRecord:
        """Send a DOI's metadata, with what is to become of its state."""
        return self._ask("PUT", f"/dois/{quote(name)}", payload_of(name, attributes, event))

    def find(self, name: str) -> DoiRecord | None:
        """Look a DOI up; None where the account has none of this name."""
        try:
            return self._ask("GET", f"/dois/{quote(name)}")
        except NotFound:
            return None

    def _ask(self, method: str, path: str, payload: dict[str, Any] | None = None) -> DoiRecord:
        try:
            answer = self._client.request(method, path, json=payload)
        except httpx.HTTPError as error:
            raise SourceUnavailable(f"DataCite can’t be reached ({type(error).__name__}).") from error
        if answer.status_code not in _GRANTED:
            refuse(answer.status_code, answer.text, answer.headers)
        return parse_record(answer.text)
