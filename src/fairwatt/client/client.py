"""The client: one method for each thing the API can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel

from fairwatt.client.connection import Connection
from fairwatt.client.downloads import fetch_file
from fairwatt.client.models import Channel, Dataset, Deposit, DepositedFile, File, Limits, Receipt
from fairwatt.client.uploads import CHUNK_BYTES, Memory, Sending
from fairwatt.core.errors import InvalidInput

if TYPE_CHECKING:
    import polars as pl

Progress = Callable[[int, int], None]
_Model = TypeVar("_Model", bound=BaseModel)
_API = "/api/v1"
_ARROW = "application/vnd.apache.arrow.stream"


class Client:
    """Find, read and share a project's data from a program.

    Parameters
    ----------
    url
        Where the platform is.
    token
        A token from the account page (``fwt_…``); without one only open data are reached.
    timeout_s
        How long to wait for each piece of an answer [s].
    transport, sleep
        For tests: what carries requests instead of the network, and what waits.

    Examples
    --------
    >>> from fairwatt.client import Client
    >>> with Client("https://data.example.org", token="fwt_…") as client:  # doctest: +SKIP
    ...     for dataset in client.datasets("substation", origin="foreground"):
    ...         print(dataset.title, dataset.landing_page)
    ...     frame = client.readings(dataset.id, channels=["power_kw"], resolution="PT30M")
    """

    def __init__(self, url: str, token: str | None = None, **options: Any) -> None:
        self._connection = Connection(url, token, **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    # finding -------------------------------------------------------------------------------------------

    def datasets(self, text: str = "", **facets: str) -> Iterator[Dataset]:
        """Yield the catalogue's datasets that match, page by page as they are asked for.

        Parameters
        ----------
        text
            Words to look for; "" for all.
        facets
            ``origin``, ``trial``, ``procedure``, ``provider``, ``quantity``, ``resolution``, ``access``,
            ``licence``, ``format``, ``sort``: as the API documents them.

        Examples
        --------
        >>> titles = [d.title for d in client.datasets("heat pump", quantity="power")]  # doctest: +SKIP
        """
        return self._pages(Dataset, "/datasets", {"q": text, **facets})

    def dataset(self, dataset_id: str) -> Dataset:
        """One dataset, with its description, citation, and whether you may have its data."""
        return Dataset.model_validate(self._json(f"/datasets/{_part(dataset_id)}"))

    def certificate(self, dataset_id: str) -> dict[str, Any]:
        """The dataset's Data Certificate as JSON-LD."""
        answer = self._json(f"/datasets/{_part(dataset_id)}/certificate", accept="application/ld+json")
        return dict(answer)

    def files(self, dataset_id: str) -> Iterator[File]:
        """Yield the dataset's files."""
        return self._pages(File, f"/datasets/{_part(dataset_id)}/files", {})

    def file(self, file_id: str) -> File:
        """One file: its size, hash, and what reading it found."""
        return File.model_validate(self._json(f"/files/{_part(file_id)}"))

    def channels(self, dataset_id: str) -> list[Channel]:
        """The dataset's channels, with quantity and unit."""
        return list(self._pages(Channel, f"/datasets/{_part(dataset_id)}/channels", {}))

    # reading -------------------------------------------------------------------------------------------

    def readings(
        self,
        dataset_id: str,
        *,
        channels: Sequence[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        resolution: str = "raw",
        file: str = "",
        series: str = "",
    ) -> pl.DataFrame:
        """Fetch readings into one frame; see :meth:`iterate_readings` for more than fits in memory.

        Examples
        --------
        >>> day = client.readings(  # doctest: +SKIP
        ...     "x92k7zqp3m",
        ...     channels=["power_kw"],
        ...     start=datetime(2019, 11, 18, tzinfo=UTC),
        ...     end=datetime(2019, 11, 19, tzinfo=UTC),
        ...     resolution="PT30M",
        ... )
        """
        import polars as pl  # noqa: PLC0415 - half a second that uploads need not wait for

        frames = list(
            self.iterate_readings(
                dataset_id,
                channels=channels,
                start=start,
                end=end,
                resolution=resolution,
                file=file,
                series=series,
            )
        )
        return pl.concat(frames, how="vertical")

    def iterate_readings(
        self,
        dataset_id: str,
        *,
        channels: Sequence[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        resolution: str = "raw",
        file: str = "",
        series: str = "",
    ) -> Iterator[pl.DataFrame]:
        """Yield readings in frames as they arrive; at least one, empty where there are none.

        Parameters
        ----------
        channels
            Fields of :meth:`channels`; all where empty.
        start, end
            The period, half-open; both need a time zone. None for the beginning and the end of the data.
        resolution
            ``raw``, or an ISO 8601 duration such as ``PT30M``: then each channel has four columns, the mean, lowest
            and highest reading of each interval (``…_mean``, ``…_min``, ``…_max``) and how many stand behind them
            (``…_count``).
        file, series
            One file of the dataset; one meter of a file that holds several.

        Yields
        ------
        Frames with ``start`` (UTC, beginning of each interval), ``series`` where files hold several meters, and
        the channels' columns.

        Raises
        ------
        InvalidInput
            Where a time has no zone, or the server knows no such channel.
        SourceUnavailable
            Where the transfer breaks off: what came until then is not all.
        """
        from fairwatt.client.frames import read_arrow  # noqa: PLC0415 - as above

        query = {
            "channels": ",".join(channels),
            "start": _say_time(start, "start"),
            "end": _say_time(end, "end"),
            "resolution": resolution,
            "file": file,
            "series": series,
            "format": "arrow",
        }
        path = f"{_API}/datasets/{_part(dataset_id)}/readings"
        params = {key: value for key, value in query.items() if value}
        with self._connection.stream(path, params=params, headers={"Accept": _ARROW}) as response:
            yield from read_arrow(response)

    def download(self, file_id: str, target: Path | str = ".", *, on_progress: Progress | None = None) -> Path:
        """Fetch a file as it was received into ``target`` (a folder or a new path), and check its hash.

        A download that broke off goes on where it stopped when it is asked for again.

        Examples
        --------
        >>> path = client.download("k3v9w2hnpc", "data/")  # doctest: +SKIP
        """
        return fetch_file(self._connection, self.file(file_id), Path(target), on_progress=on_progress)

    # sharing -------------------------------------------------------------------------------------------

    def deposits(self) -> Iterator[Deposit]:
        """Yield your entries of the Data Sharing Log, the latest first."""
        return self._pages(Deposit, "/deposits", {})

    def deposit(self, code: str) -> Deposit:
        """One entry: its tasks, its files, what is asked about them and what was found in them."""
        return Deposit.model_validate(self._json(f"/deposits/{_part(code)}"))

    def start_deposit(self, origin: str, answers: Mapping[str, Mapping[str, Any]] | None = None) -> Deposit:
        """Begin an entry.

        Parameters
        ----------
        origin
            ``foreground`` or ``background``.
        answers
            Step → field → value, as ``GET /api/v1/deposits/{code}/steps/{slug}`` lists them.
        """
        body = {"origin": origin, "answers": {step: dict(fields) for step, fields in (answers or {}).items()}}
        return Deposit.model_validate(self._send("POST", "/deposits", body))

    def save_step(self, code: str, step: str, answers: Mapping[str, Any]) -> Deposit:
        """Answer one step of an entry."""
        self._send("PUT", f"/deposits/{_part(code)}/steps/{_part(step)}", {"answers": dict(answers)})
        return self.deposit(code)

    def answer_questions(self, file_id: str, answers: Mapping[str, str]) -> DepositedFile:
        """Answer what a file can't tell, such as ``{"time_zone": "UTC"}``; it is read again then."""
        answer = self._send("POST", f"/files/{_part(file_id)}/answers", {"answers": dict(answers)})
        return DepositedFile.model_validate(answer)

    def give_profile(self, file_id: str, *, profile_id: str = "", document: str = "") -> DepositedFile:
        """Have a file of a deposit read by a saved import profile, or by a document (TOML or JSON)."""
        given = {"profile": profile_id, "document": document}
        return DepositedFile.model_validate(self._send("POST", f"/files/{_part(file_id)}/profile", given))

    def submit_deposit(self, code: str) -> Deposit:
        """Hand an entry in for review."""
        return Deposit.model_validate(self._send("POST", f"/deposits/{_part(code)}/submit", None))

    def limits(self) -> Limits:
        """How much you may hand in, and how much room is left."""
        return Limits.model_validate(self._json("/limits"))

    def upload(
        self,
        path: Path | str,
        deposit: str,
        *,
        name: str = "",
        resume: bool = True,
        on_progress: Progress | None = None,
        memory: Memory | None = None,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> Receipt:
        """Send a file to a deposit; what arrived before a cut is not sent again.

        Parameters
        ----------
        path
            The file.
        deposit
            The deposit's code.
        name
            What it is called there; its own name by default.
        resume
            Whether an unfinished upload of an earlier run goes on, and this one is remembered.
        on_progress
            Called with the bytes that arrived and the size.

        Examples
        --------
        >>> receipt = client.upload("meter.csv", "D-2026-0007")  # doctest: +SKIP
        >>> receipt.sha256  # doctest: +SKIP
        """
        path = Path(path)
        if not path.is_file():
            raise InvalidInput(f"There is no file {path}.", where={"file": str(path)})
        sending = Sending(
            connection=self._connection,
            path=path,
            deposit=deposit,
            name=name or path.name,
            on_progress=on_progress,
            memory=(memory or Memory()) if resume else None,
            chunk_bytes=chunk_bytes,
        )
        return sending.send()

    # ---------------------------------------------------------------------------------------------------

    def _json(self, path: str, *, accept: str = "application/json") -> Any:
        return self._connection.request("GET", f"{_API}{path}", headers={"Accept": accept}).json()

    def _send(self, method: str, path: str, body: object) -> Any:
        return self._connection.request(method, f"{_API}{path}", json=body).json()

    def _pages(self, kind: type[_Model], path: str, query: Mapping[str, str]) -> Iterator[_Model]:
        params: dict[str, str] | None = {key: value for key, value in query.items() if value}
        following: str | None = f"{_API}{path}"
        while following:
            page = self._connection.request("GET", following, params=params).json()
            yield from (kind.model_validate(item) for item in page["items"])
            following, params = _path_of(page.get("next")), None


def _path_of(address: str | None) -> str | None:
    """The path and query of the next page: always on the server we talk to, whatever name it gives itself."""
    if not address:
        return None
    return httpx.URL(address).raw_path.decode("ascii")


def _part(text: str) -> str:
    if not text:
        raise InvalidInput("An id is missing.", next_step="Give the id that the catalogue lists.")
    return quote(text, safe="")


def _say_time(at: datetime | None, field: str) -> str:
    if at is None:
        return ""
    if at.tzinfo is None:
        raise InvalidInput(
            f"'{field}' has no time zone.",
            where={"field": field},
            next_step="Give it one: datetime(2026, 3, 1, tzinfo=UTC).",
        )
    return at.isoformat()


__all__ = ["Client", "Progress"]
