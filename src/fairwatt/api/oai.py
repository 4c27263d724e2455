"""OAI-PMH 2.0: the catalogues for harvesters of libraries and data archives.

Records are datasets, named by their ARK. A list comes in parts; a resumption token says all that the next part needs
and is sealed, so that the server keeps nothing. What was withdrawn or erased stays in the lists as deleted, for ever.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from fairwatt.api.authentication import authenticate
from fairwatt.api.edge import protocol_view
from fairwatt.api.places import read_place, sign_place
from fairwatt.core.errors import InvalidInput, TooManyRequests
from fairwatt.core.identifiers import ark_of
from fairwatt.core.metadata import oai
from fairwatt.services.actors import Actor
from fairwatt.services.harvests import ANY, Entry, Harvest, Place, earliest_change, find_entry, harvest, list_parts
from fairwatt.services.projects import get_project

PART = 100  # records of a list that come at once
_LIST = {"metadataPrefix", "from", "until", "set", "resumptionToken"}
_ARGUMENTS: Mapping[str, tuple[set[str], set[str]]] = {  # of each verb: what it takes, what it needs
    "Identify": (set(), set()),
    "ListMetadataFormats": ({"identifier"}, set()),
    "ListSets": ({"resumptionToken"}, set()),
    "GetRecord": ({"identifier", "metadataPrefix"}, {"identifier", "metadataPrefix"}),
    "ListIdentifiers": (_LIST, {"metadataPrefix"}),
    "ListRecords": (_LIST, {"metadataPrefix"}),
}
_SPEC = re.compile(r"[A-Za-z0-9_.!~*'()-]+(:[A-Za-z0-9_.!~*'()-]+)*")
_PREFIX = re.compile(r"[A-Za-z0-9_.!~*'()-]+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SECOND = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)  # where nothing is published yet
_ORIGINS = ("foreground", "background")


class OaiError(Exception):
    """The protocol's own errors; they are answered with status 200."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class _Call:
    verb: str
    arguments: Mapping[str, str]
    actor: Actor
    at: datetime


@protocol_view
def answer(request: HttpRequest) -> HttpResponse:
    """Answer one request of the protocol, by GET or POST."""
    if request.method not in {"GET", "HEAD", "POST"}:
        return HttpResponse(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "GET, HEAD, POST"})
    at = timezone.now()
    try:
        actor = authenticate(request, "read", bulk=True)
    except TooManyRequests as error:  # what the protocol asks harvesters to heed
        headers = {"Retry-After": str(error.retry_after_s)}
        return HttpResponse(error.message, status=503, headers=headers, content_type="text/plain; charset=utf-8")
    asked: dict[str, str] = {}
    try:
        verb, arguments = _read_arguments(request)
        asked = {"verb": verb, **arguments}
        body = _VERBS[verb](_Call(verb, arguments, actor, at))
    except OaiError as refusal:
        if refusal.code in {"badVerb", "badArgument"}:
            asked = {}  # the protocol wants nothing of it repeated
        body = oai.write_error(refusal.code, refusal.message)
    text = oai.write_answer(at=at, base=_base(), request=asked, body=body)
    return HttpResponse(text, content_type="text/xml; charset=utf-8")


def _base() -> str:
    return f"{settings.BASE_URL}/oai"


def _read_arguments(request: HttpRequest) -> tuple[str, dict[str, str]]:
    given = request.POST if request.method == "POST" else request.GET
    if request.method == "POST" and request.GET:
        raise OaiError("badArgument", "Arguments of a POST stand in its body, none in the address.")
    verbs = given.getlist("verb")
    if len(verbs) != 1 or verbs[0] not in _ARGUMENTS:
        raise OaiError("badVerb", f"Ask with one verb of: {', '.join(_ARGUMENTS)}.")
    verb = verbs[0]
    taken, needed = _ARGUMENTS[verb]
    arguments = {name: given.getlist(name) for name in given if name != "verb"}
    if unknown := sorted(set(arguments) - taken):
        raise OaiError("badArgument", f"{verb} takes no argument '{unknown[0][:60]}'.")
    if repeated := sorted(name for name, values in arguments.items() if len(values) > 1):
        raise OaiError("badArgument", f"The argument '{repeated[0]}' is given more than once.")
    flat = {name: values[0] for name, values in arguments.items()}
    if "resumptionToken" in flat:
        if len(flat) > 1:
            raise OaiError("badArgument", "A resumptionToken stands alone beside the verb.")
        return verb, flat
    if missing := sorted(needed - set(flat)):
        raise OaiError("badArgument", f"{verb} needs the argument '{missing[0]}'.")
    _check_syntax(flat)
    return verb, flat


