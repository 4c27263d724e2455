"""Numbers of supply points on no page, in no answer of the API, no export and no certificate, whoever asks."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from django.http import HttpResponseBase

from fairwatt.core.metadata import forms
from fairwatt.records.models import Dataset, Deposit, File, Job
from fairwatt.services import deposits
from fairwatt.services.actors import Actor
from tests.portal.pages.conftest import Person, with_session
from tests.portal.routes import ROUTES
from tests.services import entries
from tests.services.entries import AT, HOUR

ONE, TWO = "1012345678903", "2000000000015"
TOLD_ON_PURPOSE = {"/files/{file}/original", "/api/v1/files/{file}/content"}  # the bytes, for their provider's people
LISTS = {"/audit/", "/jobs/", "/review/", "/share/", "/upkeep/", "/catalogue/foreground.csv", "/sitemap.xml"}
CERTIFICATES = [f"/{what}.{form.ending}" for what in ("datasets/{key}", "files/{file}") for form in forms.FORMS]
PACKED = re.compile(r"\.(pdf|parquet|arrow|zip)\b")


@pytest.fixture
def partner(db: None) -> Person:
    return with_session(entries.partner("LCH", "pat", role="steward"))


def _zip(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def _content(response: HttpResponseBase) -> bytes:
    parts = getattr(response, "streaming_content", None)
    if parts is None:
        return bytes(getattr(response, "content", b""))
    return b"".join(parts)


def _published(partner: Person) -> tuple[Deposit, File]:
    """An entry whose file, its member, a line above the table, its headings and a column name supply points."""
    lines = [f"Meter {ONE}", f"time,meter,{ONE} (kWh),note"]
    lines += [f"2020-09-01T{h:02}:00:00Z,{TWO},{h}.5,swapped for {ONE}" for h in range(24)]
    deposit = entries.entry(partner.actor)
    file = entries.hand_in(partner.actor, deposit, _zip(f"{TWO}.csv", "\n".join([*lines, ""]).encode()), f"{ONE}.zip")
    entries.read_all()
    file.refresh_from_db()
    assert (file.state, file.series_count) == ("read", 1), (file.state, file.error, file.questions)
    deposits.submit_deposit(actor=partner.actor, code=deposit.code, at=AT + HOUR)
    return deposit, file


@pytest.mark.parametrize("who", ["the provider", "a data manager", "nobody in particular"])
def test_no_answer_holds_the_number(partner: Person, who: str) -> None:
    deposit, file = _published(partner)
    person = {
        "the provider": partner,
        "a data manager": with_session(entries.manager()),
        "nobody in particular": with_session(Actor.anonymous()),
    }[who]
    places = {"key": file.dataset.key, "file": file.key, "code": deposit.code, "job": Job.objects.latest("pk").pk}
    answered: list[str] = []
    for is_published in (False, True) if who == "the provider" else (True,):
        if is_published:
            Dataset.objects.filter(pk=file.dataset_id).update(state="published", published_at=AT)
            file.dataset.release_rules.update(available_from=AT)
        for address in (*(address for _, address in ROUTES.values()), *CERTIFICATES):
            names = set(re.findall(r"{(\w+)}", address))
            if not (names or address in LISTS) or address in TOLD_ON_PURPOSE or not names <= places.keys():
                continue
            response = person.client.get(address.format(**places))
            content = _content(response)
            said = content + str(response.headers).encode()
            assert ONE.encode() not in said, address
            assert TWO.encode() not in said, address
            answered += [address] if response.status_code == 200 and not PACKED.search(address) else []
    few = {"the provider": 15, "a data manager": 15, "nobody in particular": 3}[who]
    assert len(set(answered)) > few, "pages were shown"
    own = {"/files/{file}/", "/share/{code}/files/{file}/", "/files/{file}/profile.toml"}
    assert who == "nobody in particular" or own <= set(answered)
