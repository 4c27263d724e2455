"""How an organisation's loggers are read: profiles saved under a name, used again, carried from project to project."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from fairwatt.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from fairwatt.core.files import ImportProfile
from fairwatt.core.files.fitting import misfit_of
from fairwatt.core.files.naming import propose_logger_name
from fairwatt.core.files.privacy import conceal_text
from fairwatt.core.files.profile_text import parse_profile, write_json, write_toml
from fairwatt.records.models import Deposit, File, LoggerProfile, Organization
from fairwatt.services.access import decide_data
from fairwatt.services.actors import DEPOSIT, MANAGE, Actor, organizations, require_user
from fairwatt.services.audit import record_event
from fairwatt.services.datasets import get_file
from fairwatt.services.deposits import EDITABLE, get_deposit_file
from fairwatt.services.file_looks import inspection_of
from fairwatt.services.files import enqueue_reading
from fairwatt.services.profile_offers import ProfileOffer, find_profiles_for
from fairwatt.services.pseudonyms import holds_pseudonym

__all__ = [
    "ProfileOffer",
    "find_profiles_for",
    "get_profile",
    "give_document",
    "import_profile",
    "list_profiles",
    "profile_document",
    "propose_name",
    "remove_profile",
    "rename_profile",
    "save_profile",
    "use_profile",
    "write_document",
]
LONGEST_NAME = 120
_ANSWERABLE = (*EDITABLE, Deposit.State.SUBMITTED)
DocumentFormat = Literal["toml", "json"]


def list_profiles(*, actor: Actor) -> list[LoggerProfile]:
    """The saved profiles of the actor's organisations, by organisation and name; of all of them for managers."""
    require_user(actor)
    return list(_visible(actor).select_related("organization", "created_by"))


def get_profile(*, actor: Actor, profile_id: int) -> LoggerProfile:
    """One saved profile of an organisation of the actor's.

    Raises
    ------
    NotFound
        Where there is none, or it is another organisation's.
    """
    require_user(actor)
    return _find(actor, profile_id)


def propose_name(file: File) -> str:
    """What the logger of a file may be called: by what the file says of itself, else by its name.

    What names a supply point is left out, its other name too: the logger goes on to the next home. "" where nothing
    else is there.
    """
    head = file.inspected.get("head") or []
    above = [", ".join(line) for line in head[:-1]] if file.inspected else []
    profile = file.profile or {}
    series = "" if profile.get("series_kind") else str(profile.get("series") or "")
    name, series, *above = ("" if holds_pseudonym(text) else text for text in (file.name, series, *above))
    return propose_logger_name(name, above=above, series=series)


@transaction.atomic
def save_profile(*, actor: Actor, file_key: str, name: str, at: datetime) -> LoggerProfile:
    """Save how a file is read, under a name, for the next files of its logger.

    Raises
    ------
    Conflict
        Where the file is not read yet, or questions about it are open.
    InvalidInput
        Where the name is empty, too long or taken.
    NotAllowed
        Where the entry is of no organisation.
    """
    user = require_user(actor, DEPOSIT)
    deposit, file = get_deposit_file(actor=actor, file_key=file_key)
    if file.state != File.State.READ or not file.profile or file.questions:
        raise Conflict(
            f"How {file.name} is read is not settled yet.",
            where={"file": file.key},
            next_step="Answer its open questions first.",
        )
    if deposit.organization is None:
        raise NotAllowed("Profiles are saved for an organisation, and this entry is of none.")
    saved = LoggerProfile(
        organization=deposit.organization,
        profile=file.profile,
        digest=ImportProfile.model_validate(file.profile).digest,
        columns=file.profile["columns"],
        file=file,
        file_name=file.name,
        period_start=file.period_start,
        created_at=at,
        created_by=user,
    )
    _save_under(saved, name)
    file.logger, file.given = saved, {}
    file.save(update_fields=["logger", "given"])
    record_event(
        actor=actor, verb="profile.saved", subject=saved, at=at, detail={"digest": saved.digest, "file": file.key}
    )
    return saved


