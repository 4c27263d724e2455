"""Callbacks: a browser's JSON in, a callback called, JSON out. What a forger sends is refused, not run.

Three private methods of Dash are called here (``_initialize_context``, ``_prepare_callback``,
``_execute_callback``); tests/tools/dashkit/test_dispatch.py fails when a release changes them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from dash import html, set_props
from dash.exceptions import PreventUpdate
from django.http import HttpResponse, JsonResponse

from fairwatt.core.errors import FairwattError, InvalidInput, NotFound
from fairwatt.tools.dashkit.bundles import compress_answer
from fairwatt.tools.dashkit.markup import aria
from fairwatt.tools.dashkit.requests import current_request

if TYPE_CHECKING:
    from dash import Dash

MESSAGE_ID = "tool-message"  # where every tool shows what went wrong: see message_area()
_log = logging.getLogger(__name__)


def make_dispatcher(app: Dash) -> Callable[[], HttpResponse]:
    """The view that answers every callback of ``app``."""

    def dispatch() -> HttpResponse:
        try:
            body = _parse_body(app, current_request().body)
        except FairwattError as error:
            return JsonResponse({"title": error.message, "status": error.http_status}, status=error.http_status)
        return compress_answer(current_request(), _call(app, body))

    return dispatch


def _call(app: Dash, body: dict[str, Any]) -> HttpResponse:
    """Run the callback as Dash's own servers do; a callback that declines to answer is a 204."""
    context = app._initialize_context(body)  # type: ignore[arg-type,unused-ignore] # noqa: SLF001
    func = app._prepare_callback(context, body)  # type: ignore[arg-type,unused-ignore] # noqa: SLF001
    values = [_value(item) for item in [*context.inputs_list, *context.states_list]]
    call = app._execute_callback(func, values, context.outputs_list, context)  # noqa: SLF001
    try:
        data = copy_context().run(call)
    except PreventUpdate:
        return HttpResponse(status=204)
    response: HttpResponse = context.dash_response.set_response(data=data)
    return response


def _value(item: Any) -> Any:
    """A dependency's value; of a pattern-matching one the list of values."""
    if isinstance(item, list):
        return [_value(part) for part in item]
    return item.get("value")


def _parse_body(app: Dash, raw: bytes) -> dict[str, Any]:
    """Parse a callback's body and hold it against what the app declared.

    Raises
    ------
    NotFound
        For an output that no callback has.
    InvalidInput
        Where the body is no JSON or names other inputs than the callback's.
    """
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise InvalidInput("The body of a callback must be JSON.") from error
    if not isinstance(body, dict) or not isinstance(body.get("output"), str):
        raise InvalidInput("A callback's body needs its output.")
    declared = app.callback_map.get(body["output"])
    if declared is None or "callback" not in declared:
        raise NotFound("No callback has this output.")
    body["inputs"] = _check_items(body.get("inputs"), declared["inputs"])
    body["state"] = _check_items(body.get("state"), declared["state"])
    body["outputs"] = _check_outputs(body["output"], body.get("outputs"))
    changed = body.get("changedPropIds")
    body["changedPropIds"] = [c for c in changed if isinstance(c, str)] if isinstance(changed, list) else []
    return body


def _check_items(received: object, declared: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    items = received if isinstance(received, list) else []
    if len(items) != len(declared):
        raise InvalidInput(f"This callback takes {len(declared)} values, not {len(items)}.")
    checked: list[dict[str, Any]] = []
    for item, expected in zip(items, declared, strict=True):
        if not isinstance(item, dict) or (item.get("id"), item.get("property")) != (
            expected["id"],
            expected["property"],
        ):
            raise InvalidInput(f"This callback takes {expected['id']}.{expected['property']} here.")
        checked.append(item)
    return checked


def _check_outputs(output: str, received: object) -> object:
    """The outputs as the browser lists them, held against the callback's name, which lists them too."""
    several = output.startswith("..")
    parts = output.strip(".").split("...") if several else [output]
    items: list[Any] = received if isinstance(received, list) else [received]
    try:
        same = [f"{item['id']}.{_bare(item['property'])}" for item in items] == [_bare(part) for part in parts]
    except (TypeError, KeyError, AttributeError):
        same = False
    if not same:
        raise InvalidInput("A callback's outputs don't fit its name.")
    return items if several else items[0]


def _bare(name: str) -> str:
    """A property without the mark that Dash puts on one which several callbacks write."""
    return name.partition("@")[0]


def message_area() -> html.Div:
    """Where :func:`show_error` writes: put it into every tool's layout, above what it works on."""
    return html.Div(id=MESSAGE_ID, role="alert")


def show_error(error: Exception) -> None:
    """Tell the person in the page what went wrong; what nobody foresaw is logged with a reference.

    Handed to Dash as its ``on_error``: the callback's outputs stay as they are.
    """
    if isinstance(error, FairwattError):
        text, next_step = error.message, error.next_step
    else:
        reference = uuid4().hex[:8]
        _log.error("a callback of a tool failed, reference %s", reference, exc_info=error)
        text = "This step failed by a fault of the platform. What you see is as it was before it."
        next_step = f"Try it again; if it fails again, tell the data manager the reference {reference}."
    set_props(MESSAGE_ID, {"children": error_message(text, next_step)})


def error_message(text: str, next_step: str = "") -> html.Div:
    """An error as the portal shows it: what happened, then what to do."""
    words: list[Any] = [html.Strong(text), *([" ", next_step] if next_step else [])]
    return html.Div(
        [html.Span("!", className="tool-sign", **aria(hidden="true")), html.P(words)], className="notice notice--loss"
    )
