"""What ``fairwatt verify --online`` asks a portal: which certificate names a hash, its signature, and the keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from fairwatt.core.errors import InvalidInput, NotFound, SourceUnavailable

KEYS_PATH = "/.well-known/jwks.json"
_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a portal sent, as text."""

    certificate: str
    jws: str
    keys: str


def fetch_papers(portal: str, hashes: Sequence[str]) -> Fetched:
    """Fetch the certificate that names one of these hashes, with its signature and the portal's keys.

    Raises
    ------
    NotFound
        Where the portal knows none that it would show to everybody.
    SourceUnavailable
        Where it does not answer.
    """
    with _client(portal) as client:
        for digest in hashes:
            found = _get(client, f"/verify/?sha256={digest}&format=json").json().get("found", [])
            if found:
                first = found[0]
                return Fetched(
                    _get(client, first["certificate"]).text, _get(client, first["signature"]).text, _keys(client)
                )
    raise NotFound(
        f"{portal} knows no certificate that names this file.",
        next_step="Data that are not open to everybody are told of to nobody here: use --certificate.",
    )


def fetch_keys(portal: str) -> str:
    """Fetch a portal's public keys.

    Raises
    ------
    SourceUnavailable
        Where it does not answer.
    """
    with _client(portal) as client:
        return _keys(client)


def _client(portal: str) -> httpx.Client:
    if not portal.startswith(("http://", "https://")):
        raise InvalidInput(f"'{portal}' is no address of a portal.", where={"field": "online"})
    return httpx.Client(base_url=portal.rstrip("/"), timeout=_TIMEOUT_S, follow_redirects=True)


def _keys(client: httpx.Client) -> str:
    return _get(client, KEYS_PATH).text


def _get(client: httpx.Client, address: str) -> httpx.Response:
    try:
        response = client.get(address, headers={"Accept": "*/*"})
        response.raise_for_status()
    except httpx.HTTPError as error:
        raise SourceUnavailable(f"The portal did not answer as expected: {error}.") from error
    return response
