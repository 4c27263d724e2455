"""The catalogues for programs: pages of DCAT-AP in Turtle, RDF/XML and JSON-LD, and Atom feeds of what changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from fairwatt.api.authentication import authenticate
from fairwatt.api.edge import api_view
from fairwatt.api.parameters import check_known
from fairwatt.api.places import read_place, sign_place
from fairwatt.core.errors import InvalidInput
from fairwatt.core.identifiers import ark_of
from fairwatt.core.metadata import Catalogue
from fairwatt.core.metadata.atom import MEDIA_TYPE as ATOM
from fairwatt.core.metadata.atom import Change, End, Feed, to_atom
from fairwatt.core.metadata.catalogue_dcat import CataloguePage, Gone, Service, to_catalogue
from fairwatt.core.metadata.rdf import Node, to_json_ld, to_rdf_xml, to_turtle
from fairwatt.services.actors import Actor
from fairwatt.services.harvests import Entry, EntryPage, Harvest, harvest, latest_change
from fairwatt.services.links import absolute
from fairwatt.services.projects import get_project

MOST_ON_A_PAGE = 100
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_ABOUT = {
    "": ("Catalogue of {}", "All datasets of {}: the Foreground and the Background Catalogue together."),
    "foreground": ("Foreground Catalogue of {}", "Data that {} itself produced, mostly in its trials."),
    "background": ("Background Catalogue of {}", "Data from elsewhere that {} works with."),
}


def _as_json_ld(nodes: Iterable[Node]) -> str:
    return json.dumps(to_json_ld(nodes), ensure_ascii=False, indent=1) + "\n"


FORMS: dict[str, tuple[str, Callable[[Iterable[Node]], str]]] = {
    "ttl": ("text/turtle; charset=utf-8", to_turtle),
    "rdf": ("application/rdf+xml", to_rdf_xml),
    "xml": ("application/rdf+xml", to_rdf_xml),
    "jsonld": ("application/ld+json", _as_json_ld),
}
ENDINGS = (*FORMS, "atom")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the address asks for."""

    origin: str
    ending: str
    limit: int
    since: datetime | None
    cursor: str

    @property
    def page(self) -> str:
        """The address of the catalogue's page for people: what the catalogue is known by."""
        return f"{settings.BASE_URL}/catalogue/{f'{self.origin}/' if self.origin else ''}"

    def address(self, cursor: str = "") -> str:
        """The address of a page in this form."""
        said = {
            "modified_since": self.since.isoformat().replace("+00:00", "Z") if self.since else "",
            "limit": str(self.limit) if self.limit != MOST_ON_A_PAGE else "",
            "cursor": cursor,
        }
        params = urlencode({name: value for name, value in said.items() if value})
        return f"{self.page.rstrip('/')}.{self.ending}{f'?{params}' if params else ''}"


@api_view
@require_safe
def send_catalogue(request: HttpRequest, ending: str, origin: str = "") -> HttpResponse:
    """Send a page of a catalogue, as DCAT-AP or as an Atom feed of its changes."""
    actor, at = authenticate(request, "read", bulk=True), timezone.now()
    return write_catalogue(request, actor, origin, ending, at=at)


def write_catalogue(request: HttpRequest, actor: Actor, origin: str, ending: str, *, at: datetime) -> HttpResponse:
    """Write the page that the address asks for; ``origin`` "" is both catalogues."""
    asked = _read(request, origin, ending)
    is_feed = ending == "atom"
    salt = f"catalogue.{'atom' if is_feed else 'dcat'}.{origin}"
    found = harvest(
        actor=actor,
        asked=Harvest(
            origin=origin,
            since=asked.since,
            after=read_place(asked.cursor, salt=salt)[0] if asked.cursor else None,
            limit=asked.limit,
            with_gone=is_feed or asked.since is not None,
            newest_first=is_feed,
            counts=not is_feed,
        ),
        at=at,
    )
    following = asked.address(sign_place(found.next, salt=salt)) if found.next else ""
    modified = latest_change(actor=actor, origin=origin)
    write = _write_feed if is_feed else _write_dcat
    answer = write(asked, found, following, modified, at)
    name = f"{origin or 'catalogue'}.{ending}"
    answer["Content-Disposition"] = content_disposition_header(as_attachment=False, filename=name) or "inline"
    links = [f'<{asked.page}>; rel="describes"; type="text/html"']
    links += [f'<{following}>; rel="next"'] if following else []
    answer["Link"] = ", ".join(links)
    return answer


