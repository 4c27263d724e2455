"""Name the built styles, scripts and fonts: ``{% asset "portal.css" %}``."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from django import template
from django.conf import settings
from django.templatetags.static import static

register = template.Library()
MANIFEST = Path(__file__).resolve().parent.parent / "static" / "portal" / "manifest.json"


@lru_cache(maxsize=2)
def _names(changed_ns: int) -> dict[str, str]:
    del changed_ns
    names: dict[str, str] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return names


@lru_cache(maxsize=1)
def _manifest() -> dict[str, str]:
    return _names(MANIFEST.stat().st_mtime_ns)


@register.simple_tag
def asset(name: str) -> str:
    """The address of a built file; its name carries the hash of its content, so it may be kept for ever.

    Raises
    ------
    KeyError
        Where ``npm run build`` has made no such file.
    """
    names = _names(MANIFEST.stat().st_mtime_ns) if settings.DEBUG else _manifest()
    return static(f"portal/{names[name]}")
