"""Croissant, CSV on the Web, RO-Crate and catalogues before the official programs, which refuse what is broken.

What the standards' own files say of DCAT-AP and of DataCite is in test_official_files.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from fairwatt.core.metadata import Certificate
from fairwatt.core.metadata.croissant import to_croissant
from fairwatt.core.metadata.csvw import to_csvw
from fairwatt.core.metadata.ro_crate import to_ro_crate
from tests.conftest import IN_CI
from tests.core.metadata.examples import NOW, certificate, file_certificate
from tests.core.metadata.test_package_described import STATES
from tests.fair.ckan_harvesting import read_datasets
from tests.fair.test_ckan_harvesting import graph_of
from tests.waiting import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(os.environ.get("FAIRWATT_VALIDATORS", ROOT / ".venv" / "validators")) / "bin" / "python"
GOOD = {
    "dataset": certificate(series_count=3),
    "file": file_certificate(),
    "bare": certificate(provider=None, receiver=None, place="", procedures=(), trial=None, keywords=()),
}
TABLE = "start,series,active_power_l1n_avg_kw\r\n2020-06-01T00:00:00Z,A,4.7\r\n"


def require(path: Path) -> None:
    """Skip a test for want of what `make validators` installs; where CI runs it is there."""
    if not path.exists():
        message = "the validators are absent: `make validators` installs them"
        if IN_CI:
            pytest.fail(message)
        pytest.skip(message)


def tell(cases: dict[str, dict[str, Any]]) -> dict[str, dict[str, list[str]]]:
    """What the validators say of them."""
    require(PYTHON)
    told = subprocess.run(
        [PYTHON, Path(__file__).with_name("official.py")],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    answered: dict[str, dict[str, list[str]]] = json.loads(told.stdout)
    return answered


def table_of(one: Certificate) -> str:
    return TABLE if one.series_count else TABLE.replace("series,", "").replace("A,", "")


def broken_crate() -> dict[str, Any]:
    """A crate of nothing but a root that has no name."""
    crate = to_ro_crate(certificate(), at=NOW)
    descriptor, root = crate["@graph"][:2]
    kept = {name: root[name] for name in ("@id", "@type", "description", "datePublished")}
    return {**crate, "@graph": [descriptor, kept]}


def test_the_official_validators_have_nothing_to_say_save_of_what_is_broken() -> None:
    croissant = to_croissant(certificate())
    unknown_file = json.loads(json.dumps(croissant))
    unknown_file["recordSet"][0]["field"][1]["source"]["fileObject"] = {"@id": "no-such-file"}
    good = {
        "croissant": {name: to_croissant(one) for name, one in GOOD.items()},
        "csvw": {name: [to_csvw(one), table_of(one)] for name, one in GOOD.items()},
        "ro-crate": {  # seconds for each
            "dataset": to_ro_crate(GOOD["dataset"], at=NOW),
            "package": to_ro_crate(STATES["whole"], at=NOW),
        },
    }
    broken = {
        "croissant": {"no such file": unknown_file},
        "csvw": {
            "no instant": [to_csvw(certificate(series_count=3)), TABLE.replace("2020-06-01T00:00:00Z", "yesterday")]
        },
        "ro-crate": {"no name": broken_crate()},
    }

    told = tell({form: {**good[form], **broken[form]} for form in good})

    assert {name: told[form][name] for form, cases in good.items() for name in cases if told[form][name]} == {}
    assert {name: told[form][name] for form, cases in broken.items() for name in cases if not told[form][name]} == {}


def flat(dataset: dict[str, Any]) -> dict[str, Any]:
    """What CKAN keeps of a dataset, the lists that it writes as JSON read back."""
    said = {one["key"]: one["value"] for one in dataset["extras"]}
    lists = {key: json.loads(value) for key, value in said.items() if value.startswith("[")}
    return {**{key: value for key, value in dataset.items() if key != "extras"}, **said, **lists}


def test_ckans_own_parser_reads_a_catalogue_as_its_rules_here_do() -> None:
    graph = graph_of()
    *read, following = map(
        json.loads, tell({"ckan": {"catalogue": graph.serialize(format="turtle")}})["ckan"]["catalogue"]
    )
    ((address, by_rules),) = read_datasets(graph).items()
    (by_ckan,) = map(flat, read)

    assert following is None
    assert by_ckan["uri"] == address
    assert (by_ckan["title"], by_ckan["notes"]) == (certificate().title, certificate().data_description)
    resources = {one["url"]: one for one in by_ckan.pop("resources")}
    for resource in by_rules.pop("resources"):
        kept = resources.pop(resource["url"])
        assert {key: kept[key] for key in resource} == resource
    assert resources == {}
    assert sorted(tag["name"] for tag in by_ckan.pop("tags")) == sorted(by_rules.pop("tags"))
    assert by_ckan.pop("identifier") in {
        by_rules.pop("identifier"),
        certificate().leo_identifier,
    }
    assert {key: by_ckan.get(key) for key in by_rules} == by_rules
