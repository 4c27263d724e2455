"""Code that fetches a dataset's readings, ready to paste: with the portal's true address."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Snippet:
    """A few lines of code in one language."""

    id: str
    label: str
    code: str


def readings_address(key: str, *, ending: str, file_key: str = "") -> str:
    """The API's address of a dataset's readings, or of one file's."""
    params = {"format": ending} | ({"file": file_key} if file_key else {})
    return f"{settings.BASE_URL}/api/v1/datasets/{key}/readings?{urlencode(params)}"


def write_snippets(key: str, *, is_open: bool, file_key: str = "") -> list[Snippet]:
    """Write the code for curl, pandas, polars, R and Power Query.

    Parameters
    ----------
    is_open
        Where it is not, each piece of code carries a token, read from the environment.
    """
    csv = readings_address(key, ending="csv", file_key=file_key)
    parquet = readings_address(key, ending="parquet", file_key=file_key)
    write = _open_code if is_open else _token_code
    labels = {"curl": "curl", "pandas": "pandas", "polars": "polars", "r": "R", "power-query": "Power Query"}
    return [Snippet(name, labels[name], code) for name, code in write(csv, parquet, key).items()]


def _open_code(csv: str, parquet: str, key: str) -> dict[str, str]:
    return {
        "curl": f'curl --fail --output {key}.csv "{csv}"',
        "pandas": f'import pandas as pd\n\nreadings = pd.read_csv("{csv}", parse_dates=["start"])',
        "polars": (
            "import io, urllib.request\n\nimport polars as pl\n\n"
            f'with urllib.request.urlopen("{parquet}") as answer:\n'
            "    readings = pl.read_parquet(io.BytesIO(answer.read()))"
        ),
        "r": (
            f'readings <- read.csv("{csv}")\nreadings$start <- as.POSIXct(readings$start, "UTC", "%Y-%m-%dT%H:%M:%OSZ")'
        ),
        "power-query": (
            "let\n"
            f'    Source = Csv.Document(Web.Contents("{csv}"), [Delimiter = ",", Encoding = 65001]),\n'
            "    Readings = Table.PromoteHeaders(Source, [PromoteAllScalars = true])\n"
            "in\n"
            "    Readings"
        ),
    }


def _token_code(csv: str, parquet: str, key: str) -> dict[str, str]:
    return {
        "curl": f'curl --fail --header "Authorization: Bearer $FAIRWATT_TOKEN" --output {key}.csv "{csv}"',
        "pandas": (
            "import os\n\nimport pandas as pd\n\n"
            'token = {"Authorization": f"Bearer {os.environ[\'FAIRWATT_TOKEN\']}"}\n'
            f'readings = pd.read_csv("{csv}", parse_dates=["start"], storage_options=token)'
        ),
        "polars": (
            "import io, os, urllib.request\n\nimport polars as pl\n\n"
            f'request = urllib.request.Request("{parquet}")\n'
            'request.add_header("Authorization", f"Bearer {os.environ[\'FAIRWATT_TOKEN\']}")\n'
            "with urllib.request.urlopen(request) as answer:\n"
            "    readings = pl.read_parquet(io.BytesIO(answer.read()))"
        ),
        "r": (
            'token <- paste("Bearer", Sys.getenv("FAIRWATT_TOKEN"))\n'
            f'readings <- read.csv(url("{csv}", headers = c(Authorization = token)))'
        ),
        "power-query": (
            "let\n"
            '    Token = "Bearer fwt_…",\n'
            f'    Source = Csv.Document(Web.Contents("{csv}",\n'
            '        [Headers = [Authorization = Token]]), [Delimiter = ",", Encoding = 65001]),\n'
            "    Readings = Table.PromoteHeaders(Source, [PromoteAllScalars = true])\n"
            "in\n"
            "    Readings"
        ),
    }
