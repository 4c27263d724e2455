"""Write docs/reference/api.md: its introduction from here, the rest from the API's own OpenAPI document.

python docs/generate_api.py          write it
python docs/generate_api.py --check  fail where it is out of date (the tests do this)
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

PAGE = Path(__file__).parent / "reference" / "api.md"
NOTE = "<!-- Written by docs/generate_api.py from the code; edit the code, then run it. -->\n\n"
INTRODUCTION = """\
# The programming interface

`/api/v1/` is a REST interface in JSON, described by an OpenAPI document at `/api/v1/openapi.json` and, for
people, at `/api/v1/docs` on every platform. [How to use it](../how-to/use-the-api.md) begins with examples.

## Rules that hold everywhere

**Who asks.** Open data need no credentials. For the rest, send `Authorization: Bearer fwt_…`, a token from your
account page. A token has scopes: `read` finds and reads, `deposit` shares data, `manage` reviews (data managers
only). It expires, can be revoked, and is stored only as a hash. The portal's own session works too; requests
that change something then need the CSRF token (`X-CSRFToken`).

**Times** are ISO 8601 with an offset; one without is refused with 422. Periods are half-open: the end is not
part of them. Answers are in UTC, save that CSV and JSON readings can be had in a `zone`.

**Parameters** of lists and readings that nobody knows are refused with 422, which names the known ones: a slip of
the pen must not pass for an answer to what was asked.

**Lists** come in pages: `items`, and `next`, the address of the next page or `null`. A page of the catalogue has
at most 100 datasets, other pages at most 200 items.

**Problems.** Whatever goes wrong is answered as `application/problem+json` (RFC 9457) with `type`, `title`,
`status`, `detail` (what happened), `where` (the place: dataset, file, field…) and `next` (what to do now).

**How often.** 600 requests a minute for each person (whichever of their tokens or sessions) or, without
credentials, for each address; then 429 with `Retry-After` in seconds. An address whose tokens are refused more
than 30 times is slowed to 10 attempts a minute. The counts are kept in memory by each server process, so a
platform with several processes allows as many times more. `FAIRWATT_API_REQUESTS_PER_MINUTE`
([settings](settings.md)) changes the number.

**Other sites' pages** may read what everybody may: a GET or HEAD without credentials is answered with
`Access-Control-Allow-Origin: *`. With a token or session it is not, so that no page reads with a visitor's
rights.

**Files** are always sent as attachments, never as HTML or SVG, with their sha256 as `ETag` and in `Repr-Digest`.
One range of bytes may be asked for (`Range`, also the last ones), with `If-Range`, `If-None-Match` and
`If-Match`.

**Readings** are streamed, all of them. A transfer that fails on its way never looks complete: the connection is
cut where the server can tell which it is, and what has been sent ends in a way that readers of its format
refuse (a CSV in a quote that is never closed, JSON unclosed, an Arrow stream in a message that never comes,
Parquet without its footer).

## Sending files: tus 1.0

`/api/uploads/` speaks [tus 1.0](https://tus.io/protocols/resumable-upload) with the extensions creation,
creation-with-upload, termination, checksum (sha256, sha1, md5) and expiration. It needs the scope `deposit`.

| Request | What it does |
|---|---|
| `OPTIONS /api/uploads/` | Says version, extensions and `Tus-Max-Size` |
| `POST /api/uploads/` | Begins an upload: `Upload-Length`, and `Upload-Metadata` with `deposit` and `filename` |
| `HEAD /api/uploads/{id}` | Says how far it is: `Upload-Offset` |
| `PATCH /api/uploads/{id}` | Adds the body at `Upload-Offset`; what arrives before a cut stays |
| `DELETE /api/uploads/{id}` | Gives it up |

The answer to the last piece, and every later HEAD, carries the receipt: `Fairwatt-Deposit`, `Fairwatt-File` and
`Fairwatt-Sha256`. Statuses: 400 a header can't be read, 404 no such upload of yours (or it has expired), 409
another offset (`where.offset` says which) or another request is writing, 412 another version of the protocol,
413 larger than the limit, the quota or what was announced, 415 another body type, 460 the checksum does not fit
(nothing of that piece is kept), 507 the disk is full.

"""


def build() -> str:
    """The page as it should be."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "fairwatt.portal.settings"
    os.environ.setdefault("FAIRWATT_SECRET_KEY", "for writing the reference only")
    os.environ.setdefault("FAIRWATT_HOME", tempfile.gettempdir())
    import django  # noqa: PLC0415 - settings come from the environment set just above

    django.setup()
    from fairwatt.api.v1.describing import describe_api, write_markdown  # noqa: PLC0415

    return NOTE + INTRODUCTION + "\n".join(write_markdown(describe_api())).rstrip() + "\n"


def main() -> int:
    """Write the page, or with --check compare it."""
    wanted = build()
    if "--check" in sys.argv:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == wanted:
            return 0
        print(f"{PAGE.name} is out of date: run python docs/generate_api.py", file=sys.stderr)  # noqa: T201
        return 1
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