@transaction.atomic
def import_profile(
    *, actor: Actor, document: str | bytes, name: str, at: datetime, organization: str = "", file_name: str = ""
) -> LoggerProfile:
    """Take a profile's document into an organisation.

    Parameters
    ----------
    document
        TOML or JSON, as ``fairwatt convert --save-profile`` or another project writes it.
    organization
        The organisation's code; by default the actor's own (the first where they have several).
    file_name
        Of the document: messages call it so.

    Raises
    ------
    InvalidInput
        Where the document is no profile, or the name is empty, too long or taken.
    NotAllowed
        Where the actor belongs to no such organisation.
    """
    user = require_user(actor, DEPOSIT)
    place = _place_of(actor, organization)
    profile = parse_profile(document, name=file_name or "profile")
    saved = LoggerProfile(
        organization=place,
        profile=profile.model_dump(mode="json"),
        digest=profile.digest,
        columns=profile.columns,
        file_name=file_name[:255],
        created_at=at,
        created_by=user,
    )
    _save_under(saved, name or propose_logger_name(file_name))
    record_event(actor=actor, verb="profile.imported", subject=saved, at=at, detail={"digest": saved.digest})
    return saved


@transaction.atomic
def rename_profile(*, actor: Actor, profile_id: int, name: str, at: datetime) -> LoggerProfile:
    """Call a saved profile otherwise."""
    require_user(actor, DEPOSIT)
    saved = _find(actor, profile_id, lock=True)
    before = saved.name
    if " ".join(name.split()) == before:
        return saved
    _save_under(saved, name)
    detail = {"before": before, "after": saved.name}
    record_event(actor=actor, verb="profile.renamed", subject=saved, at=at, detail=detail)
    return saved


@transaction.atomic
def remove_profile(*, actor: Actor, profile_id: int, at: datetime) -> None:
    """Remove a saved profile. Files that were read by it stay as they are, and keep its document."""
    require_user(actor, DEPOSIT)
    saved = _find(actor, profile_id, lock=True)
    record_event(actor=actor, verb="profile.removed", subject=saved, at=at, detail={"digest": saved.digest})
    saved.delete()


@transaction.atomic
def use_profile(*, actor: Actor, file_key: str, profile_id: int, at: datetime) -> File:
    """Read a file as a saved profile says: it answers all that is asked, and the file is read again.

    Raises
    ------
    InvalidInput
        Where the profile does not fit the file; the message says why.
    Conflict
        Where the file is not open to answers any more.
    """
    require_user(actor, DEPOSIT)
    saved = _find(actor, profile_id, lock=True)
    file = _give(
        actor,
        file_key,
        ImportProfile.model_validate(saved.profile),
        {"name": saved.name, "digest": saved.digest, "profile": saved.profile},
        logger=saved,
        at=at,
    )
    LoggerProfile.objects.filter(pk=saved.pk).update(used_count=F("used_count") + 1, used_at=at)
    detail = {"profile": saved.name, "digest": saved.digest}
    record_event(actor=actor, verb="profile.used", subject=file, at=at, detail=detail)
    return file


@transaction.atomic
def give_document(*, actor: Actor, file_key: str, document: str | bytes, at: datetime, name: str = "") -> File:
    """Read a file as a profile's document says, without saving it.

    Raises
    ------
    InvalidInput
        Where the document is no profile, or does not fit the file.
    Conflict
        Where the file is not open to answers any more.
    """
    require_user(actor, DEPOSIT)
    get_deposit_file(actor=actor, file_key=file_key)  # whoever may not know of it learns nothing of the document
    profile = parse_profile(document, name=name or "profile")
    given = {"name": "", "digest": profile.digest, "profile": profile.model_dump(mode="json")}
    file = _give(actor, file_key, profile, given, logger=None, at=at)
    record_event(actor=actor, verb="profile.given", subject=file, at=at, detail={"digest": profile.digest})
    return file


