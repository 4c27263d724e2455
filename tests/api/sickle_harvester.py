"""Sickle, a harvester of OAI-PMH: its sources hold an invalid escape, of which Python warns as it compiles them."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # else the first import after an installation is an error
    from sickle import Sickle

__all__ = ["Sickle"]
