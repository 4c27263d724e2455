"""How every form of the portal is drawn: label, hint, error, field, one under the other in that order.

Set as ``FORM_RENDERER``, so that the accounts' forms, which are not ours, look and read alike.
"""

from __future__ import annotations

from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest


class FieldRenderer(DjangoTemplates):
    """Draw fields with the portal's own template."""

    field_template_name = "portal/forms/field.html"

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """Render one widget, field or list of errors.

        Placeholders are left out: they vanish with the first letter, and the label says it already.
        """
        if widget := context.get("widget"):
            widget["attrs"].pop("placeholder", None)
        return super().render(template_name, context, request)
