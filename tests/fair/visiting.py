"""Visits to the portal from outside: what was answered is kept, so that it can be read again, also spoilt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.test import Client

BASE = "http://127.0.0.1:8000"
_MOST_STEPS = 5  # redirects


@dataclass(frozen=True)
class Answer:
    """What a server said; status 0 where it was never reached."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def media_type(self) -> str:
        """The content's type, without its parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0]

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode("utf-8", "replace")


NOWHERE = Answer(0)
Spoil = Callable[[str, Answer], Answer]


@dataclass
class Visits:
    """Everything that was answered, by address and ``Accept``; asked anew where there is a client."""

    client: Client | None = None
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    spoil: Spoil = lambda _, answer: answer

    def get(self, address: str, accept: str = "*/*") -> Answer:
        """What one address says, redirects as they are."""
        asked = (address.partition("#")[0], accept)
        if asked not in self.answers and self.client is not None:
            self.answers[asked] = self._ask(*asked)
        return self.spoil(address, self.answers.get(asked, NOWHERE))

    def follow(self, address: str, accept: str = "*/*") -> tuple[str, tuple[int, ...], Answer]:
        """Where an address leads, the statuses on the way, and what is said there."""
        statuses: list[int] = []
        for _ in range(_MOST_STEPS):
            answer = self.get(address, accept)
            statuses.append(answer.status)
            if answer.status not in {301, 302, 303, 307, 308}:
                break
            led = answer.headers["Location"]
            address = f"{BASE}{led}" if led.startswith("/") else led
        return address, tuple(statuses), answer

    def spoilt(self, spoil: Spoil) -> Visits:
        """The same visits, with every answer changed; nobody is asked any more."""
        return Visits(answers=self.answers, spoil=spoil)

    def _ask(self, address: str, accept: str) -> Answer:
        assert self.client is not None
        if not address.startswith(BASE):
            return NOWHERE  # nobody goes further than this portal
        answer = self.client.get(address.removeprefix(BASE), headers={"accept": accept})
        body = answer.getvalue() if answer.streaming else answer.content
        return Answer(answer.status_code, dict(answer.items()), body)
