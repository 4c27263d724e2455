"""Run a command against a PostgreSQL server of its own, made for it and gone after it.

    python tests/with_postgresql.py pytest -m "not browser"

The server is Debian's (``apt-get install postgresql``), listens on a socket in a temporary folder only, and
trades durability for speed. As root it runs under the user ``postgres``, since it refuses root.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote


def find_binaries() -> Path:
    """The newest installed server's folder of programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    sys.exit("PostgreSQL's server is not installed: run `make system` (or apt-get install postgresql).")


def main(command: list[str]) -> int:
    """Start the server, run the command, stop the server; answer with the command's exit code."""
    binaries = find_binaries()
    folder = Path(tempfile.mkdtemp(prefix="fairwatt-pg-"))
    as_user: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    data, log = folder / "data", folder / "log"
    run = lambda *args: subprocess.run([*as_user, *map(str, args)], check=True, stdout=subprocess.DEVNULL, cwd="/")  # noqa: E731
    try:
        run(
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "fairwatt",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        options = (
            f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off "
            "-c synchronous_commit=off -c full_page_writes=off -c max_connections=60"
        )
        run(binaries / "pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")
        try:
            os.environ["FAIRWATT_DATABASE_URL"] = f"postgresql://fairwatt@{quote(str(folder), safe='')}/postgres"
            return subprocess.run(command, check=False).returncode
        finally:
            run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
