"""A dataset's live feed: how to connect, what came last, how fast, and the tokens that write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from fairwatt.core.errors import Conflict, InvalidInput
from fairwatt.portal.forms.live import DeployTokenForm
from fairwatt.portal.forms.refusals import add_refusal
from fairwatt.portal.pages.signed_in import signed_in
from fairwatt.portal.pages.snippets import Snippet
from fairwatt.records.models import ApiToken
from fairwatt.services.actors import Actor
from fairwatt.services.live_feeds import LiveState, close_live_feed, get_live_state, make_deploy_token, open_live_feed
from fairwatt.services.tokens import revoke_token

_LATE = timedelta(minutes=10)
_BEHIND = 64 << 20  # bytes of the log that wait: some seconds of work


@dataclass(frozen=True, slots=True)
class Health:
    """How a feed does, as a word, an icon and a sentence."""

    word: str
    icon: str
    says: str


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show_live(request: HttpRequest, actor: Actor, key: str) -> HttpResponse:
    """Show a dataset's live feed; POST makes a token, whose secret is in this answer and nowhere else."""
    state = get_live_state(actor=actor, dataset_key=key, at=timezone.now())
    if getattr(request, "htmx", False):
        return render(request, "portal/datasets/live_state.html", _context(state))
    form = DeployTokenForm(request.POST or None)
    made: tuple[ApiToken, str] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = make_deploy_token(
                actor=actor,
                dataset_key=key,
                name=form.cleaned_data["name"],
                days=int(form.cleaned_data["days"]),
                at=timezone.now(),
            )
        except (InvalidInput, Conflict) as error:
            add_refusal(form, error)
        else:
            form, state = DeployTokenForm(), get_live_state(actor=actor, dataset_key=key, at=timezone.now())
    context = _context(state) | {"form": form, "made": made, "snippets": write_live_snippets(key)}
    return render(request, "portal/datasets/live.html", context, status=422 if form.errors else 200)


def _context(state: LiveState) -> dict[str, Any]:
    now = timezone.now()
    dataset = state.dataset
    return {
        "page": "catalogue",
        "dataset": dataset,
        "state": state,
        "feed": state.feed,
        "health": _health(state),
        "working": [t for t in state.tokens if t.revoked_at is None and t.expires_at > now],
        "ended": [t for t in state.tokens if t.revoked_at is not None or t.expires_at <= now],
        "crumbs": [("Catalogue", reverse("catalogue")), (dataset.title, reverse("dataset", args=[dataset.key]))],
    }


def _health(state: LiveState) -> Health:
    feed = state.feed
    if feed is None:
        return Health("Not open", "lock", "Readings are refused until the feed is opened.")
    if feed.closed_at is not None:
        return Health("Closed", "lock", "Readings are refused. What came before stays.")
    if feed.last_received_at is None:
        return Health("Waiting", "clock", "Nothing has come yet.")
    if state.behind > _BEHIND:
        return Health(
            "Behind", "clock", f"{state.behind >> 20:,} MiB of acknowledged readings wait to be put into tables."
        )
    if timezone.now() - feed.last_received_at > _LATE:
        return Health("Silent", "clock", "Nothing has come for more than ten minutes.")
    return Health("Live", "check-circle", "Readings are coming.")


@require_POST
@signed_in
def open_feed(request: HttpRequest, actor: Actor, key: str) -> HttpResponse:
    """Let the dataset take live readings."""
    open_live_feed(actor=actor, dataset_key=key, at=timezone.now())
    messages.success(request, "The live feed is open.")
    return redirect("live_feed", key=key)


@require_POST
@signed_in
def close_feed(request: HttpRequest, actor: Actor, key: str) -> HttpResponse:
    """Take no more readings."""
    close_live_feed(actor=actor, dataset_key=key, at=timezone.now())
    messages.success(request, "The live feed is closed. What came before stays.")
    return redirect("live_feed", key=key)


@require_POST
@signed_in
def revoke(request: HttpRequest, actor: Actor, key: str, token_id: int) -> HttpResponse:
    """Stop a deploy token from working."""
    token = revoke_token(actor=actor, token_id=token_id, at=timezone.now())
    messages.success(request, f"“{token.name}” no longer works.")
    return redirect("live_feed", key=key)


def write_live_snippets(key: str) -> list[Snippet]:
    """Write how to connect, with this portal's true address."""
    base = settings.BASE_URL
    address = f"{base}/api/v1/datasets/{key}/readings"
    record = '{"start": "2026-05-01T12:00:00Z", "series": "meter-7", "power_kw": 1.25}'
    codes = {
        "curl": (
            f'curl --fail-with-body --header "Authorization: Bearer $FAIRWATT_TOKEN" \\\n'
            f'     --header "Content-Type: application/json" \\\n'
            f"     --data '[{record}]' \\\n     {address}"
        ),
        "Python": (
            "import datetime, os, uuid\n\nimport httpx\n\n"
            "now = datetime.datetime.now(datetime.UTC).isoformat()\n"
            f'answer = httpx.post(\n    "{address}",\n'
            "    headers={\n"
            '        "Authorization": f"Bearer {os.environ[\'FAIRWATT_TOKEN\']}",\n'
            '        "Idempotency-Key": str(uuid.uuid4()),  # send again with the same key until it is answered\n'
            "    },\n"
            '    json=[{"start": now, "series": "meter-7", "power_kw": 1.25}],\n)\n'
            "answer.raise_for_status()"
        ),
        "Telegraf": (
            f'[[outputs.influxdb_v2]]\n  urls = ["{base}"]\n  token = "$FAIRWATT_TOKEN"\n'
            f'  organization = "any"\n  bucket = "{key}"\n  content_encoding = "gzip"'
        ),
        "InfluxDB client": (
            "import os\n\nfrom influxdb_client import InfluxDBClient, Point\nfrom influxdb_client.client.write_api "
            'import SYNCHRONOUS\n\ntoken = os.environ["FAIRWATT_TOKEN"]\n'
            f'client = InfluxDBClient(url="{base}", token=token, org="any")\n'
            f'point = Point("meter").tag("series", "meter-7").field("power_kw", 1.25)\n'
            f'client.write_api(write_options=SYNCHRONOUS).write(bucket="{key}", record=point)'
        ),
        "MQTT": (
            "# In the project file (project.toml), by whoever runs the platform:\n"
            '[[mqtt]]\nname = "site"\nhost = "broker.example.org"\nport = 8883\ntls = true\n'
            'username = "fairwatt"\npassword_env = "SITE_MQTT_PASSWORD"\n'
            f'topic = "site/{{series}}/readings"\npayload = "json"\ndataset = "{key}"'
        ),
    }
    return [Snippet(name.lower().replace(" ", "-"), name, code) for name, code in codes.items()]
