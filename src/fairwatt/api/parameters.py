"""Parameters of addresses: a name that nobody knows is refused, for it was meant to narrow what is answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from django.http import HttpRequest

from fairwatt.core.errors import InvalidInput

_SHOWN = 60


def check_known(request: HttpRequest, known: Sequence[str]) -> None:
    """Refuse parameters that an address does not have.

    Raises
    ------
    InvalidInput
        Where there is one; ``where`` names it and those that are known.
    """
    unknown = [name for name in request.GET if name not in known]
    if not unknown:
        return
    meant = get_close_matches(unknown[0].lower(), known, n=1)
    hint = f"Did you mean '{meant[0]}'? " if meant else ""
    takes = f"This address takes: {', '.join(known)}." if known else "This address takes no parameters."
    raise InvalidInput(
        f"There is no parameter '{unknown[0][:_SHOWN]}' here.",
        where={"part": "query", "field": unknown[0][:_SHOWN], "known": list(known)},
        next_step=f"{hint}{takes}",
    )


def split_names(texts: Iterable[str]) -> list[str] | None:
    """The names in texts that have commas between them; None where there is none.

    >>> split_names(["a, b", "c"]), split_names([""])
    (['a', 'b', 'c'], None)
    """
    names = [name.strip() for text in texts for name in text.split(",")]
    return [name for name in names if name] or None