def _write_dcat(
    asked: _Asked, found: EntryPage, following: str, modified: datetime | None, at: datetime
) -> HttpResponse:
    project = get_project()
    name, about = _ABOUT[asked.origin]
    called = project.branding.name
    page = CataloguePage(
        address=asked.page,
        title=name.format(called),
        description=about.format(called),
        publisher=publisher(),
        page=asked.address(asked.cursor),
        first=asked.address(),
        next=following,
        total=found.total,
        size=asked.limit,
        modified=modified,
        parts=() if asked.origin else [f"{asked.page}{part}/#catalogue" for part in ("foreground", "background")],
        services=services(),
        certificates=[entry.certificate for entry in found.entries if entry.certificate and not entry.is_gone],
        gone=[Gone(pid_url(entry), entry.changed_at) for entry in found.entries if entry.is_gone],
    )
    media_type, write = FORMS[asked.ending]
    return HttpResponse(write(to_catalogue(page, at=at, words=project.audiences.words)), content_type=media_type)


def _write_feed(
    asked: _Asked, found: EntryPage, following: str, modified: datetime | None, at: datetime
) -> HttpResponse:
    project = get_project()
    links = {
        "self": (asked.address(asked.cursor), ATOM),
        "first": (asked.address(), ATOM),
        "alternate": (asked.page, "text/html"),
    }
    if following:
        links["next"] = (following, ATOM)
    feed = Feed(
        id=f"{asked.page}#changes",
        title=f"Changes in the {_ABOUT[asked.origin][0].format(project.branding.name)}",
        author=project.branding.owner or project.branding.name,
        updated=modified or _BEGINNING,
        links=links,
        entries=[_told(entry) for entry in found.entries],
    )
    return HttpResponse(to_atom(feed, at=at, words=project.audiences.words), content_type=f"{ATOM}; charset=utf-8")


def _told(entry: Entry) -> Change | End:
    if entry.is_gone or entry.certificate is None:
        reason = entry.dataset.withdrawal_reason if entry.certificate is not None else ""
        return End(pid_url(entry), entry.changed_at, reason)
    return Change(entry.certificate, entry.changed_at)


def pid_url(entry: Entry) -> str:
    """The address of a dataset's PID."""
    return absolute(f"/{ark_of(get_project().identifiers.naan, entry.dataset.key)}")


def publisher() -> Catalogue:
    """Who publishes the catalogues."""
    branding = get_project().branding
    return Catalogue(
        name=branding.name, url=settings.BASE_URL, publisher=branding.owner, contact=branding.contact_email
    )


def services() -> list[Service]:
    """The ways in which programs read the catalogues."""
    base = settings.BASE_URL
    return [
        Service("REST API", f"{base}/api/v1/", f"{base}/api/v1/openapi.json", "https://spec.openapis.org/oas/v3.1.0"),
        Service("OAI-PMH 2.0", f"{base}/oai", f"{base}/oai?verb=Identify", "http://www.openarchives.org/OAI/2.0/"),
        Service("CKAN Action API, to read", f"{base}/api/3/", "", "https://docs.ckan.org/en/2.11/api/"),
    ]


def _read(request: HttpRequest, origin: str, ending: str) -> _Asked:
    check_known(request, ("modified_since", "limit", "cursor"))
    text = request.GET.get("limit", "") or str(MOST_ON_A_PAGE)
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= MOST_ON_A_PAGE:
        raise InvalidInput(
            f"A page holds 1 to {MOST_ON_A_PAGE} datasets, not {text[:20]}.", where={"part": "query", "field": "limit"}
        )
    since = request.GET.get("modified_since", "")
    return _Asked(origin, ending, int(text), _instant(since) if since else None, request.GET.get("cursor", ""))


def _instant(text: str) -> datetime:
    """Read a day (from its beginning in UTC), or an instant with its offset."""
    try:
        if len(text) == len("2026-06-01"):
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        at = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign that an address lost
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"'{text[:40]}' is neither a day nor an instant.",
            where={"part": "query", "field": "modified_since"},
            next_step="Write it as 2026-06-01 or 2026-06-01T12:00:00Z.",
        ) from error
