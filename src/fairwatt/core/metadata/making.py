"""How a dataset was made of others: by which recipe, of which versions, by which program.

Data as received and as read have none of this; what cleaning or joining makes of them does.
"""

from __future__ import annotations

from pydantic import Field

from fairwatt.core.metadata.entries import Frozen, Instant, KnownDigest
from fairwatt.core.metadata.words import Text


class Source(Frozen):
    """Readings that a result was made of: those of a version, named by its own PID, with the hash certified of them."""

    pid: Text = Field(min_length=1)
    pid_url: Text = ""
    title: Text
    readings_sha256: KnownDigest


class Making(Frozen):
    """What made a result: a recipe, applied to readings. The result itself is the certificate's readings.

    Attributes
    ----------
    recipe_sha256
        Of the recipe's document, by which anybody can tell it.
    recipe_name, recipe_url
        What people call it, and where it can be had.
    program
        Name and version of what carried it out.
    """

    recipe_sha256: KnownDigest
    recipe_name: Text
    recipe_url: Text = ""
    program: Text = ""
    made_at: Instant | None = None
    made_from: tuple[Source, ...] = Field(min_length=1)

    @property
    def sentence(self) -> str:
        """The whole in a sentence: ``Made by the recipe “Fill gaps” of School load (ark:/…).``"""
        sources = ", ".join(f"{source.title} ({source.pid})" for source in self.made_from)
        return f"Made by the recipe “{self.recipe_name}” of {sources}."
