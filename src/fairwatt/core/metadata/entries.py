"""What all parts of a certificate have in common."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

# a negative zero does not survive PostgreSQL's JSON
Number = Annotated[float, Field(allow_inf_nan=False), AfterValidator(lambda number: number + 0.0)]
Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]
Digest = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
KnownDigest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Frozen(BaseModel):
    """A part of a certificate: never changed, and without a field that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")
