"""Small line drawings for status and action, drawn in place: ``{% icon "check" %}``.

Always beside a word: an icon carries no meaning by itself and is hidden from screen readers.
"""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# 24 × 24, strokes only
_PATHS = {
    "alert": "M12 4 2.8 20h18.4zM12 10v4.5M12 17.2v.1",
    "arrow-left": "M20 12H5m6-7-7 7 7 7",
    "arrow-right": "M4 12h15m-6-7 7 7-7 7",
    "bell": "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5a2.2 2.2 0 0 0 4 0",
    "calendar": "M4 6h16v14H4zM4 10.5h16M8.5 3.5V8M15.5 3.5V8",
    "certificate": "M6 3h12v18l-6-3.5L6 21zM9.5 8h5M9.5 11.5h5",
    "chart": "M4 4v16h16M7 15l3.5-5 3.5 3 4.5-6.5",
    "check": "m4.5 12.5 5 5L19.5 7",
    "check-circle": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8 12.3l2.8 2.8L16 9.6",
    "chevron-down": "m6 9.5 6 6 6-6",
    "clock": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5.5l3.5 2",
    "code": "m8.5 7-5 5 5 5M15.5 7l5 5-5 5",
    "comment": "M4 5h16v11h-9l-4.5 4v-4H4z",
    "copy": "M9 9h11v11H9zM15 9V4H4v11h5",
    "database": (
        "M4 6c0-1.7 3.6-3 8-3s8 1.3 8 3v12c0 1.7-3.6 3-8 3s-8-1.3-8-3zM4 6c0 1.7 3.6 3 8"
        " 3s8-1.3 8-3M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3"
    ),
    "download": "M12 4v11.5m-5-5 5 5 5-5M4.5 20h15",
    "edit": "M4 20l1-4.5L16 4.5 19.5 8l-11 11zM13.5 7l3.5 3.5",
    "external": "M13 5h6v6M19 5l-8.5 8.5M16 14v5H5V8h5",
    "eye-off": "M3 12s3.2-6 9-6c1.5 0 2.8.4 4 1M21 12s-3.2 6-9 6c-1.5 0-2.8-.4-4-1M4 4l16 16",
    "eye": "M3 12s3.2-6 9-6 9 6 9 6-3.2 6-9 6-9-6-9-6zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
    "file": "M6 3h8l4.5 4.5V21H6zM14 3v4.5h4.5",
    "info": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5.5M12 7.6v.1",
    "key": "M14.5 3.5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM10.3 13.7 3.5 20.5M6 18l2.5 2.5",
    "link": ("M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.6L12 7M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.6L12 17"),
    "lock": "M5.5 11h13v9.5h-13zM8 11V8a4 4 0 0 1 8 0v3",
    "map": "M3.5 6 9 3.5l6 2.5 5.5-2.5V18L15 20.5 9 18l-5.5 2.5zM9 3.5V18M15 6v14.5",
    "menu": "M3.5 6.5h17M3.5 12h17M3.5 17.5h17",
    "minus": "M5 12h14",
    "pause": "M8.5 5v14M15.5 5v14",
    "plus": "M12 5v14M5 12h14",
    "printer": "M7 9V3.5h10V9M7 17H4V9h16v8h-3M7 14h10v6.5H7z",
    "question": ("M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M12 16.8v.1"),
    "refresh": "M20 5v5h-5M4 19v-5h5M5.5 9.5A7 7 0 0 1 19 8.5L20 10M18.5 14.5A7 7 0 0 1 5 15.5L4 14",
    "returned": "M9 7 4 12l5 5M4 12h11a5 5 0 0 1 5 5v2",
    "search": "M10.5 3.5a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM15.7 15.7 21 21",
    "settings": "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5",
    "share": "M12 15V3.5m-5 5 5-5 5 5M5 13v7.5h14V13",
    "shield": "M12 3l8 3v6c0 4.5-3.3 7.8-8 9-4.7-1.2-8-4.5-8-9V6z",
    "table": "M3.5 5h17v14h-17zM3.5 10h17M10 5v14",
    "trash": "M4.5 6.5h15M9 6.5V4h6v2.5M6.5 6.5l1 14h9l1-14M10.5 10.5v6M13.5 10.5v6",
    "upload": "M12 16V4.5m-5 5 5-5 5 5M4.5 20h15",
    "unlock": "M5.5 11h13v9.5h-13zM8 11V8a4 4 0 0 1 7.7-1.5",
    "people": (
        "M9 4.5a3.7 3.7 0 1 0 0 7.4 3.7 3.7 0 0 0 0-7.4zM2.5 20c.6-3.5 3-5.5 6.5-5.5s5.9 2 6.5 5.5"
        "M15.5 4.8a3.7 3.7 0 0 1 0 6.8M17.5 14.8c2.2.7 3.6 2.5 4 5.2"
    ),
    "user": "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20.5c.8-3.8 3.7-6 7.5-6s6.7 2.2 7.5 6",
    "withdrawn": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM5.7 5.7l12.6 12.6",
    "x": "M6 6l12 12M18 6 6 18",
    "x-circle": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9 9l6 6M15 9l-6 6",
}


def draw_icon(name: str, label: str = "") -> SafeString:
    """Draw an icon; with a ``label`` it is announced, without one it is hidden from screen readers.

    Raises
    ------
    KeyError
        Where there is no such drawing.
    """
    path = mark_safe(f'<path d="{_PATHS[name]}"/>')  # noqa: S308 - our own constant
    role = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    # the size stands in the drawing too: it must not fill the page while the style sheet is on its way
    return format_html('<svg class="icon" width="18" height="18" viewBox="0 0 24 24" {}>{}</svg>', role, path)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw an icon in place."""
    return draw_icon(name, label)
