"""Describe a PDF: ``python document.py FILE FOLDER``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import PyPdfError

_KEPT = ("title", "author", "subject", "creator", "producer")
_LONGEST = 300


def main(path: Path) -> dict[str, object]:
    """What a PDF says of itself."""
    reader = PdfReader(path)
    if reader.is_encrypted and not reader.decrypt(""):
        return {"is_locked": True}
    told: dict[str, object] = {"pages": len(reader.pages)}
    metadata = reader.metadata
    for name in _KEPT:
        value = getattr(metadata, name, None) if metadata is not None else None
        if isinstance(value, str) and value.strip():
            told[name] = " ".join(value.split())[:_LONGEST]
    created = getattr(metadata, "creation_date", None) if metadata is not None else None
    if created is not None:
        told["created"] = created.isoformat()
    return told


def run(arguments: Sequence[str]) -> int:
    """Do as the command line says; say in the manifest what went wrong."""
    path, folder = Path(arguments[0]), Path(arguments[1])
    try:
        manifest: dict[str, object] = {"description": main(path)}
    except MemoryError:
        manifest = {"error": "too-large", "detail": "reading it takes more memory than it may"}
    except (PyPdfError, OSError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        manifest = {"error": "damaged", "detail": " ".join(str(error).split())[:200]}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
