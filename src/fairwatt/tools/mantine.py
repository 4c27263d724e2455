"""Mantine's components for Dash, each imported when a tool names it: ``from fairwatt.tools import mantine as dmc``.

The package itself imports all of its components, some 130 classes: a second of a processor and 14 MB of every server
process, of which the tools use half a dozen. Its list of them is put in place here before it is imported;
tests/tools/test_mantine.py fails when a release is built otherwise.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what the tools use
    from dash_mantine_components import (
        MantineProvider,
        MultiSelect,
        SegmentedControl,
        Select,
        Switch,
        TextInput,
    )

__all__ = ["PACKAGE", "MantineProvider", "MultiSelect", "SegmentedControl", "Select", "Switch", "TextInput"]

PACKAGE = "dash_mantine_components"
_LIST = f"{PACKAGE}._imports_"

if PACKAGE not in sys.modules:
    none_yet = ModuleType(_LIST, "The components that the package imports by itself: none.")
    vars(none_yet)["__all__"] = []
    sys.modules[_LIST] = none_yet
import_module(PACKAGE)  # its scripts, which Dash serves

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Import a component."""
        if not name[:1].isupper():
            raise AttributeError(f"Mantine has no component {name!r}")
        try:
            return getattr(import_module(f"{PACKAGE}.{name}"), name)
        except ModuleNotFoundError as error:
            raise AttributeError(f"Mantine has no component {name!r}") from error
