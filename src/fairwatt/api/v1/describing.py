"""The reference of the API, taken from its own OpenAPI document: for the portal's page and for the docs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from fairwatt.api.problems import problem_codes
from fairwatt.api.v1.api import api

_PROBLEM = 400


@dataclass(frozen=True)
class Parameter:
    """One parameter, or one field of a body or an answer."""

    name: str
    place: str
    kind: str
    is_required: bool
    text: str


@dataclass(frozen=True)
class Operation:
    """One address with one method."""

    id: str
    method: str
    path: str
    summary: str
    text: str
    scope: str
    is_open: bool
    parameters: tuple[Parameter, ...]
    body: tuple[Parameter, ...]
    answer_kind: str
    media_types: tuple[str, ...]
    statuses: tuple[tuple[int, str], ...]

    @property
    def parts(self) -> tuple[tuple[str, bool], ...]:
        """The text in parts, each with whether it is code."""
        return tuple((part, bool(place % 2)) for place, part in enumerate(self.text.split("``")))


@dataclass(frozen=True)
class Section:
    """Operations about one thing."""

    title: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True)
class Shape:
    """A named object of the API with its fields."""

    name: str
    text: str
    fields: tuple[Parameter, ...]


@dataclass(frozen=True)
class Reference:
    """The whole reference."""

    introduction: str
    sections: tuple[Section, ...]
    shapes: tuple[Shape, ...]
    problems: tuple[tuple[str, str], ...]


@lru_cache(maxsize=1)
def describe_api() -> Reference:
    """Take the reference from the OpenAPI document; it changes only with the code."""
    document = api.get_openapi_schema(path_prefix="/api/v1/")
    by_tag: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tag = operation["tags"][0]
            by_tag.setdefault(tag, []).append(_operation(path, method, operation, document))
    shapes = document["components"]["schemas"]
    return Reference(
        introduction=document["info"]["description"],
        sections=tuple(Section(tag, tuple(operations)) for tag, operations in by_tag.items()),
        shapes=tuple(_shape(name, shapes[name]) for name in sorted(shapes)),
        problems=tuple(problem_codes().items()),
    )


def write_markdown(reference: Reference) -> Iterator[str]:
    """Yield the reference as lines of Markdown."""
    for section in reference.sections:
        yield f"## {section.title}"
        yield ""
        for operation in section.operations:
            yield from _operation_lines(operation)
    yield "## Objects"
    yield ""
    for shape in reference.shapes:
        yield f"### {shape.name}"
        yield ""
        yield shape.text
        yield ""
        yield from _table(shape.fields, head="Field")
    yield "## Problems"
    yield ""
    yield "| Kind | Title |"
    yield "|---|---|"
    yield from (f"| `{code}` | {title} |" for code, title in reference.problems)


def _operation_lines(operation: Operation) -> Iterator[str]:
    yield f"### {operation.summary}"
    yield ""
    yield f"`{operation.method} {operation.path}`"
    yield ""
    yield operation.text.replace("``", "`")
    yield ""
    who = "Open to everyone; a token needs" if operation.is_open else "Needs a token with"
    yield f"{who} the scope `{operation.scope}`." if operation.scope != "any" else "Open to everyone."
    yield ""
    if operation.parameters:
        yield from _table(operation.parameters, head="Parameter")
    if operation.body:
        yield "Body, as JSON:"
        yield ""
        yield from _table(operation.body, head="Field")
    if operation.media_types:
        kinds = ", ".join(f"`{media_type}`" for media_type in operation.media_types)
        yield f"Answers {operation.answer_kind}: {kinds}." if operation.answer_kind else f"Answers {kinds}."
        yield ""
    yield "Statuses: " + ", ".join(f"{status} {phrase}" for status, phrase in operation.statuses) + "."
    yield ""


def _table(rows: tuple[Parameter, ...], *, head: str) -> Iterator[str]:
    yield f"| {head} | Kind | Meaning |"
    yield "|---|---|---|"
    for row in rows:
        name = f"`{row.name}`" + (" (required)" if row.is_required else "")
        yield f"| {name} | {row.kind.replace('|', 'or')} | {row.text} |"
    yield ""


def _operation(path: str, method: str, operation: Mapping[str, Any], document: Mapping[str, Any]) -> Operation:
    good = {int(status): answer for status, answer in operation["responses"].items() if int(status) < _PROBLEM}
    content: dict[str, Any] = next((answer["content"] for answer in good.values() if "content" in answer), {})
    schema = _first_schema(content)
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        text=operation.get("description", ""),
        scope=operation["x-scope"],
        is_open={} in operation["security"],
        parameters=tuple(_parameter(parameter) for parameter in operation["parameters"]),
        body=_body(operation, document),
        answer_kind=_kind(schema) if "$ref" in schema else "",
        media_types=tuple(content),
        statuses=tuple(
            (int(status), HTTPStatus(int(status)).phrase) for status in sorted(operation["responses"], key=int)
        ),
    )


def _first_schema(content: Mapping[str, Any]) -> dict[str, Any]:
    for form in content.values():
        return dict(form.get("schema", {}))
    return {}


def _parameter(parameter: Mapping[str, Any]) -> Parameter:
    schema = parameter["schema"]
    return Parameter(
        name=parameter["name"],
        place=parameter["in"],
        kind=_kind(schema),
        is_required=bool(parameter.get("required")),
        text=str(parameter.get("description", "")),
    )


def _body(operation: Mapping[str, Any], document: Mapping[str, Any]) -> tuple[Parameter, ...]:
    content = operation.get("requestBody", {}).get("content", {})
    schema = _first_schema(content)
    name = schema.get("$ref", "").rpartition("/")[2]
    return _fields(document["components"]["schemas"][name]) if name else ()


def _shape(name: str, schema: Mapping[str, Any]) -> Shape:
    return Shape(name=name, text=" ".join(str(schema.get("description", "")).split()), fields=_fields(schema))


def _fields(schema: Mapping[str, Any]) -> tuple[Parameter, ...]:
    required = set(schema.get("required", ()))
    return tuple(
        Parameter(
            name=name,
            place="body",
            kind=_kind(details),
            is_required=name in required,
            text=str(details.get("description", "")),
        )
        for name, details in schema.get("properties", {}).items()
    )


def _kind(schema: Mapping[str, Any]) -> str:
    """Say a JSON schema in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(_kind(choice) for choice in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(choice) or '""' for choice in schema["enum"])
    kind = schema.get("type")
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"map of {_kind(schema['additionalProperties'])}"
    return str(schema.get("format") or kind or "any")
