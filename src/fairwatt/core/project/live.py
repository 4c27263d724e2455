"""Live readings by MQTT: which topics of which broker are whose readings."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from fairwatt.core.project.entries import Entry

_WORD = re.compile(r"\{([a-z]+)\}")


class Mqtt(Entry):
    """Topics whose messages are readings of one dataset.

    Attributes
    ----------
    name
        What the log and the broker call this connection.
    topic
        As MQTT writes it, ``+`` and ``#`` included. A level may be ``{series}`` or ``{field}`` instead of ``+``: what
        stands there names the series or the field.
    payload
        ``json``: a record or several, as the API takes them; ``lines``: line protocol; ``value``: one number or word,
        whose time is when it arrives. Records without ``start`` are of then, too.
    dataset
        Key or identifier of a dataset with a live feed.
    field, series
        The field of a ``value``, and the series, where the topic does not say them.
    password_env
        The environment variable that holds the password.
    ca_file
        Certificates that the broker's is signed by, where the system's own do not do.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,40}$")
    host: str
    port: int = Field(default=1883, gt=0, lt=65536)
    topic: str = Field(min_length=1, max_length=1_000)
    dataset: str = Field(min_length=1)
    payload: Literal["json", "lines", "value"] = "json"
    field: str = ""
    series: str = ""
    precision: Literal["ns", "us", "ms", "s"] = "ns"
    qos: Literal[0, 1, 2] = 1
    tls: bool = False
    ca_file: str = ""
    username: str = ""
    password_env: str = ""

    @model_validator(mode="after")
    def _topic_is_one(self) -> Self:
        words = _WORD.findall(self.topic)
        if unknown := sorted(set(words) - {"series", "field"}):
            raise ValueError(f"topic has {{{unknown[0]}}}; it may have {{series}} and {{field}}")
        if len(words) > len(set(words)):
            raise ValueError("topic has a name twice")
        levels = self.topic.split("/")
        if any(level != "#" and "#" in level for level in levels) or "#" in levels[:-1]:
            raise ValueError("# is the last level of a topic, and stands alone there")
        if any(set("{}+") & set(level) and not re.fullmatch(r"\+|\{[a-z]+\}", level) for level in levels):
            raise ValueError("+ and names stand alone in their level of a topic")
        if self.payload == "value" and not self.field and "field" not in words:
            raise ValueError("a value needs a field: name it, or put {field} into the topic")
        return self

    @property
    def subscription(self) -> str:
        """The topic as the broker knows it."""
        return _WORD.sub("+", self.topic)

    def names_in(self, topic: str) -> dict[str, str]:
        """What a message's topic says of its series and field.

        >>> Mqtt(name="a", host="h", topic="site/{series}/{field}", dataset="d").names_in("site/m7/power_kw")
        {'series': 'm7', 'field': 'power_kw'}
        """
        pairs = zip(self.topic.split("/"), topic.split("/"), strict=False)
        return {word[1]: level for part, level in pairs if (word := _WORD.fullmatch(part))}
