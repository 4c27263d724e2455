"""A transfer that fails on its way never passes for a whole one."""

from __future__ import annotations

import csv
import io
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import polars as pl
import pyarrow as pa
import pytest
from django.test import RequestFactory

from fairwatt.api.streams import cut_connection, stream_response
from fairwatt.core.errors import InsufficientData

TABLE = pa.table({"start": ["2019-11-18T11:00:00Z", "2019-11-18T11:30:00Z"], "power_kw": [1.0, 2.0]})


def failing(*chunks: bytes) -> Iterator[bytes]:
    yield from chunks
    raise OSError("the disk is gone")


def sent(chunks: Iterator[bytes], media_type: str) -> bytes:
    """What arrives at the other end of a server that ends every response cleanly."""
    received: list[bytes] = []
    request = RequestFactory().get("/")
    answer = stream_response(request, chunks, media_type=media_type, filename="readings")
    with closing(answer), pytest.raises(OSError, match="the disk is gone"):
        received.extend(answer)
    return b"".join(received)


def test_a_cut_csv_is_refused_by_its_readers() -> None:
    received = sent(failing(b"start,power_kw\r\n2019-11-18T11:00:00Z,1\r\n"), "text/csv; charset=utf-8")
    with pytest.raises(pl.exceptions.ComputeError):
        pl.read_csv(io.BytesIO(received))
    with pytest.raises(csv.Error):
        list(csv.reader(io.StringIO(received.decode()), strict=True))


def test_a_cut_json_is_refused_by_its_readers() -> None:
    received = sent(failing(b'[{"power_kw":1}'), "application/json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(received)
    with pytest.raises(json.JSONDecodeError):
        json.loads(sent(failing(b'[{"power_kw":1}]'), "application/json"))


def test_a_cut_arrow_stream_is_refused_by_its_readers() -> None:
    sink = io.BytesIO()
    writer = pa.ipc.new_stream(sink, TABLE.schema)
    writer.write_table(TABLE)
    received = sent(failing(sink.getvalue()), "application/vnd.apache.arrow.stream")
    with pytest.raises((pa.ArrowInvalid, OSError)), pa.ipc.open_stream(received) as reader:
        reader.read_all()


def test_a_cut_parquet_is_refused_by_its_readers() -> None:
    sink = io.BytesIO()
    pa.parquet.write_table(TABLE, sink)
    received = sent(failing(sink.getvalue()[:-8]), "application/vnd.apache.parquet")
    with pytest.raises(pa.ArrowInvalid):
        pa.parquet.read_table(io.BytesIO(received))


def test_what_fails_at_once_is_an_error_before_the_answer_begins() -> None:
    def chunks() -> Iterator[bytes]:
        raise InsufficientData("There are no readings.")
        yield b""

    with pytest.raises(InsufficientData):
        stream_response(RequestFactory().get("/"), chunks(), media_type="text/csv", filename="x.csv")


def test_large_chunks_go_out_in_pieces_that_a_server_can_hold() -> None:
    chunks = [bytes([number]) * 3_000_001 for number in range(3)]
    answer = stream_response(RequestFactory().get("/"), iter(chunks), media_type="text/csv", filename="x.csv")
    with closing(answer):
        pieces = list(answer)
    assert b"".join(pieces) == b"".join(chunks)
    assert max(len(piece) for piece in pieces) == 256 * 1024


def test_head_makes_nothing() -> None:
    made: list[bytes] = []

    def chunks() -> Iterator[bytes]:
        made.append(b"x")
        yield b"x"

    stream_response(RequestFactory().head("/"), chunks(), media_type="text/csv", filename="x.csv").close()
    assert made == []


def test_whatever_makes_the_chunks_is_let_go_when_the_reader_leaves() -> None:
    closed: list[str] = []

    def chunks() -> Iterator[bytes]:
        try:
            while True:
                yield b"x"
        finally:
            closed.append("yes")

    answer = stream_response(RequestFactory().get("/"), chunks(), media_type="text/csv", filename="x.csv")
    assert next(iter(answer)) == b"x"
    answer.close()
    assert closed == ["yes"]


def test_the_only_connection_from_an_address_is_cut() -> None:
    with socket.create_server(("127.0.0.9", 0)) as listener:
        request = RequestFactory().get("/", REMOTE_ADDR="127.0.0.8")
        assert not cut_connection(request)
        with _connect("127.0.0.8", listener) as (near, far):
            far.sendall(b"half")
            assert cut_connection(request)
            assert near.recv(10) == b"half"
            assert near.recv(10) == b""


def test_of_several_connections_from_an_address_none_is_touched() -> None:
    with socket.create_server(("127.0.0.9", 0)) as listener:
        request = RequestFactory().get("/", REMOTE_ADDR="127.0.0.8")
        with _connect("127.0.0.8", listener) as (near, far), _connect("127.0.0.8", listener):
            assert not cut_connection(request)
            far.sendall(b"whole")
            assert near.recv(10) == b"whole"


def test_a_connection_that_we_opened_ourselves_is_not_touched() -> None:
    """A database on this machine has the same address at the other end as a visitor from here."""
    accepted: list[socket.socket] = []
    with socket.create_server(("127.0.0.9", 0)) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=lambda: accepted.append(listener.accept()[0]))
        thread.start()
        ours = socket.create_connection(("127.0.0.9", port))
        thread.join()
        listener.close()
        with ours, accepted[0]:
            assert not cut_connection(RequestFactory().get("/", REMOTE_ADDR="127.0.0.9"))


class _connect:  # noqa: N801 - used as a function
    """Both ends of a connection from ``address``."""

    def __init__(self, address: str, listener: socket.socket) -> None:
        self._near = socket.create_connection(listener.getsockname(), source_address=(address, 0))
        self._far, _ = listener.accept()

    def __enter__(self) -> tuple[socket.socket, socket.socket]:
        return self._near, self._far

    def __exit__(self, *exc: object) -> None:
        self._near.close()
        self._far.close()