def _check_syntax(arguments: Mapping[str, str]) -> None:
    for name, pattern in (("metadataPrefix", _PREFIX), ("set", _SPEC)):
        if name in arguments and not pattern.fullmatch(arguments[name]):
            raise OaiError("badArgument", f"The value of '{name}' can't be one.")
    if any(sign.isspace() or not sign.isprintable() for sign in arguments.get("identifier", "")):
        raise OaiError("badArgument", "An identifier has no blanks.")


# --- verbs ---------------------------------------------------------------------------------------------------


def _identify(call: _Call) -> str:
    branding = get_project().branding
    return oai.write_identity(
        [
            ("repositoryName", branding.name),
            ("baseURL", _base()),
            ("protocolVersion", "2.0"),
            ("adminEmail", branding.contact_email or settings.DEFAULT_FROM_EMAIL),
            ("earliestDatestamp", oai.datestamp(earliest_change(actor=call.actor) or _BEGINNING)),
            ("deletedRecord", "persistent"),
            ("granularity", "YYYY-MM-DDThh:mm:ssZ"),
        ]
    )


def _list_formats(call: _Call) -> str:
    if "identifier" in call.arguments:
        _find(call)
    return oai.write_formats()


def _list_sets(call: _Call) -> str:
    if "resumptionToken" in call.arguments:
        raise OaiError("badResumptionToken", "The sets come all at once: there is no such token.")
    found: list[tuple[str, str]] = []
    for kind, name in (("origin", ""), ("trial", "Trials"), ("provider", "Providers")):
        parts = list_parts(actor=call.actor, kind=kind)
        if not parts:
            continue
        if kind == "origin":
            found += [(part.code, f"{part.code.capitalize()} Catalogue") for part in parts]
        else:
            found += [(kind, name), *((f"{kind}:{part.code}", part.name) for part in parts)]
    return oai.write_sets(found) if found else oai.write_error("noSetHierarchy", "Nothing is published yet.")


def _get_record(call: _Call) -> str:
    prefix = _prefix(call.arguments["metadataPrefix"])
    return oai.write_records(call.verb, [_record(_find(call), prefix, call)])


def _list(call: _Call) -> str:
    token = call.arguments.get("resumptionToken")
    after, said = _resume(token, call.verb) if token is not None else (None, _ask(call))
    prefix, begun = _prefix(said["p"]), said.get("c", 0)
    found = harvest(actor=call.actor, asked=_harvest(said, after, counts=not begun), at=call.at)
    if not found.entries:
        raise OaiError("noRecordsMatch", "Nothing matches all of that.")
    total = said.get("t") or found.total
    rest = ""
    if found.next is not None:
        said = {**said, "c": begun + len(found.entries), "t": total}
        rest = oai.write_token(sign_place(found.next, salt=_salt(call.verb), **said), total=total, cursor=begun)
    elif token is not None:
        rest = oai.write_token("", total=max(total, begun + len(found.entries)), cursor=begun)
    return oai.write_records(call.verb, [_record(entry, prefix, call) for entry in found.entries], rest=rest)


_VERBS: Mapping[str, Callable[[_Call], str]] = {
    "Identify": _identify,
    "ListMetadataFormats": _list_formats,
    "ListSets": _list_sets,
    "GetRecord": _get_record,
    "ListIdentifiers": _list,
    "ListRecords": _list,
}


# --- what is asked -------------------------------------------------------------------------------------------


