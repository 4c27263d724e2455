"""Other names for meters that are numbers of supply points: what is stored never holds the number itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa

from fairwatt.core.files.privacy import bare_number
from fairwatt.lake.staging import Stage
from fairwatt.lake.timeline import Timeline

Pseudonym = Callable[[str], str]


def with_pseudonyms(stage: Stage, timeline: Timeline, pseudonym: Pseudonym | None) -> Timeline:
    """The timeline with other names for its series, where they are numbers of supply points.

    Parameters
    ----------
    stage
        Its profile's constant series is replaced too.
    pseudonym
        What stands for a number (without blanks, without an MPAN's top line); None to leave the series as they are.
    """
    if pseudonym is None or not stage.profile.series_kind:
        return timeline
    names = {series: pseudonym(bare_number(series)) if series else "" for series in timeline.series}
    if stage.profile.series_column is None:
        stage.profile = stage.profile.model_copy(update={"series": names.get(stage.profile.series, "")})
        return replace(timeline, series=tuple(names.values()))
    table = pa.table({"number": pa.array(names.keys(), pa.string()), "name": pa.array(names.values(), pa.string())})
    stage.connection.register("series_made", table)
    stage.connection.execute("CREATE OR REPLACE TABLE series_names AS SELECT * FROM series_made")
    stage.connection.unregister("series_made")
    rows = (
        "(SELECT r.* REPLACE (coalesce(n.name, '') AS series) "
        f"FROM {timeline.rows_sql} AS r LEFT JOIN series_names AS n ON r.series = n.number)"
    )
    return replace(timeline, rows_sql=rows, series=tuple(sorted(set(names.values()))), is_sorted=False)
