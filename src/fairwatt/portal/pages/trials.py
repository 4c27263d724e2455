"""Trials: the list, a page for each, and the events that people add, change, remove and import."""

from __future__ import annotations

from itertools import groupby
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fairwatt.core.errors import Conflict, InvalidInput, NotFound
from fairwatt.core.metadata.event_files import write_events
from fairwatt.core.metadata.linkset import Link
from fairwatt.core.metadata.package_described import MEDIA_TYPE as ZIP
from fairwatt.core.metadata.trial_schema_org import to_trial_schema_org
from fairwatt.portal.forms.refusals import add_refusal
from fairwatt.portal.forms.trials import EventForm, EventsFileForm
from fairwatt.portal.pages.landing import link_header, script_of
from fairwatt.portal.pages.signed_in import actor_of, signed_in
from fairwatt.portal.zone import display_zone
from fairwatt.records.models import TrialEvent
from fairwatt.services.actors import Actor
from fairwatt.services.event_counts import is_counting
from fairwatt.services.trial_descriptions import describe_trial
from fairwatt.services.trial_events import (
    add_event,
    change_event,
    changeable_by,
    find_trial,
    import_events,
    list_changeable,
    list_events,
    may_add,
    remove_event,
    remove_events,
    require_adder,
)
from fairwatt.services.trials import get_trial, list_trials

_SHOWN_FILES = 20  # of a dataset, before the rest is folded away
_SHOWN_LACKS = 20  # of a kind; the API lists all
_EVENTS = 50  # on a page
_TO_REMOVE = 200  # on a page of those that may be removed
_LONGEST_NUMBER = 18  # digits that a database has room for


@require_safe
def show_trials(request: HttpRequest) -> HttpResponse:
    """List the trials, with how far each has come."""
    trials = list_trials(actor=actor_of(request), at=timezone.now())
    return render(request, "portal/trials/list.html", {"page": "trials", "trials": trials, "crumbs": [("Trials", "")]})


@require_safe
def show_trial(request: HttpRequest, code: str) -> HttpResponse:
    """Show a trial: its procedures, events and datasets, and what it still lacks to be validated."""
    actor, at = actor_of(request), timezone.now()
    trial = get_trial(actor=actor, code=code, at=at)
    if trial.row.code != code:
        return redirect("trial", code=trial.row.code)
    told = describe_trial(trial)
    context = {
        "page": "trials",
        "json_ld": script_of(to_trial_schema_org(told)) if told.parts else "",
        "trial": trial,
        "events": Paginator(trial.events, _EVENTS).get_page(request.GET.get("events")),
        "kinds": [(kind, list(lacks)) for kind, lacks in groupby(trial.lacks, key=lambda lack: lack.kind)],
        "shown_lacks": _SHOWN_LACKS,
        "counting": is_counting(trial.row),
        "may_add": may_add(actor, trial.row),
        "many_changeable": sum(event.is_changeable for event in trial.events) > 1,
        "can_be_had": any(dataset.decision.allowed for dataset in trial.datasets),
        "shown_files": _SHOWN_FILES,
        "crumbs": [("Trials", reverse("trials")), (trial.row.code, "")],
    }
    answer = render(request, "portal/trials/trial.html", context)
    links = [Link("type", "https://schema.org/Dataset"), Link("describedby", told.record_url, "application/json")]
    answer["Link"] = link_header([*links, *([Link("item", told.package_url, ZIP)] if told.package_url else [])])
    return answer


