"""Upkeep, for data managers: what is kept and costs, whether it is sound, the night's work, and erasing."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fairwatt.core.errors import Conflict, InvalidInput, NotFound
from fairwatt.portal.forms.refusals import add_refusal
from fairwatt.portal.forms.upkeep import EraseForm, RestoreForm, WithdrawForm
from fairwatt.portal.pages.signed_in import require_manager, signed_in
from fairwatt.records.models import Dataset
from fairwatt.services import withdrawals
from fairwatt.services.actors import Actor
from fairwatt.services.costs import add_costs_up, list_costs, write_costs
from fairwatt.services.datasets import get_dataset
from fairwatt.services.dois import request_dois
from fairwatt.services.erasures import confirmation_of, list_erasures, order_erasure
from fairwatt.services.projects import get_project
from fairwatt.services.upkeep import request_upkeep, state_of_upkeep

_ASKED = {
    "tend": "All datasets are being tended.",
    "merge": "Small files are being merged.",
    "clean": "What no version needs is being removed.",
    "check": "Every file is being checked.",
    "recode": "The readings are being written anew.",
}


@require_safe
@signed_in
def show_upkeep(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show findings, what was done and comes next, and what each dataset takes up and costs."""
    require_manager(actor)
    at = timezone.now()
    costs = list_costs(actor=actor, at=at)
    context = {
        "state": state_of_upkeep(actor=actor, at=at),
        "costs": costs,
        "total": add_costs_up(costs, at=at),
        "settings": get_project().upkeep,
        "erasures": list_erasures(actor=actor),
        "page": "upkeep",
        "crumbs": [("Upkeep", "")],
    }
    return render(request, "portal/upkeep/overview.html", context)


@require_safe
@signed_in
def download_costs(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Send the table of costs as CSV, all datasets together in its last row."""
    require_manager(actor)
    at = timezone.now()
    costs = list_costs(actor=actor, at=at)
    response = HttpResponse(write_costs([*costs, add_costs_up(costs, at=at)]), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="storage-{at:%Y-%m-%d}.csv"'
    return response


@require_POST
@signed_in
def run(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Ask for upkeep at once."""
    require_manager(actor)
    what = request.POST.get("what", "")
    job = request_upkeep(actor=actor, what=what, dataset_key=request.POST.get("dataset", ""), at=timezone.now())
    messages.info(request, _ASKED[what])
    return redirect("job", job_id=job.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def withdraw(request: HttpRequest, actor: Actor, key: str) -> HttpResponse:
    """Ask why a dataset is withdrawn, who decided it, and for the words that confirm it."""
    require_manager(actor)
    at = timezone.now()
    dataset = get_dataset(actor=actor, key=key, at=at)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _withdraw(actor, dataset, form):
        messages.success(request, "It is withdrawn; its provider has been told.")
        return redirect("dataset", key=key)
    context = {
        "dataset": dataset,
        "form": form,
        "words": withdrawals.confirmation_of(dataset),
        "page": "upkeep",
        "crumbs": [(dataset.title or dataset.key, reverse("dataset", args=[key])), ("Withdraw", "")],
    }
    return render(request, "portal/upkeep/withdraw.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def restore(request: HttpRequest, actor: Actor, key: str) -> HttpResponse:
    """Ask why a withdrawal is undone."""
    require_manager(actor)
    dataset = get_dataset(actor=actor, key=key, at=timezone.now())
    form = RestoreForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _restore(actor, dataset, form):
        messages.success(request, "It is published again; its provider has been told.")
        return redirect("dataset", key=key)
    context = {
        "dataset": dataset,
        "form": form,
        "page": "upkeep",
        "crumbs": [(dataset.title or dataset.key, reverse("dataset", args=[key])), ("Undo the withdrawal", "")],
    }
    return render(request, "portal/upkeep/restore.html", context, status=422 if form.errors else 200)


def _restore(actor: Actor, dataset: Dataset, form: RestoreForm) -> bool:
    try:
        withdrawals.restore_dataset(actor=actor, dataset_key=dataset.key, at=timezone.now(), **form.cleaned_data)
    except (InvalidInput, Conflict) as error:
        add_refusal(form, error)
        return False
    return True


@require_POST
@signed_in
def ask_for_dois(request: HttpRequest, actor: Actor, key: str) -> HttpResponse:
    """Have a dataset's DOIs registered, or brought up to date, at once."""
    try:
        request_dois(actor=actor, dataset_key=key, at=timezone.now())
        messages.info(request, "DataCite is being told. Load this page again in a moment.")
    except (InvalidInput, Conflict) as error:
        messages.error(request, str(error))
    return redirect("dataset", key=key)


def _withdraw(actor: Actor, dataset: Dataset, form: WithdrawForm) -> bool:
    try:
        withdrawals.withdraw_dataset(actor=actor, dataset_key=dataset.key, at=timezone.now(), **form.cleaned_data)
    except (InvalidInput, Conflict) as error:
        add_refusal(form, error)
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def erase(request: HttpRequest, actor: Actor, key: str) -> HttpResponse:
    """Ask what is to be erased, why, and for the words that confirm it."""
    require_manager(actor)
    at = timezone.now()
    dataset = get_dataset(actor=actor, key=key, at=at)
    form = EraseForm(request.POST or None, dataset=dataset)
    if request.method == "POST" and form.is_valid() and _order(actor, dataset, form):
        messages.success(request, "It is being erased. The record stays here and in the audit log.")
        return redirect("upkeep")
    context = {
        "dataset": dataset,
        "form": form,
        "words": confirmation_of(dataset, "dataset", ""),
        "erasures": list_erasures(actor=actor, dataset=dataset),
        "page": "upkeep",
        "crumbs": [
            ("Upkeep", reverse("upkeep")),
            (dataset.title or dataset.key, reverse("dataset", args=[key])),
            ("Erase", ""),
        ],
    }
    return render(request, "portal/upkeep/erase.html", context, status=422 if form.errors else 200)


def _order(actor: Actor, dataset: Dataset, form: EraseForm) -> bool:
    asked = form.cleaned_data
    try:
        order_erasure(
            actor=actor,
            dataset_key=dataset.key,
            kind=asked["kind"],
            target=form.target,
            reason=asked["reason"],
            confirmation=asked["confirmation"],
            at=timezone.now(),
        )
    except (InvalidInput, NotFound, Conflict) as error:
        add_refusal(form, error)
        return False
    return True
