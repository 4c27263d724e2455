"""Who the server takes you for."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from fairwatt.api.authentication import Caller, actor_of
from fairwatt.api.v1 import schemas
from fairwatt.api.v1.declaring import answers, open_to_all
from fairwatt.services.actors import organizations

router = Router(tags=["You"])


@router.get(
    "/me",
    auth=Caller(),
    response=answers(schemas.CallerOut),
    url_name="me",
    operation_id="get_caller",
    summary="Who you are here",
    openapi_extra=open_to_all("any"),
)
def read_caller(request: HttpRequest) -> schemas.CallerOut:
    """Say who a token or session stands for, and what it may do: a way to try a token."""
    actor = actor_of(request)
    return schemas.CallerOut(
        name=actor.label,
        email=actor.user.email if actor.user else None,
        is_signed_in=actor.is_signed_in,
        is_manager=actor.is_manager,
        scopes=sorted(actor.scopes) if actor.scopes is not None else None,
        organizations=[schemas.PartyOut(code=o.code, name=o.name) for o in organizations(actor)],
    )
