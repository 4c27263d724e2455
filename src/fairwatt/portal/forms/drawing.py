"""How every form of the portal is drawn: label, hint, error, field, one under the other in that order.

Set as ``FORM_RENDERER``, so that the accounts' forms, which are not ours, look and read alike.
"""

from __future__ import annotations

from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest

_CLASSES = {"checkbox": "form-check-input", "radio": "form-check-input", "hidden": ""}


def _class_of(template_name: str, widget: dict[str, Any]) -> str:
    """The theme's class for a widget; "" for what is drawn of several."""
    if template_name.endswith("select.html"):
        return "form-select"
    if template_name.endswith("textarea.html"):
        return "form-control"
    if not template_name.endswith(("checkbox_select.html", "radio.html")) and (kind := widget.get("type")):
        return _CLASSES.get(kind, "form-control")
    return ""


class FieldRenderer(DjangoTemplates):
    """Draw fields with the portal's own template, and give widgets the theme's classes."""

    field_template_name = "portal/forms/field.html"

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """Render one widget, field or list of errors.

        Placeholders are left out: they vanish with the first letter, and the label says it already.
        """
        if widget := context.get("widget"):
            attrs = widget["attrs"]
            attrs.pop("placeholder", None)
            if theme := _class_of(template_name, widget):
                attrs["class"] = f"{attrs.get('class', '')} {theme}".strip()
        return super().render(template_name, context, request)
