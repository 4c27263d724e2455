"""Choose the form of an answer by what the request accepts."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest

from fairwatt.core.errors import InvalidInput


class NotAcceptable(InvalidInput):
    """None of the forms that the request accepts can be written."""

    code = "not-acceptable"
    http_status = 406


def choose_media_type(request: HttpRequest, offered: Sequence[str]) -> str:
    """Choose one of ``offered``, the first where the request has no wish.

    Raises
    ------
    NotAcceptable
        Where ``Accept`` names none of them.
    """
    chosen = request.get_preferred_type(list(offered))
    if chosen is None:
        raise NotAcceptable(
            "This can't be written in any form that the Accept header names.",
            where={"header": "Accept"},
            next_step=f"Accept one of: {', '.join(offered)}.",
        )
    return chosen
