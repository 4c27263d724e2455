"""One call of an action: what it was given, who calls, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fairwatt.api.ckan.arguments import Arguments
from fairwatt.services.actors import Actor


@dataclass(frozen=True, slots=True)
class Call:
    """A call of CKAN's API."""

    arguments: Arguments
    actor: Actor
    at: datetime
