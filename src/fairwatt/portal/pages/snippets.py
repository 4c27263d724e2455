"""Code that fetches a dataset's readings, ready to paste: with the portal's true address."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings

_R_TIMES = 'readings$start <- as.POSIXct(readings$start, tz = "UTC", format = "%Y-%m-%dT%H:%M:%OSZ")'
_M_TABLE = (
    "    Named = Table.PromoteHeaders(Source, [PromoteAllScalars = true]),\n"
    '    Readings = Table.TransformColumnTypes(Named, {{"start", type datetimezone}}, "en-GB")\n'
    "in\n"
    "    Readings"
)


@dataclass(frozen=True, slots=True)
class Snippet:
    """A few lines of code in one language."""

    id: str
    label: str
    code: str


def readings_address(key: str, *, ending: str, file_key: str = "") -> str:
    """The API's address of a dataset's readings, or of one file's; it ends like a file."""
    part = f"?{urlencode({'file': file_key})}" if file_key else ""
    return f"{settings.BASE_URL}/api/v1/datasets/{key}/readings.{ending}{part}"


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
        "polars": f'import polars as pl\n\nreadings = pl.scan_parquet("{parquet}").collect()',
        "r": f'readings <- read.csv("{csv}")\n{_R_TIMES}',
        "power-query": (
            f'let\n    Source = Csv.Document(Web.Contents("{csv}"), [Delimiter = ",", Encoding = 65001]),\n{_M_TABLE}'
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
            f'readings <- read.csv(url("{csv}", headers = c(Authorization = token)))\n{_R_TIMES}'
        ),
        "power-query": (
            "let\n"
            '    Token = "Bearer fwt_…",\n'
            f'    Source = Csv.Document(Web.Contents("{csv}",\n'
            f'        [Headers = [Authorization = Token]]), [Delimiter = ",", Encoding = 65001]),\n{_M_TABLE}'
        ),
    }
