"""What ``fairwatt verify --online`` asks a portal: which certificate names a hash, its signature, and the keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from fairwatt.core.errors import InvalidInput, NotFound, SourceUnavailable

KEYS_PATH = "/.well-known/jwks.json"
_TIMEOUT_S = 30.0
_NEXT = "Give the address of its front page, as the browser shows it."


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a portal sent, as text; ``standing`` is what is gone since it was certified."""

    certificate: str
    jws: str
    standing: str = ""


def fetch_papers(portal: str, hashes: Sequence[str]) -> Fetched:
    """Fetch the certificate that names one of these hashes, with its signature.

    Raises
    ------
    NotFound
        Where the portal knows none that it would show to everybody.
    SourceUnavailable
        Where it does not answer, or not as a portal does.
    """
    with _client(portal) as client:
        for digest in hashes:
            if found := _find(_get(client, f"/verify/?sha256={digest}&format=json"), portal):
                certificate, signature, standing = found
                return Fetched(_get(client, certificate).text, _get(client, signature).text, standing)
    raise NotFound(
        f"{portal} knows no certificate that names this file.",
        next_step="Data that are not open to everybody are told of to nobody here: use --certificate. "
        "Where parts were erased since they were certified, the dataset's page says so.",
    )


def fetch_standing(portal: str, hashes: Sequence[str]) -> str:
    """Ask what is gone of what is certified with one of these hashes since then; "" where nothing is, or none is known.

    Raises
    ------
    SourceUnavailable
        Where the portal does not answer, or not as a portal does.
    """
    with _client(portal) as client:
        asked = (_find(_get(client, f"/verify/?sha256={digest}&format=json"), portal) for digest in hashes)
        return next((found[2] for found in asked if found), "")


def fetch_keys(portal: str) -> str:
    """Fetch a portal's public keys.

    Raises
    ------
    SourceUnavailable
        Where it does not answer.
    """
    with _client(portal) as client:
        return _get(client, KEYS_PATH).text


def _client(portal: str) -> httpx.Client:
    if not portal.startswith(("http://", "https://")):
        raise InvalidInput(f"'{portal}' is no address of a portal.", where={"field": "online"})
    try:
        return httpx.Client(base_url=portal.rstrip("/"), timeout=_TIMEOUT_S, follow_redirects=True)
    except httpx.InvalidURL as error:
        raise InvalidInput(f"'{portal}' is no address of a portal.", where={"field": "online"}) from error


def _find(response: httpx.Response, portal: str) -> tuple[str, str, str] | None:
    """The addresses of the certificate and the signature that a portal names first, and its standing; None where it
    knows none."""
    try:
        found = response.json()["found"]
        if not found:
            return None
        return str(found[0]["certificate"]), str(found[0]["signature"]), str(found[0].get("standing", ""))
    except (ValueError, LookupError, TypeError) as error:
        raise SourceUnavailable(f"{portal} did not answer as a portal does.", next_step=_NEXT) from error


def _get(client: httpx.Client, address: str) -> httpx.Response:
    try:
        response = client.get(address, headers={"Accept": "*/*"})
        response.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SourceUnavailable(f"The portal did not answer as expected: {error}.") from error
    return response
