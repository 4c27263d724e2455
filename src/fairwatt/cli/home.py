"""The data folder: one place for everything that an instance keeps, with its own secret key."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from pathlib import Path

from fairwatt.core.errors import Conflict, NotFound, StorageFull

MINIMUM_FREE_BYTES = 1 * 1024**3
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


def make_home(home: Path) -> Path:
    """Make the data folder and its secret key where they are absent, and answer with its full path.

    Raises
    ------
    StorageFull
        Less than 1 GiB is free where the folder stands.
    Conflict
        The path is a file, or can't be a folder that we may write.
    """
    home = home.expanduser().resolve()
    if home.exists() and not home.is_dir():
        raise Conflict(f"{home} is a file.", next_step="Choose a folder with --home DIR.")
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds what was shared with few
        _make_key(home / "secret_key")
    except PermissionError as error:
        raise Conflict(f"{home} may not be written.", next_step="Choose another with --home DIR.") from error
    except OSError as error:
        what = f"{home} could not be made: {error.strerror}."
        if error.errno in _DISK_FULL:
            raise StorageFull(what, next_step="Free some space.") from error
        raise Conflict(what, next_step="Choose another with --home DIR.") from error
    free = shutil.disk_usage(home).free
    if free < MINIMUM_FREE_BYTES:
        raise StorageFull(
            f"Only {free // 1024**2:,} MiB are free at {home}; 1,024 are needed to begin.",
            next_step="Free some space, or choose another disk with --home DIR.",
        )
    return home


def _make_key(path: Path) -> None:
    if path.exists():
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(64) + "\n")


def get_home(home: Path) -> Path:
    """Answer with the full path of a data folder that is there already.

    Raises
    ------
    NotFound
        The folder holds no secret key, and the environment names none.
    """
    home = home.expanduser().resolve()
    if not (home / "secret_key").is_file() and not os.environ.get("FAIRWATT_SECRET_KEY"):
        raise NotFound(
            f"{home} is not a data folder: it holds no secret key.",
            next_step="Make one with: fairwatt start --home DIR",
        )
    return home


def reset_home(home: Path) -> None:
    """Remove a data folder that we made (it holds our key); anything else is left alone.

    Raises
    ------
    Conflict
        The folder holds files but no secret key of ours: it is not a data folder.
    """
    home = home.expanduser().resolve()
    if not home.exists():
        return
    if not (home / "secret_key").is_file() and any(home.iterdir()):
        raise Conflict(
            f"{home} is not a data folder of Fairwatt, so it was not removed.",
            next_step="Choose another with --home DIR.",
        )
    shutil.rmtree(home)


def configure_environment(home: Path, *, base_url: str) -> None:
    """Point this process, and those it starts, to the data folder."""
    os.environ["FAIRWATT_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "fairwatt.portal.settings"
    os.environ.setdefault("FAIRWATT_BASE_URL", base_url)
