"""Let clients of the web talk to the portal of this process: what they send goes through Django's test client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
import requests
from django.test import Client


def _asked(method: str, url: str, headers: Any, body: bytes | str | None) -> Any:
    """Ask the portal as the client would have over the wire."""
    parts = urlsplit(url)
    content = body.encode() if isinstance(body, str) else body or b""
    given = {name: value for name, value in headers.items() if name.lower() not in {"host", "content-length"}}
    kind = given.pop("Content-Type", given.pop("content-type", "application/octet-stream"))
    kind = kind.decode() if isinstance(kind, bytes) else kind
    address = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return Client().generic(method, address, data=content, content_type=kind, headers=given)


@contextmanager
def through_the_client() -> Iterator[None]:
    """While it lasts ``requests`` and ``httpx2`` reach this process's portal, whatever host they ask."""

    def send(self: object, request: Any, **_kept: Any) -> requests.Response:
        del self
        told = _asked(request.method, request.url, request.headers, request.body)
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = told.status_code, request.url, request
        answer.headers.update(dict(told.items()))
        answer.encoding = "utf-8"
        answer.raw = BytesIO(told.content)
        return answer

    def handle_request(self: object, request: Any) -> httpx2.Response:
        del self
        told = _asked(request.method, str(request.url), request.headers, request.read())
        return httpx2.Response(told.status_code, headers=dict(told.items()), content=told.content)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.adapters.HTTPAdapter, "send", send)
        patch.setattr(httpx2.HTTPTransport, "handle_request", handle_request)
        yield
