"""The policy that is published decides as the platform does, for every kind of person and at every instant."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product

import pytest

from fairwatt.core.metadata import Audience
from fairwatt.core.metadata.odrl import is_permitted, policy_of
from fairwatt.records.models import Dataset
from fairwatt.services.access import asking_once, decide_data
from fairwatt.services.actors import Actor
from fairwatt.services.certificates import draft_certificate
from tests.services import stock
from tests.services.stock import DAY, NOW

pytestmark = pytest.mark.django_db

TICK = timedelta(microseconds=1)
DATES: tuple[datetime | None, ...] = (None, NOW - DAY, NOW + DAY)
INSTANTS = (NOW - DAY - TICK, NOW - DAY, NOW, NOW + DAY - TICK, NOW + DAY)


def _people() -> dict[Audience, Actor]:
    return {
        Audience.PUBLIC: Actor.anonymous(),
        Audience.EXTERNAL: stock.actor(stock.person("eve")),
        Audience.PARTNER: stock.actor(stock.person("pat", organization=stock.organization("NWS"))),
    }


def test_every_audience_is_given_the_data_just_when_the_policy_permits_it() -> None:
    people = _people()
    provider = stock.organization("TCC")
    for dates in product(DATES, repeat=len(Audience)):
        release = dict(zip((audience.value for audience in Audience), dates, strict=True))
        dataset = stock.dataset(release=release, provider=provider)
        policy = policy_of(draft_certificate(dataset))
        known = Dataset.objects.prefetch_related("release_rules").get(pk=dataset.pk)
        with asking_once():
            for (audience, actor), at in product(people.items(), INSTANTS):
                decided = decide_data(actor=actor, dataset=known, at=at).allowed
                assert is_permitted(policy, audience, at=at) == decided, (release, audience, at)
