"""Stands in for CKAN, so that ckanext-dcat's parser runs without one: it asks for settings, licences and formats alone.

This one has none of them, as a CKAN has none that nobody set, and no action that extensions add.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any
from unittest.mock import Mock


def _as_bool(value: object) -> bool:
    return str(value).lower() in {"true", "yes", "on", "1"}


def _as_list(value: object, *_: object) -> list[Any]:
    return value if isinstance(value, list) else str(value or "").split()


_KNOWN: Mapping[str, Mapping[str, Any]] = {
    "ckantoolkit": {
        "config": {},
        "ObjectNotFound": LookupError,
        "Invalid": ValueError,
        "asbool": _as_bool,
        "aslist": _as_list,
        "get_action": Mock(side_effect=KeyError),
    },
    "ckan": {},
    "ckan.exceptions": {"HelperError": KeyError},
    "ckan.lib": {},
    "ckan.lib.helpers": {"resource_formats": dict},
    "ckan.lib.munge": {"munge_tag": str},
    "ckan.model": {},
    "ckan.model.license": {"LicenseRegister": dict},
    "ckan.plugins": {},
    "ckan.plugins.interfaces": {"Interface": object},
    "ckan.plugins.toolkit": {"asbool": _as_bool},
    "ckan.views": {},
    "ckan.views.dataset": {},
    "ckan.views.home": {},
}


def rdf_parser() -> Any:
    """The class that ckanext-dcat reads catalogues by; it can be imported only once CKAN is stood in for."""
    _stand_in()
    return import_module("ckanext.dcat.processors").RDFParser


def _stand_in() -> None:
    """Let ``import ckan`` find this; whatever else is asked of it answers with nothing in particular."""
    sys.modules["simplejson"] = json
    for name, said in _KNOWN.items():
        module = Mock(__path__=[], **said)
        sys.modules[name] = module
        above, _, last = name.rpartition(".")
        if above:
            setattr(sys.modules[above], last, module)
