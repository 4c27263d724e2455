"""Files: what is known of them, their certificates, and their bytes as received."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from ninja import Query, Router
from ninja.responses import Status

from fairwatt.api.authentication import Caller, actor_of
from fairwatt.api.handing_out import begins_download
from fairwatt.api.ranges import serve_file
from fairwatt.api.v1 import presenting, schemas
from fairwatt.api.v1.catalogue import JSON_LD, write_certificate
from fairwatt.api.v1.declaring import answers, bodies, needs, open_to_all
from fairwatt.api.v1.paging import Paging, cut_page
from fairwatt.services.certificates import as_shown, certificate_of
from fairwatt.services.datasets import get_dataset, get_file, open_original
from fairwatt.services.deposits import remove_file
from fairwatt.services.links import absolute as canonical
from fairwatt.services.links import dataset_path

router = Router(tags=["Files"])


@router.get(
    "/datasets/{key}/files",
    auth=Caller("read"),
    response=answers(schemas.FilePage, 404),
    url_name="dataset-files",
    operation_id="list_files",
    summary="A dataset's files",
    openapi_extra=open_to_all(),
)
def list_files(request: HttpRequest, key: str, paging: Query[Paging]) -> schemas.FilePage:
    """List a dataset's files in their order, page by page. Whoever may see the dataset may see what they are."""
    dataset = get_dataset(actor=actor_of(request), key=key, at=timezone.now())
    page = cut_page(request, list(dataset.files.all()), paging, key_of=lambda file: file.key)
    return schemas.FilePage(
        items=[schemas.FileOut(**presenting.file_values(request, file)) for file in page.items], next=page.next
    )


@router.get(
    "/files/{key}",
    auth=Caller("read"),
    response=answers(schemas.FileOut, 404),
    url_name="file",
    operation_id="get_file",
    summary="One file",
    openapi_extra=open_to_all(),
)
def read_file(request: HttpRequest, key: str) -> schemas.FileOut:
    """Say what is known of a file: size, sha256, kind, period, and where its bytes are."""
    file = get_file(actor=actor_of(request), key=key, at=timezone.now())
    return schemas.FileOut(**presenting.file_values(request, file))


@router.delete(
    "/files/{key}",
    auth=Caller("deposit", required=True),
    response=answers({204: None}, 404, 409),
    tags=["Sharing"],
    operation_id="remove_file",
    summary="Take a file out of an entry",
    openapi_extra=needs("deposit"),
)
def take_out(request: HttpRequest, key: str) -> Status[None]:
    """Take a file out of a draft or returned entry, its bytes and readings with it."""
    remove_file(actor=actor_of(request), file_key=key, at=timezone.now())
    return Status(204, None)


@router.get(
    "/files/{key}/certificate",
    auth=Caller("read"),
    response=answers({200: None}, 404, 406),
    url_name="file-certificate",
    operation_id="get_file_certificate",
    summary="A file's Data Certificate",
    openapi_extra=open_to_all() | bodies(JSON_LD, "application/json", schema={"type": "object"}),
)
def read_file_certificate(request: HttpRequest, key: str) -> HttpResponse:
    """Return the certificate as schema.org JSON-LD, or with ``Accept: application/json`` as the model itself."""
    actor, at = actor_of(request), timezone.now()
    file = get_file(actor=actor, key=key, at=at)
    shown = as_shown(certificate_of(file), actor=actor, dataset=file.dataset, at=at)
    return write_certificate(request, shown, file.dataset, at=at)


@router.get(
    "/files/{key}/content",
    auth=Caller("read"),
    response=answers({200: None}, 404, 410, 412, 416),
    url_name="file-content",
    operation_id="download_file",
    summary="A file's bytes",
    openapi_extra=open_to_all() | bodies("*/*", partial=True),
)
def download_file(request: HttpRequest, key: str) -> HttpResponseBase:
    """Send the bytes exactly as they were received.

    The ETag is the sha256, which stands in ``Repr-Digest`` too. ``Range`` takes one range (also the last bytes:
    ``bytes=-100``); ``If-Range``, ``If-None-Match`` and ``If-Match`` are honoured.
    """
    original = open_original(
        actor=actor_of(request),
        file_key=key,
        at=timezone.now(),
        is_first=begins_download(request),
        is_download=request.method == "GET",
    )
    answer = serve_file(
        request,
        path=original.path,
        read=original.read,
        name=original.name,
        size=original.size,
        sha256=original.sha256,
        media_type=original.media_type,
    )
    page = canonical(dataset_path(original.dataset_key))
    described = presenting.address(request, "file-certificate", original.key)
    answer["Link"] = f'<{page}>; rel="collection", <{described}>; rel="describedby"; type="{JSON_LD}"'
    return answer


router.api_operation(
    ["HEAD"], "/files/{key}/content", auth=Caller("read"), response=answers({200: None}), include_in_schema=False
)(download_file)
