"""The Data Sharing Log: begin an entry, answer its steps, check and send it, see what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fairwatt.core.errors import Conflict, InvalidInput
from fairwatt.core.project import Project
from fairwatt.portal.forms.refusals import add_refusal
from fairwatt.portal.forms.steps import StepForm
from fairwatt.portal.pages.certificates import draw_steps
from fairwatt.portal.pages.files import show_files
from fairwatt.portal.pages.signed_in import signed_in
from fairwatt.records.models import Deposit
from fairwatt.services.actors import Actor, organizations
from fairwatt.services.answers import FieldSpec
from fairwatt.services.certificates import certificate_of
from fairwatt.services.deposit_steps import Step, find_step, list_steps
from fairwatt.services.deposits import (
    EDITABLE,
    add_comment,
    discard_deposit,
    get_deposit,
    list_deposits,
    receipt,
    save_step,
    start_deposit,
    submit_deposit,
    task_list,
)
from fairwatt.services.projects import get_project

_ORIGINS = ("foreground", "background")


@dataclass(frozen=True)
class Answered:
    """A step with its questions and the answers given, as check-your-answers and the review show them."""

    step: Step
    answers: tuple[tuple[FieldSpec, object], ...]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show_share(request: HttpRequest, actor: Actor) -> HttpResponse:
    """List one's entries with their states; posting an origin begins a new one."""
    if request.method == "POST":
        return _start(actor, request.POST.get("origin", ""))
    deposits = list_deposits(actor=actor)
    shown = request.GET.get("state", "")
    counts = {state: sum(d.state == state for d in deposits) for state in Deposit.State.values}
    states = [(s.value, s.label, counts[s.value]) for s in Deposit.State if counts[s.value]]
    context = {
        "deposits": [d for d in deposits if not shown or d.state == shown],
        "total": len(deposits),
        "states": states,
        "shown": shown,
        "places": organizations(actor),
        "page": "share",
    }
    return render(request, "portal/share/list.html", context)


def _start(actor: Actor, origin: str) -> HttpResponse:
    origin = origin if origin in _ORIGINS else ""
    deposit = start_deposit(actor=actor, at=timezone.now(), origin=origin)
    steps = list_steps(deposit.answers, get_project())
    first = next((step for step in steps if step.slug not in deposit.answers), steps[0])
    return redirect("deposit_step", code=deposit.code, slug=first.slug)


