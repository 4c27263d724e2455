"""What ``fairwatt verify --online`` asks a portal: which certificate names a hash, its signature, and the keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

import httpx

from fairwatt.core.errors import InvalidInput, NotFound, SourceUnavailable

KEYS_PATH = "/.well-known/jwks.json"
_TIMEOUT_S = 30.0
_NEXT = "Give the address of its front page, as the browser shows it."


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a portal sent, as text; ``standing`` is what is gone since it was certified.

    ``is_former`` says that just what was asked about was erased: it is not certified any more.
    """

    certificate: str
    jws: str
    standing: str = ""
    is_former: bool = False


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
                certificate, signature, standing, is_former = found
                return Fetched(_get(client, certificate).text, _get(client, signature).text, standing, is_former)
    raise NotFound(
        f"{portal} knows no certificate that names this file.",
        next_step="Data that are not open to everybody are told of to nobody here: use --certificate. "
        "Where parts were erased since they were certified, the dataset's page says so.",
    )


def fetch_standing(portal: str, hashes: Sequence[str]) -> tuple[str, bool]:
    """Ask what is gone of what is certified with one of these hashes since then; "" where nothing is, or none is known.

    And whether just that was erased, and is not certified any more.

    Raises
    ------
    SourceUnavailable
        Where the portal does not answer, or not as a portal does.
    """
    with _client(portal) as client:
        asked = (_find(_get(client, f"/verify/?sha256={digest}&format=json"), portal) for digest in hashes)
        return next(((found[2], found[3]) for found in asked if found), ("", False))


def fetch_package_standing(portal: str, code: str, key: str) -> tuple[str, bool]:
    """Ask whether parts of a trial's package were erased since it was certified: what is said then, and whether.

    Raises
    ------
    SourceUnavailable
        Where the portal does not answer.
    """
    with _client(portal) as client:
        try:
            response = client.get(f"/trials/{quote(code)}/packages/{quote(key)}.certificate.json")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SourceUnavailable(f"The portal did not answer as expected: {error}.") from error
    is_former = response.status_code == HTTPStatus.GONE
    return ("Parts of the data in this package were erased." if is_former else "", is_former)


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


def _find(response: httpx.Response, portal: str) -> tuple[str, str, str, bool] | None:
    """The addresses of the certificate and the signature that a portal names first, its standing, and whether it is of
    before; None where it knows none."""
    try:
        found = response.json()["found"]
        if not found:
            return None
        first = found[0]
        standing, is_former = str(first.get("standing", "")), bool(first.get("is_former", False))
        return str(first["certificate"]), str(first["signature"]), standing, is_former
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise SourceUnavailable(f"{portal} did not answer as a portal does.", next_step=_NEXT) from error


def _get(client: httpx.Client, address: str) -> httpx.Response:
    try:
        response = client.get(address, headers={"Accept": "*/*"})
        response.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SourceUnavailable(f"The portal did not answer as expected: {error}.") from error
    return response
