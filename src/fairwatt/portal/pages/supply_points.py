"""Which supply point a name stands for: for data managers, with a reason, each time written down."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from fairwatt.core.errors import InvalidInput, NotFound
from fairwatt.portal.forms.refusals import add_refusal
from fairwatt.portal.forms.reviews import RevealForm
from fairwatt.portal.pages.signed_in import require_manager, signed_in
from fairwatt.services.actors import Actor
from fairwatt.services.deposits import get_deposit
from fairwatt.services.pseudonyms import list_pseudonyms, reveal_series

_MOST_NAMES = 200


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show_points(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """Ask for a name and a reason; answer with the number it stands for, on this page alone."""
    require_manager(actor)
    deposit = get_deposit(actor=actor, code=code)
    dataset = deposit.dataset
    form = RevealForm(request.POST or None, initial={"series": request.GET.get("name", "")[:200]})
    number = _reveal(actor, dataset.key, form) if request.method == "POST" and form.is_valid() else ""
    names = list_pseudonyms(actor=actor, dataset=dataset)
    context = {
        "deposit": deposit,
        "dataset": dataset,
        "form": form,
        "number": number,
        "name": form.cleaned_data["series"] if number else "",
        "names": names[:_MOST_NAMES],
        "total": len(names),
        "page": "review",
        "crumbs": [
            ("Review", reverse("review_queue")),
            (dataset.title or code, reverse("review", args=[code])),
            ("Supply points", ""),
        ],
    }
    return render(request, "portal/review/supply_points.html", context, status=422 if form.errors else 200)


def _reveal(actor: Actor, dataset_key: str, form: RevealForm) -> str:
    """The number, or "" with the refusal in the form."""
    asked = form.cleaned_data
    try:
        return reveal_series(
            actor=actor, dataset_key=dataset_key, series=asked["series"], reason=asked["reason"], at=timezone.now()
        )
    except (InvalidInput, NotFound) as error:
        add_refusal(form, error)
        return ""