@require_safe
@signed_in
def show_deposit(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """Show an entry: its task list while it is being written, then what became of it."""
    deposit = get_deposit(actor=actor, code=code)
    tasks = task_list(deposit)
    comments = list(deposit.comments.select_related("author"))
    context = {
        "deposit": deposit,
        "dataset": deposit.dataset,
        "returned_with": next((c for c in reversed(comments) if c.author_id == deposit.decided_by_id), None),
        "tasks": tasks,
        "done": sum(task.state == "done" for task in tasks),
        "is_open": deposit.state in EDITABLE,
        "comments": comments,
        "answered": answered_steps(deposit, get_project()),
        "files": list(deposit.dataset.files.all()),
        "page": "share",
        "crumbs": crumbs_of(deposit),
    }
    return render(request, "portal/share/deposit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show_step(request: HttpRequest, actor: Actor, code: str, slug: str) -> HttpResponse:
    """Show one step of an entry, and save what is sent."""
    deposit = get_deposit(actor=actor, code=code)
    if deposit.state not in EDITABLE:
        messages.info(request, "This entry has been sent, so its answers can’t be changed.")
        return redirect("deposit", code=code)
    step = find_step(slug, deposit.answers, get_project())
    if slug == "files":
        return show_files(request, actor, deposit)
    if slug == "check":
        return _show_check(request, actor, deposit)
    return _show_questions(request, actor, deposit, step)


def _show_questions(request: HttpRequest, actor: Actor, deposit: Deposit, step: Step) -> HttpResponse:
    project = get_project()
    form = StepForm(
        step.fields(deposit.answers, project),
        stored=deposit.answers.get(step.slug) or {},
        zone=project.time_zone,
        data=request.POST if request.method == "POST" else None,
    )
    if request.method == "POST":
        try:
            saved = save_step(actor=actor, code=deposit.code, step=step.slug, answers=form.raw(), at=timezone.now())
        except InvalidInput as error:
            add_refusal(form, error)
        else:
            return redirect(_after(request, saved, step, project))
    steps = list_steps(deposit.answers, project)
    slugs = [one.slug for one in steps]
    position = slugs.index(step.slug)
    context = {
        "deposit": deposit,
        "step": step,
        "form": form,
        "position": position + 1,
        "total": len(steps),
        "back": steps[position - 1].slug if position else "",
        "to_check": request.GET.get("from") == "check",
        "page": "share",
        "crumbs": [*crumbs_of(deposit, linked=True), (step.title, "")],
    }
    return render(request, "portal/share/step.html", context, status=422 if form.errors else 200)


def _after(request: HttpRequest, deposit: Deposit, step: Step, project: Project) -> str:
    """Where to go from a step that has been saved."""
    if "later" in request.POST:
        messages.success(request, "Saved. Go on whenever you like, on any device.")
        return reverse("deposit", args=[deposit.code])
    slugs = [one.slug for one in list_steps(deposit.answers, project)]
    if request.GET.get("from") == "check" and all(slug in deposit.answers for slug in slugs[:-2]):
        return reverse("deposit_step", args=[deposit.code, "check"])
    following = slugs[slugs.index(step.slug) + 1] if step.slug in slugs[:-1] else "check"
    return reverse("deposit_step", args=[deposit.code, following])


def _show_check(request: HttpRequest, actor: Actor, deposit: Deposit) -> HttpResponse:
    problem: InvalidInput | Conflict | None = None
    if request.method == "POST":
        try:
            submit_deposit(actor=actor, code=deposit.code, at=timezone.now())
        except (InvalidInput, Conflict) as error:
            problem = error
        else:
            return redirect("deposit_receipt", code=deposit.code)
    tasks = task_list(deposit)
    level = certificate_of(deposit).level_of_provenancing
    context = {
        "deposit": deposit,
        "dataset": deposit.dataset,
        "answered": answered_steps(deposit, get_project()),
        "level": level,
        "steps": draw_steps(level),
        "files": list(deposit.dataset.files.all()),
        "has_files_step": any(task.slug == "files" for task in tasks),
        "missing": [task for task in tasks if task.state != "done" and task.slug != "check"],
        "problem": problem,
        "page": "share",
        "crumbs": [*crumbs_of(deposit, linked=True), ("Check your answers", "")],
    }
    return render(request, "portal/share/check.html", context, status=422 if problem else 200)


@require_safe
@signed_in
def show_receipt(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """Show the receipt of an entry: what was handed in, when, byte for byte."""
    deposit = get_deposit(actor=actor, code=code)
    context = {
        "deposit": deposit,
        "dataset": deposit.dataset,
        "receipt": receipt(deposit),
        "files": list(deposit.dataset.files.all()),
        "page": "share",
        "crumbs": [*crumbs_of(deposit, linked=True), ("Receipt", "")],
    }
    return render(request, "portal/share/receipt.html", context)


@require_POST
@signed_in
def comment(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """Say something about an entry to whoever reviews it."""
    text = request.POST.get("text", "").strip()
    if text:
        add_comment(actor=actor, code=code, text=text, at=timezone.now())
        messages.success(request, "Your comment is added.")
    else:
        messages.warning(request, "The comment was empty, so nothing was added.")
    return redirect("deposit", code=code)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def discard(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """Ask once more, then discard a draft."""
    deposit = get_deposit(actor=actor, code=code)
    if request.method == "POST":
        discard_deposit(actor=actor, code=code, at=timezone.now())
        messages.success(request, f"{code} is discarded.")
        return redirect("share")
    context = {
        "deposit": deposit,
        "files": deposit.dataset.files.count(),
        "page": "share",
        "crumbs": [*crumbs_of(deposit, linked=True), ("Discard", "")],
    }
    return render(request, "portal/share/discard.html", context)


def answered_steps(deposit: Deposit, project: Project) -> list[Answered]:
    """The steps of an entry with what was answered to each of their questions."""
    rows: list[Answered] = []
    for step in list_steps(deposit.answers, project):
        given = deposit.answers.get(step.slug) or {}
        specs = step.fields(deposit.answers, project)
        if specs:
            rows.append(Answered(step, tuple((spec, given.get(spec.name)) for spec in specs)))
    return rows


def crumbs_of(deposit: Deposit, *, linked: bool = False) -> list[tuple[str, str]]:
    """The way from the log to an entry."""
    address = reverse("deposit", args=[deposit.code]) if linked else ""
    return [("Share data", reverse("share")), (deposit.dataset.title or deposit.code, address)]