def _give(
    actor: Actor,
    file_key: str,
    profile: ImportProfile,
    given: Mapping[str, Any],
    *,
    logger: LoggerProfile | None,
    at: datetime,
) -> File:
    deposit, _ = get_deposit_file(actor=actor, file_key=file_key)
    deposit = Deposit.objects.select_for_update().get(pk=deposit.pk)
    file = File.objects.select_related("dataset").get(key=file_key)
    if deposit.state not in _ANSWERABLE:
        raise Conflict("This file is not open to answers any more.", where={"file": file.key, "state": deposit.state})
    inspection = inspection_of(file)
    # A file that has not been looked at is judged when it is read: what does not fit then is said on its page.
    if inspection is not None and (why := misfit_of(profile, inspection)):
        raise InvalidInput(
            f"{logger.name if logger else 'The profile'} does not fit {file.name}. {why}",
            where={"file": file.key, "field": "profile"},
            next_step="Answer the file's own questions, or choose another profile.",
        )
    file.given, file.logger = dict(given), logger
    file.answers = {key: value for key, value in file.answers.items() if key == "table"}
    enqueue_reading(file, created_by=actor.user, at=at)
    file.save(update_fields=["given", "logger", "answers"])
    return file


def write_document(saved: LoggerProfile, form: DocumentFormat) -> str:
    """A saved profile's document."""
    return _write(ImportProfile.model_validate(saved.profile), form)


def profile_document(*, actor: Actor, file_key: str, form: DocumentFormat, at: datetime) -> tuple[File, str]:
    """The document by which a file was read, for whoever may see what the file is.

    Reasons that quote values are in it only for those who may have the readings. It reads the same without them.

    Raises
    ------
    NotFound
        Where there is no such file, the asker may not know of it, or it holds no readings.
    """
    file = get_file(actor=actor, key=file_key, at=at)
    if not file.profile:
        raise NotFound(
            "This file was read by no import profile.",
            where={"file": file_key},
            next_step="Only files of readings have one.",
        )
    profile = ImportProfile.model_validate(file.profile)
    may_have_readings = decide_data(actor=actor, dataset=file.dataset, at=at).allowed
    return file, _write(profile if may_have_readings else profile.without_reasons(), form)


def _write(profile: ImportProfile, form: DocumentFormat) -> str:
    return write_json(profile) if form == "json" else write_toml(profile)


def _visible(actor: Actor) -> QuerySet[LoggerProfile]:
    every = LoggerProfile.objects.order_by("organization__name", "name", "pk")
    return every if actor.may(MANAGE) else every.filter(organization__in=organizations(actor).values("pk"))


def _find(actor: Actor, profile_id: int, *, lock: bool = False) -> LoggerProfile:
    rows = _visible(actor).select_for_update(of=("self",)) if lock else _visible(actor)
    saved = rows.select_related("organization").filter(pk=profile_id).first()
    if saved is None:
        raise NotFound("There is no such profile.", next_step="The list of profiles names those there are.")
    return saved


def _place_of(actor: Actor, code: str) -> Organization:
    mine = organizations(actor)
    if code:
        mine = (Organization.objects.all() if actor.may(MANAGE) else mine).filter(code__iexact=code)
    place = mine.first()
    if place is None:
        raise NotAllowed(
            f"You don't belong to “{code[:20]}”." if code else "Only people of an organisation can keep profiles.",
            where={"field": "organization"},
            next_step="Ask a steward of your organisation, or a data manager, for an invitation.",
        )
    return place


def _save_under(saved: LoggerProfile, name: str) -> None:
    """Save a profile under a name that no other of its organisation has; somebody else may take it meanwhile."""
    saved.name = _free_name(saved.organization, name, but=saved)
    try:
        with transaction.atomic():
            saved.save()
    except IntegrityError:
        saved.name = _free_name(saved.organization, name, but=saved)  # says whose it is now
        with transaction.atomic():  # it was given back at once
            saved.save()


def _free_name(place: Organization, name: str, *, but: LoggerProfile) -> str:
    name = " ".join(conceal_text(name.replace("\0", "")).split())
    if not name or len(name) > LONGEST_NAME:
        raise InvalidInput(f"Give a name of at most {LONGEST_NAME} characters.", where={"field": "name"})
    taken = LoggerProfile.objects.filter(organization=place, name__iexact=name)
    if taken.exclude(pk=but.pk).exists():
        raise InvalidInput(
            f"“{name}” is taken: {place.name} has a profile of that name.",
            where={"field": "name"},
            next_step="Choose another name, or remove the other profile first.",
        )
    return name
