"""Ranges, conditional requests and digests of served files."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from django.http import HttpResponseBase
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.api.ranges import Span, UnsatisfiableRange, parse_range, serve_file
from fairwatt.core.errors import NotFound

CONTENT = bytes(range(256)) * 3000
DIGEST = sha256(CONTENT).hexdigest()
ETAG = f'"{DIGEST}"'


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / DIGEST
    path.write_bytes(CONTENT)
    return path


def ask(path: Path, method: str = "GET", *, media_type: str = "text/csv", **headers: str) -> HttpResponseBase:
    request = RequestFactory().generic(method, "/x", headers=headers)
    answer = serve_file(request, path=path, name="Café 1.csv", size=len(CONTENT), sha256=DIGEST, media_type=media_type)
    answers.append(answer)
    return answer


answers: list[HttpResponseBase] = []


@pytest.fixture(autouse=True)
def _every_answer_is_closed() -> Iterator[None]:
    yield
    while answers:
        answers.pop().close()


def body(answer: HttpResponseBase) -> bytes:
    with closing(answer):
        return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_the_whole_file_is_served_as_an_attachment_with_its_digest(stored: Path) -> None:
    answer = ask(stored)
    assert answer.status_code == 200
    assert body(answer) == CONTENT
    assert answer["Content-Length"] == str(len(CONTENT))
    assert answer["ETag"] == ETAG
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["Repr-Digest"] == f"sha-256=:{b64encode(sha256(CONTENT).digest()).decode()}:"
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''Caf%C3%A9%201.csv"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Content-Type"] == "text/csv"


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=300000-600000", 300_000, 600_001),
        ("bytes=767999-", 767_999, 768_000),
        ("bytes=-8", 767_992, 768_000),
        ("bytes=-99999999", 0, 768_000),
        ("bytes=5-99999999", 5, 768_000),
        ("BYTES = 5-6", 5, 7),
    ],
)
def test_a_range_gets_exactly_its_bytes(stored: Path, header: str, start: int, end: int) -> None:
    answer = ask(stored, Range=header)
    assert answer.status_code == 206
    assert body(answer) == CONTENT[start:end]
    assert answer["Content-Range"] == f"bytes {start}-{end - 1}/{len(CONTENT)}"
    assert answer["Content-Length"] == str(end - start)


@pytest.mark.parametrize("header", ["bytes=768000-", "bytes=-0", "bytes=99999999999999999999999-"])
def test_a_range_outside_the_file_is_refused_with_its_size(stored: Path, header: str) -> None:
    answer = ask(stored, Range=header)
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{len(CONTENT)}"
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("header", ["bytes=", "bytes=-", "bytes=b-c", "items=0-5", "bytes=9-3", "bytes=0-1,5-6", "0-5"])
def test_a_range_that_is_none_is_ignored(stored: Path, header: str) -> None:
    answer = ask(stored, Range=header)
    assert answer.status_code == 200
    assert body(answer) == CONTENT


def test_head_says_the_length_and_sends_nothing(stored: Path) -> None:
    answer = ask(stored, "HEAD", Range="bytes=0-4")
    assert answer.status_code == 200
    assert answer["Content-Length"] == str(len(CONTENT))
    assert answer["ETag"] == ETAG
    assert body(answer) == b""


@pytest.mark.parametrize("tags", [ETAG, f"W/{ETAG}", "*", f'"other", {ETAG}'])
def test_who_has_the_bytes_is_not_sent_them_again(stored: Path, tags: str) -> None:
    answer = ask(stored, **{"If-None-Match": tags})
    assert answer.status_code == 304
    assert answer["ETag"] == ETAG
    assert body(answer) == b""


def test_another_tag_gets_the_bytes(stored: Path) -> None:
    assert ask(stored, **{"If-None-Match": '"other"'}).status_code == 200


def test_if_match_with_another_tag_fails(stored: Path) -> None:
    assert ask(stored, **{"If-Match": '"other"'}).status_code == 412
    assert ask(stored, **{"If-Match": ETAG}).status_code == 200


@pytest.mark.parametrize(
    ("condition", "status"),
    [(ETAG, 206), ('"other"', 200), (f"W/{ETAG}", 200), ("Wed, 21 Oct 2015 07:28:00 GMT", 200)],
)
def test_if_range_sends_the_whole_when_the_file_is_another(stored: Path, condition: str, status: int) -> None:
    assert ask(stored, Range="bytes=0-4", **{"If-Range": condition}).status_code == status


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", ""])
def test_markup_is_never_served_as_markup(stored: Path, media_type: str) -> None:
    assert ask(stored, media_type=media_type)["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    "media_type", ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/geo+json"]
)
def test_data_are_sent_as_what_they_are(stored: Path, media_type: str) -> None:
    assert ask(stored, media_type=media_type)["Content-Type"] == media_type


def test_missing_bytes_are_an_error_and_a_shorter_file_breaks_the_transfer(stored: Path) -> None:
    stored.write_bytes(CONTENT[:-1])
    with pytest.raises(OSError, match="shorter than its record"):
        body(ask(stored))
    stored.unlink()
    for method in ("GET", "HEAD"):
        with pytest.raises(NotFound):
            ask(stored, method)


@given(size=st.integers(0, 50), first=st.none() | st.integers(0, 60), last=st.none() | st.integers(0, 60))
def test_every_range_lies_within_the_file(size: int, first: int | None, last: int | None) -> None:
    header = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    try:
        span = parse_range(header, size)
    except UnsatisfiableRange:
        assert (first is not None and first >= size) or (first is None and (last == 0 or size == 0))
        return
    if span is None:
        assert (first is None and last is None) or (first is not None and last is not None and last < first)
        return
    whole = range(size)
    expected = whole[-last:] if first is None else whole[first : None if last is None else last + 1]
    assert span == Span(expected.start, expected.stop)


def test_bytes_that_are_not_on_this_machine_are_read_from_where_they_are() -> None:
    def read(start: int, end: int) -> Iterator[bytes]:
        yield from (CONTENT[at : min(at + 1_000, end)] for at in range(start, end, 1_000))

    for header, status, start, end in (("", 200, 0, len(CONTENT)), ("bytes=5-2004", 206, 5, 2_005)):
        request = RequestFactory().get("/x", headers={"Range": header} if header else {})
        answer = serve_file(
            request, path=None, read=read, name="1.csv", size=len(CONTENT), sha256=DIGEST, media_type="text/csv"
        )
        assert (answer.status_code, body(answer)) == (status, CONTENT[start:end])