@require_safe
def download_events(request: HttpRequest, code: str) -> HttpResponse:
    """Hand out a trial's events as the CSV that the import takes."""
    trial = find_trial(code)
    response = HttpResponse(write_events(list_events(trial)), content_type="text/csv; charset=utf-8")
    name = f"{trial.code}-events.csv"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def add(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """Add an event to a trial."""
    trial = find_trial(code)
    require_adder(actor, trial)
    form = EventForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            event = add_event(actor=actor, code=code, values=form.values, at=timezone.now())
        except (InvalidInput, Conflict) as error:
            add_refusal(form, error)
        else:
            messages.success(request, f"“{event.name}” has been added.")
            return _back(trial.code)
    return _show_form(request, trial.code, form, title="Add an event", button="Add the event")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def change(request: HttpRequest, actor: Actor, code: str, event_id: int) -> HttpResponse:
    """Change an event of a trial."""
    trial = find_trial(code)
    event = trial.events.filter(pk=event_id).first()
    if event is None or not changeable_by(actor)(event):
        raise NotFound("There is no event here that you may change.", next_step="The trial’s page lists its events.")
    form = EventForm(request.POST or None, initial=_initial(event), kept=(event.starts_at, event.ends_at))
    if request.method == "POST" and form.is_valid():
        try:
            event = change_event(actor=actor, event_id=event_id, values=form.values, at=timezone.now())
        except (InvalidInput, Conflict) as error:
            add_refusal(form, error)
        else:
            messages.success(request, f"“{event.name}” has been changed.")
            return _back(trial.code)
    return _show_form(request, trial.code, form, title=f"Change {event.name}", button="Save")


@require_POST
@signed_in
def remove(request: HttpRequest, actor: Actor, code: str, event_id: int) -> HttpResponse:
    """Remove an event of a trial."""
    trial = remove_event(actor=actor, event_id=event_id, code=code, at=timezone.now())
    messages.success(request, "The event has been removed.")
    return _back(trial.code)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def remove_several(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """Remove the events of a trial that are ticked, or all that one may remove."""
    trial, events = find_trial(code), list_changeable(actor=actor, code=code)
    if request.method == "POST":
        chosen = [event.pk for event in events] if "all" in request.POST else _numbers(request.POST.getlist("event"))
        removed = remove_events(actor=actor, code=code, event_ids=chosen, at=timezone.now())
        said = f"{removed:,} event{'s' * (removed != 1)} removed." if removed else "No event was ticked."
        messages.success(request, said)
        return _back(trial.code)
    context = {
        "page": "trials",
        "trial": trial,
        "events": Paginator(events, _TO_REMOVE).get_page(request.GET.get("page")),
        "total": len(events),
        "crumbs": [("Trials", reverse("trials")), (trial.code, reverse("trial", args=[trial.code])), ("Remove", "")],
    }
    return render(request, "portal/trials/remove_events.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def bring(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """Import the events of a CSV file: all of them, or none."""
    trial = find_trial(code)
    require_adder(actor, trial)
    form = EventsFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            added, there = import_events(actor=actor, code=code, document=form.cleaned_data["file"], at=timezone.now())
        except (InvalidInput, Conflict) as error:
            add_refusal(form, error)
        else:
            known = f" {there:,} were there already." if there else ""
            messages.success(request, f"{added:,} event{'s' * (added != 1)} added.{known}")
            return _back(trial.code)
    return _show_form(request, trial.code, form, title="Import events", button="Import")


def _numbers(given: list[str]) -> list[int]:
    return [int(text) for text in given if text.isdecimal() and len(text) <= _LONGEST_NUMBER]


def _initial(event: TrialEvent) -> dict[str, str]:
    zone = ZoneInfo(display_zone())
    times = {name: at.astimezone(zone) for name, at in (("start", event.starts_at), ("end", event.ends_at))}
    return {"name": event.name, "asset": event.asset} | {n: at.strftime("%Y-%m-%dT%H:%M") for n, at in times.items()}


def _show_form(
    request: HttpRequest, code: str, form: EventForm | EventsFileForm, *, title: str, button: str
) -> HttpResponse:
    context = {
        "page": "trials",
        "code": code,
        "form": form,
        "title": title,
        "button": button,
        "crumbs": [("Trials", reverse("trials")), (code, reverse("trial", args=[code])), (title, "")],
    }
    return render(request, "portal/trials/event.html", context, status=422 if form.errors else 200)


def _back(code: str) -> HttpResponse:
    return redirect(f"{reverse('trial', args=[code])}#events")
