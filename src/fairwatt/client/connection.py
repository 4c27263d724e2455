"""One connection to a Fairwatt server: the token, patience, and problems turned into the house's errors."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Self

import httpx

from fairwatt.core import errors

USER_AGENT: Final = "fairwatt-client/1"
PATIENCE_S: Final = 60.0
_RETRIED: Final = frozenset({"GET", "HEAD"})

_BY_CODE: Final[dict[str, type[errors.FairwattError]]] = {
    kind.code: kind
    for kind in (
        errors.InvalidInput,
        errors.UnreadableFile,
        errors.NotFound,
        errors.NotSignedIn,
        errors.NotAllowed,
        errors.Conflict,
        errors.TooLarge,
        errors.SourceUnavailable,
        errors.StorageFull,
        errors.InsufficientData,
        errors.Cancelled,
        errors.ChecksumMismatch,
    )
}
_BY_STATUS: Final[dict[int, type[errors.FairwattError]]] = {
    401: errors.NotSignedIn,
    403: errors.NotAllowed,
    404: errors.NotFound,
    409: errors.Conflict,
    410: errors.NotFound,
    413: errors.TooLarge,
    423: errors.Conflict,
    460: errors.ChecksumMismatch,
    507: errors.StorageFull,
}


def error_of(response: httpx.Response) -> errors.FairwattError:
    """Turn an answer of 400 or more into the error of the house that it stands for.

    >>> error_of(httpx.Response(404, json={"type": "x#problem-not-found", "detail": "No.", "next": ""}))
    NotFound('No.')
    """
    try:
        content = response.json()
    except ValueError:
        content = {}
    problem: Mapping[str, Any] = content if isinstance(content, dict) else {}
    message = str(problem.get("detail") or f"The server answered {response.status_code}.")
    next_step = str(problem.get("next") or "")
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return errors.TooManyRequests(message, retry_after_s=_retry_after_s(response), next_step=next_step)
    code = str(problem.get("type", "")).rpartition("#problem-")[2]
    fallback = errors.SourceUnavailable if response.status_code >= 500 else errors.InvalidInput  # noqa: PLR2004
    kind = _BY_CODE.get(code) or _BY_STATUS.get(response.status_code, fallback)
    where = problem.get("where")
    return kind(message, where=where if isinstance(where, dict) else {}, next_step=next_step)


def _retry_after_s(response: httpx.Response) -> int:
    text = response.headers.get("Retry-After", "")
    return max(1, int(text)) if text.isdigit() else 1


class Connection:
    """Ask a server, with patience where asking again is safe.

    Parameters
    ----------
    url
        Where the platform is: ``https://data.example.org``.
    token
        A bearer token from the account page, or None for what is open to everyone.
    timeout_s
        How long to wait for each piece of an answer [s].
    transport
        For tests: what carries the requests instead of the network.
    sleep
        For tests: what waits.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        timeout_s: float = 60.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise errors.InvalidInput(
                f"'{url}' is not the address of a server.",
                where={"field": "url"},
                next_step="Give it with https:// before its name.",
            )
        headers = {"User-Agent": USER_AGENT}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self.url = url.rstrip("/")
        self.sleep = sleep
        self._http = httpx.Client(
            base_url=self.url, headers=headers, timeout=timeout_s, transport=transport, follow_redirects=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask and return the answer, its body read.

        GET and HEAD are asked again for up to a minute where the server says "later" or does not answer.

        Raises
        ------
        FairwattError
            The one that the server's problem stands for; SourceUnavailable where it can't be reached.
        """
        waited_s = 0.0
        while True:
            try:
                return self._ask(method, path, **options)
            except (errors.TooManyRequests, errors.SourceUnavailable) as error:
                pause_s = float(getattr(error, "retry_after_s", max(1.0, waited_s)))
                if method not in _RETRIED or waited_s + pause_s > PATIENCE_S:
                    raise
                self.sleep(pause_s)
                waited_s += pause_s

    def once(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask a single time; like :meth:`request` otherwise."""
        return self._ask(method, path, **options)

    @contextmanager
    def stream(self, path: str, **options: Any) -> Iterator[httpx.Response]:
        """GET with a body that is read as it comes; a transfer that breaks off raises SourceUnavailable."""
        try:
            with self._http.stream("GET", path, **options) as response:
                if response.status_code >= httpx.codes.BAD_REQUEST:
                    response.read()
                    raise error_of(response)
                yield response
        except httpx.TransportError as error:
            raise _unreachable(self.url, error) from error

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise _unreachable(self.url, error) from error
        if response.status_code >= httpx.codes.BAD_REQUEST:
            raise error_of(response)
        return response


def _unreachable(url: str, error: Exception) -> errors.SourceUnavailable:
    return errors.SourceUnavailable(
        f"The connection to {url} failed: {error or type(error).__name__}.",
        where={"server": url},
        next_step="Check the address and the network, and try again; uploads and downloads go on where they were.",
    )
