"""The tools' components come one by one, and Dash knows of them as if they had come together."""

from __future__ import annotations

import subprocess
import sys

import pytest

from fairwatt.tools import mantine

IN_A_FRESH_PROCESS = """
import sys
from fairwatt.tools import mantine
from dash.development.base_component import ComponentRegistry
before = [name for name in sys.modules if name.startswith("dash_mantine_components.")]
select = mantine.Select(id="a", data=["b"])
print(len(before) < 20, select.to_plotly_json()["namespace"], select.to_plotly_json()["type"])
scripts = ComponentRegistry.get_resources("_js_dist")
print([one["relative_package_path"] for one in scripts if one["namespace"] == mantine.PACKAGE][0])
"""


def test_a_component_is_imported_when_it_is_named_and_dash_finds_its_scripts() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IN_A_FRESH_PROCESS], capture_output=True, text=True, timeout=600, check=True
    )

    assert done.stdout.splitlines() == [
        "True dash_mantine_components Select",
        "dash_mantine_components.js",
    ]


@pytest.mark.parametrize("name", ["Nothing", "select", "_imports_"])
def test_what_mantine_has_not_is_no_attribute(name: str) -> None:
    with pytest.raises(AttributeError, match=f"no component '{name}'"):
        getattr(mantine, name)
