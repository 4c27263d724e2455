"""Small help with Dash's HTML."""

from __future__ import annotations

from typing import Any


def aria(**words: str) -> dict[str, Any]:
    """Attributes for screen readers: ``aria(label="Chart")`` is ``aria-label="Chart"``."""
    return {f"aria-{name}": text for name, text in words.items()}
