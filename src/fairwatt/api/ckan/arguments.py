"""What a call of CKAN's API was given: parameters of the address, a form, or a body of JSON."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest

from fairwatt.api.ckan.answers import INVALID, CkanError

_TRUE, _FALSE = {"true", "yes", "y", "on", "1", "t"}, {"false", "no", "n", "off", "0", "f", ""}


class Arguments:
    """The arguments of one call; what is not asked for is left alone, as CKAN does."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    @classmethod
    def of(cls, request: HttpRequest) -> Arguments:
        """Read them from the request, whatever its method and type.

        Raises
        ------
        CkanError
            Where the body is none of a JSON object.
        """
        given = request.GET
        if request.method == "POST":
            if request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"} and request.POST:
                first = next(iter(request.POST))
                if not (first.startswith("{") and len(request.POST) == 1):  # JSON that curl sent as a form
                    return cls(_flat(request.POST.lists()))
            body = _read_body(request)
            return cls({**_flat(given.lists()), **body})
        return cls(_flat(given.lists()))

    def text(self, *names: str, default: str = "") -> str:
        """The first of these that is given, as text."""
        for name in names:
            value = self._values.get(name)
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                return _storable(str(value))
            if value not in (None, "", []) and not isinstance(value, str):
                raise CkanError(INVALID, "Must be a text", field=name)
        return default

    def required(self, *names: str) -> str:
        """The first of these that is given; without any the call is refused."""
        if found := self.text(*names):
            return found
        raise CkanError(INVALID, "Missing value", field=names[0])

    def number(self, name: str, default: int, *, least: int = 0) -> int:
        """A whole number."""
        value = self._values.get(name)
        if value is None or value == "":
            return default
        try:
            found = int(str(value))
        except ValueError as error:
            raise CkanError(INVALID, "Invalid integer", field=name) from error
        if found < least:
            raise CkanError(INVALID, f"Must be at least {least}", field=name)
        return min(found, 2**31)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Yes or no."""
        value = str(self._values.get(name, default)).lower()
        if value in _TRUE:
            return True
        if value in _FALSE or value == "none":
            return False
        raise CkanError(INVALID, "Must be true or false", field=name)

    def texts(self, name: str) -> list[str]:
        """Several texts: a list, JSON of one, or one alone."""
        value = self._values.get(name)
        if isinstance(value, str) and value.lstrip().startswith("["):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError) as error:
                raise CkanError(INVALID, "Not a list", field=name) from error
        if value is None or value == "":
            return []
        return [_storable(str(one)) for one in (value if isinstance(value, list) else [value])]


def _storable(text: str) -> str:
    """Take out the signs that no database can be asked about: NUL, and halves of pairs that JSON can name."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def _flat(lists: Any) -> dict[str, Any]:
    return {name: values[0] if len(values) == 1 else values for name, values in lists}


def _read_body(request: HttpRequest) -> dict[str, Any]:
    text = request.body.decode("utf-8", "replace").strip()
    if not text:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CkanError(INVALID, "The body is no JSON", field="body") from error
    if not isinstance(found, dict):
        raise CkanError(INVALID, f"Request data JSON decoded to {type(found).__name__}, not an object", field="body")
    return found
