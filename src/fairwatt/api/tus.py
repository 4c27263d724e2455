"""Resumable uploads: tus 1.0 with creation, creation-with-upload, termination, checksum and expiration.

The body of a PATCH is read in small pieces and handed on as it comes: what arrived before a cut stays. The
protocol is described at https://tus.io/protocols/resumable-upload. An upload belongs to a deposit, named by
``deposit`` in ``Upload-Metadata``; the file's name stands in ``filename`` there.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt

from fairwatt.api.authentication import authenticate
from fairwatt.api.problems import problem, problem_from_answer, problem_of
from fairwatt.core.errors import InvalidInput, TooLarge
from fairwatt.records.models import Upload
from fairwatt.services.actors import Actor
from fairwatt.services.projects import get_project
from fairwatt.services.uploads import append_upload, create_upload, get_upload, terminate_upload

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,creation-with-upload,termination,checksum,expiration"
ALGORITHMS: Final = ("sha256", "sha1", "md5")
BODY_TYPE: Final = "application/offset+octet-stream"
PIECE_BYTES: Final = 256 * 1024
_CHECKSUM_MISMATCH: Final = 460  # tus's own status, unknown to http
_LONGEST_NUMBER: Final = 18  # digits that a bigint has room for


class MalformedRequest(InvalidInput):
    """A tus header is missing or can't be read."""

    http_status = 400


class WrongMediaType(InvalidInput):
    """The body of a PATCH must be declared as bytes at an offset."""

    http_status = 415


class LengthRequired(InvalidInput):
    """A body came without saying how long it is."""

    http_status = 411


@csrf_exempt  # authenticate() checks it
def collection(request: HttpRequest) -> HttpResponseBase:
    """``/api/uploads/``: OPTIONS says what the server can do, POST begins an upload."""
    return _answer(request, {"POST": _create, "OPTIONS": _describe})


