"""Help every operation declare what it may answer, so that the OpenAPI document does not lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI, Schema
from ninja.openapi.schema import OpenAPISchema

from fairwatt.api.parameters import check_known
from fairwatt.api.problems import MEDIA_TYPE, Problem

_ALWAYS = (400, 401, 403, 422, 429, 500)
_PATH_PARTS = {
    "key": "The id, as lists give it.",
    "ending": "The form, as a file's name ends: csv, json, parquet or arrow.",
    "code": "The code of the deposit or of the trial.",
    "event_id": "The event's id, as lists give it.",
    "slug": "The step's name, as the deposit's tasks list it.",
    "upload_id": "The upload's id.",
    "profile_id": "The profile's id, as lists give it.",
}
_SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token from your account page: fwt_…"},
    "session": {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "The portal's own session."},
}


def answers(success: Mapping[int, Any] | Any, *further: int) -> dict[Any, Any]:
    """Declare an operation's answers: its success, the problems any operation may have, and ``further`` ones."""
    good = dict(success) if isinstance(success, Mapping) else {200: success}
    return good | dict.fromkeys(sorted({*_ALWAYS, *further}), Problem)


def open_to_all(scope: str = "read") -> dict[str, Any]:
    """Declare that an operation answers with or without credentials."""
    return {"security": [{}, {"token": []}, {"session": []}], "x-scope": scope}


def needs(*scopes: str) -> dict[str, Any]:
    """Declare that an operation needs a token with one of ``scopes``, or a signed-in session."""
    return {"security": [{"token": []}, {"session": []}], "x-scope": " or ".join(scopes)}


def bodies(*media_types: str, schema: Mapping[str, Any] | None = None, partial: bool = False) -> dict[str, Any]:
    """Declare a success whose body has one of ``media_types``: bytes, unless ``schema`` says otherwise.

    ``partial`` adds that a part may be sent (206), or nothing where the asker has it (304).
    """
    shape = dict(schema or {"type": "string", "format": "binary"})
    content = {media_type: {"schema": shape} for media_type in media_types}
    responses: dict[int, Any] = {200: {"description": "OK", "content": content}}
    if partial:
        responses |= {
            206: {"description": "Partial Content", "content": content},
            304: {"description": "Not Modified"},
        }
    return {"responses": responses}


def refuse_unknown_parameters(view: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap an operation: where it takes parameters in its address, others than those are refused."""

    @wraps(view)
    def checked(request: HttpRequest, **values: Any) -> Any:
        asked = [value for value in values.values() if isinstance(value, Schema)]
        if request.method in {"GET", "HEAD"} and asked:
            check_known(request, [name for part in asked for name in type(part).model_fields])
        return view(request, **values)

    return checked


class Api(NinjaAPI):
    """A ninja API whose document says problem+json where problems are sent, and names the credentials."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """Build the document."""
        document = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        for operations in document["paths"].values():
            for operation in operations.values():
                for parameter in operation["parameters"]:
                    if parameter["in"] == "path":
                        parameter["description"] = _PATH_PARTS[parameter["name"]]
                for status, response in operation["responses"].items():
                    if int(status) >= 400 and "content" in response:  # noqa: PLR2004 - HTTP's errors
                        schema = response["content"].popitem()[1]
                        response["content"] = {MEDIA_TYPE: schema}
        document["components"]["securitySchemes"] = _SECURITY
        return document


def absolute(request: HttpRequest, path: str) -> str:
    """The address of ``path`` on the host that was asked."""
    return request.build_absolute_uri(path)