def _ask(call: _Call) -> dict[str, Any]:
    """What a list is about, as its tokens will carry it."""
    given = call.arguments
    since, until = given.get("from"), given.get("until")
    if since is not None and until is not None and len(since) != len(until):
        raise OaiError("badArgument", "from and until need the same granularity.")
    begin = _instant(since, "from") if since is not None else None
    end = _instant(until, "until") if until is not None else None
    if begin and end and begin > end:
        raise OaiError("badArgument", "from is later than until.")
    if end is not None and until is not None:  # both ends count in
        end = _end_of(end, timedelta(seconds=1) if len(until) > len("2026-06-01") else timedelta(days=1))
    asked = {"p": given["metadataPrefix"], "s": given.get("set", "")}
    return asked | {name: at.isoformat() for name, at in (("f", begin), ("u", end)) if at is not None}


def _instant(text: str, name: str) -> datetime:
    try:
        if _DAY.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC)
        if _SECOND.fullmatch(text):
            return datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        pass
    raise OaiError("badArgument", f"'{name}' is written as 2026-06-01 or 2026-06-01T12:00:00Z.")


def _end_of(begin: datetime, length: timedelta) -> datetime | None:
    """Where a day or a second ends; None is after all that there is, as harvesters write "for ever" as 9999-12-31."""
    try:
        return begin + length
    except OverflowError:
        return None


def _resume(token: str, verb: str) -> tuple[Place, dict[str, Any]]:
    try:
        return read_place(token, salt=_salt(verb))
    except InvalidInput as error:
        raise OaiError("badResumptionToken", "This token is none of this list's. Begin the list again.") from error


def _salt(verb: str) -> str:
    return f"oai.{verb}"


def _harvest(said: Mapping[str, Any], after: Place | None, *, counts: bool) -> Harvest:
    begin, end = (datetime.fromisoformat(said[name]) if name in said else None for name in ("f", "u"))
    kind, _, code = str(said["s"]).partition(":")
    if kind and not ((kind in _ORIGINS and not code) or kind in {"trial", "provider"}):
        raise OaiError("noRecordsMatch", "There is no such set.")
    return Harvest(
        origin=kind if kind in _ORIGINS else "",
        trial=code or ANY if kind == "trial" else "",
        provider=code or ANY if kind == "provider" else "",
        since=begin,
        until=end,
        after=after,
        limit=PART,
        with_gone=True,
        counts=counts,
    )


def _prefix(given: str) -> str:
    if given not in oai.FORMATS:
        raise OaiError("cannotDisseminateFormat", f"The formats are: {', '.join(oai.FORMATS)}.")
    return given


def _find(call: _Call) -> Entry:
    """The record that the identifier names; hidden ones are answered as those that never were."""
    given = call.arguments["identifier"]
    head = f"ark:/{get_project().identifiers.naan}/"
    bare = given.removeprefix(f"{settings.BASE_URL}/").replace("ark:", "ark:/", 1).replace("//", "/", 1)
    key = bare.removeprefix(head)
    entry = None
    if bare.startswith(head) and key.isalnum():
        entry = find_entry(actor=call.actor, key=key, at=call.at, with_gone=True)
    if entry is None:
        raise OaiError("idDoesNotExist", "No record has this identifier.")
    return entry


def _record(entry: Entry, prefix: str, call: _Call) -> oai.Record:
    dataset, project = entry.dataset, get_project()
    sets = [dataset.origin]
    if entry.certificate is not None:  # of what is withheld since, no more is told
        sets += [f"trial:{dataset.trial.code}"] if dataset.trial else []
        sets += [f"provider:{dataset.provider.code}"] if dataset.provider else []
    metadata = ""
    if entry.certificate is not None and not entry.is_gone and call.verb != "ListIdentifiers":
        metadata = oai.write_metadata(entry.certificate, prefix, at=call.at, words=project.audiences.words)
    return oai.Record(
        identifier=ark_of(project.identifiers.naan, dataset.key),
        changed_at=entry.changed_at,
        sets=[spec for spec in sets if _SPEC.fullmatch(spec)],
        is_deleted=entry.is_gone,
        metadata=metadata,
    )