@csrf_exempt  # authenticate() checks it
def resource(request: HttpRequest, upload_id: UUID) -> HttpResponseBase:
    """``/api/uploads/<id>``: HEAD says how far it is, PATCH adds bytes, DELETE gives it up."""

    def on(view: Callable[[HttpRequest, UUID], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
        return lambda request: view(request, upload_id)

    return _answer(
        request,
        {"HEAD": on(_tell), "PATCH": on(_append), "DELETE": on(_terminate), "OPTIONS": _describe},
    )


def _answer(request: HttpRequest, views: dict[str, Callable[[HttpRequest], HttpResponse]]) -> HttpResponseBase:
    method = request.method or ""
    if method == "POST":  # never of a GET, which is taken for harmless where CSRF is checked
        method = request.headers.get("X-HTTP-Method-Override", method).upper()
    view = views.get(method)
    try:
        if view is None:
            response = problem_from_answer(HttpResponseNotAllowed(sorted(views)))
        elif method != "OPTIONS" and request.headers.get("Tus-Resumable") != VERSION:
            response = _wrong_version()
        else:
            response = view(request)
    except Exception as error:  # the one place that turns errors into answers of this protocol
        response = problem_of(error)
        if response.status_code == _CHECKSUM_MISMATCH:
            response.reason_phrase = "Checksum Mismatch"
    response["Tus-Resumable"] = VERSION
    response.setdefault("Cache-Control", "no-store")
    return response


def _wrong_version() -> HttpResponse:
    return problem(
        status=412,
        code="precondition-failed",
        detail="This server speaks tus 1.0.0.",
        where={"header": "Tus-Resumable"},
        next_step=f"Send 'Tus-Resumable: {VERSION}'.",
        headers={"Tus-Version": VERSION},
    )


def _describe(request: HttpRequest) -> HttpResponse:
    del request
    response = HttpResponse(status=HTTPStatus.NO_CONTENT)
    response["Tus-Version"] = VERSION
    response["Tus-Extension"] = EXTENSIONS
    response["Tus-Checksum-Algorithm"] = ",".join(ALGORITHMS)
    response["Tus-Max-Size"] = str(get_project().limits.file_bytes)
    return response


def _create(request: HttpRequest) -> HttpResponse:
    actor = authenticate(request, "deposit", required=True)
    if "Upload-Defer-Length" in request.headers:
        raise MalformedRequest("The size must be known at the start.", next_step="Send Upload-Length.")
    size = _whole_number(request, "Upload-Length")
    metadata = parse_metadata(request.headers.get("Upload-Metadata", ""))
    code, filename = metadata.get("deposit", ""), metadata.get("filename", metadata.get("name", ""))
    if not code or not filename:
        raise MalformedRequest(
            "Upload-Metadata must name the deposit and the file.",
            where={"header": "Upload-Metadata"},
            next_step="Send 'deposit <base64>,filename <base64>'.",
        )
    with_body = bool(_content_length(request))
    if with_body:
        _require_body_type(request)
    upload = create_upload(actor=actor, code=code, filename=filename, size=size, at=timezone.now())
    if with_body:
        upload = _receive(request, actor=actor, upload=upload, offset=0)
    response = HttpResponse(status=HTTPStatus.CREATED)
    response["Location"] = reverse("tus-upload", args=[upload.pk])
    return _with_state(response, upload)


def _tell(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    actor = authenticate(request, "deposit", required=True)
    upload = get_upload(actor=actor, upload_id=upload_id)
    if upload.finished_at is None and upload.offset == upload.size:  # a crash came between last byte and file
        upload = append_upload(actor=actor, upload_id=upload_id, offset=upload.size, chunks=(), at=timezone.now())
    response = HttpResponse()
    response["Upload-Length"] = str(upload.size)
    return _with_state(response, upload)


def _append(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    actor = authenticate(request, "deposit", required=True)
    _require_body_type(request)
    offset = _whole_number(request, "Upload-Offset")
    upload = get_upload(actor=actor, upload_id=upload_id)
    upload = _receive(request, actor=actor, upload=upload, offset=offset)
    return _with_state(HttpResponse(status=HTTPStatus.NO_CONTENT), upload)


def _terminate(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    actor = authenticate(request, "deposit", required=True)
    terminate_upload(actor=actor, upload_id=upload_id, at=timezone.now())
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _receive(request: HttpRequest, *, actor: Actor, upload: Upload, offset: int) -> Upload:
    if "chunked" in request.headers.get("Transfer-Encoding", "") and "Content-Length" not in request.headers:
        raise LengthRequired("A chunked body can't be taken.", next_step="Send Content-Length.")
    if offset + _content_length(request) > upload.size:
        raise TooLarge(
            "The body goes beyond the end that Upload-Length announced.",
            where={"file": upload.filename, "bytes": upload.size},
            next_step="Ask by HEAD how far the upload is, and send the rest.",
        )
    return append_upload(
        actor=actor,
        upload_id=upload.pk,
        offset=offset,
        chunks=_pieces(request),
        at=timezone.now(),
        checksum=parse_checksum(request.headers.get("Upload-Checksum")),
    )


def _pieces(request: HttpRequest) -> Iterator[bytes]:
    """Hand on the body as it comes; a cut connection is the end of it, not an error."""
    while True:
        try:
            piece = request.read(PIECE_BYTES)
        except OSError:
            return
        if not piece:
            return
        yield piece


def _with_state(response: HttpResponse, upload: Upload) -> HttpResponse:
    response["Upload-Offset"] = str(upload.offset)
    if upload.finished_at is None:
        response["Upload-Expires"] = http_date(upload.expires_at.timestamp())
    response["Fairwatt-Deposit"] = upload.deposit.code
    if upload.file is not None:
        response["Fairwatt-File"] = upload.file.key
        response["Fairwatt-Sha256"] = upload.file.sha256
    return response


def _content_length(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isdigit() else 0


def _require_body_type(request: HttpRequest) -> None:
    if request.content_type != BODY_TYPE:
        raise WrongMediaType(f"The body must be declared as {BODY_TYPE}.", where={"header": "Content-Type"})


def _whole_number(request: HttpRequest, header: str) -> int:
    text = request.headers.get(header, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise MalformedRequest(f"{header} must be a whole number of bytes.", where={"header": header})
    return int(text)


def parse_metadata(header: str) -> dict[str, str]:
    """Parse ``Upload-Metadata``: pairs of a key and a base64 value, with commas between.

    Raises
    ------
    MalformedRequest
        Where a value is no base64 or no UTF-8, or a key stands twice.

    >>> parse_metadata("filename bWV0ZXIuY3N2,draft")
    {'filename': 'meter.csv', 'draft': ''}
    """
    metadata: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, value = pair.partition(" ")
        try:
            text = b64decode(value.strip(), validate=True).decode()
        except (Base64Error, UnicodeDecodeError, ValueError) as error:
            raise MalformedRequest(
                f"The value of '{key[:40]}' in Upload-Metadata is not UTF-8 in base64.",
                where={"header": "Upload-Metadata"},
            ) from error
        if key in metadata:
            raise MalformedRequest(
                f"'{key[:40]}' stands twice in Upload-Metadata.", where={"header": "Upload-Metadata"}
            )
        metadata[key] = text
    return metadata


def parse_checksum(header: str | None) -> tuple[str, bytes] | None:
    """Parse ``Upload-Checksum``: an algorithm and the digest in base64.

    Raises
    ------
    MalformedRequest
        Where the algorithm is none of :data:`ALGORITHMS`, or the digest no base64.

    >>> parse_checksum("sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00=")[0]
    'sha1'
    """
    if header is None:
        return None
    algorithm, _, text = header.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise MalformedRequest(f"Checksums are taken in {', '.join(ALGORITHMS)}.", where={"header": "Upload-Checksum"})
    try:
        return algorithm, b64decode(text.strip(), validate=True)
    except (Base64Error, ValueError) as error:
        raise MalformedRequest("The checksum is not base64.", where={"header": "Upload-Checksum"}) from error
