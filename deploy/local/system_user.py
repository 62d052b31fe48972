"""PostgreSQL refuses to run as root: the system user it runs as instead."""

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path
from typing import NamedTuple

_USER = "livingwell"
_FALLBACK = "nobody"


class Owner(NamedTuple):
    """User and group of a process or file."""

    user_id: int
    group_id: int


def postgres_owner() -> Owner | None:
    """Return whom PostgreSQL runs as if we are root, None if we are not."""
    if os.geteuid() != 0:
        return None
    entry = _look_up(_USER) or _add_user() or _look_up(_FALLBACK)
    return Owner(entry.pw_uid, entry.pw_gid) if entry else None


def open_path(path: Path) -> None:
    """Let other users pass through the folders above `path`, not list them."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def open_tree(folder: Path) -> None:
    """Let other users read a folder and all that is in it, and reach it."""
    open_path(folder)
    for path in (folder, *folder.rglob("*")):
        mode = path.stat().st_mode
        readable = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        if mode != readable:
            path.chmod(readable)


def _look_up(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _add_user() -> pwd.struct_passwd | None:
    useradd = shutil.which("useradd", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if useradd:
        subprocess.run(  # noqa: S603 (fixed arguments)
            [useradd, "--system", "--user-group", "--no-create-home", _USER],
            check=False,
            capture_output=True,
        )
    return _look_up(_USER)
