"""The data folder: recognising it, the secrets in it, removing it."""

import contextlib
import json
import os
import secrets
import shutil
from pathlib import Path

from deploy.local.errors import StackError

_MARKER = ".livingwell"
_OURS = ("postgres", "kafka", "logs", "secrets.json", "issuer.json", "stack.pid")


def open_home(folder: Path) -> Path:
    """Make the data folder, or recognise it, and return it.

    Raises:
        StackError: the folder holds something that is not ours.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / _MARKER).exists():
        if any(folder.iterdir()):
            raise StackError(
                f"{folder} is not empty and no data folder of this stack; "
                "set LIVINGWELL_HOME to a new folder"
            )
        (folder / _MARKER).write_text("data folder of `python -m deploy.local`\n")
    (folder / "logs").mkdir(exist_ok=True)
    return folder


def remove_home(folder: Path) -> list[str]:
    """Remove what the stack keeps in its data folder; return names left alone.

    Raises:
        StackError: the folder is not a data folder of this stack.
    """
    if not folder.exists():
        return []
    if not (folder / _MARKER).exists():
        raise StackError(f"{folder} is no data folder of this stack; nothing removed")
    for name in _OURS:
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    left = sorted(entry.name for entry in folder.iterdir() if entry.name != _MARKER)
    if not left:
        (folder / _MARKER).unlink()
        folder.rmdir()
    return left


def write_private(path: Path, text: str, *, replace: bool = True) -> None:
    """Write a file that only its owner may read, all or nothing.

    Without `replace` a file that is there already, or appears meanwhile, stays.
    """
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if replace:
        new.replace(path)
        return
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(new)
    new.unlink()


class Secrets:
    """Random secrets made when first asked for and kept in one private file."""

    def __init__(self, path: Path) -> None:
        """Read the file if it is there; it is written when a secret is added."""
        self._path = path
        self._known: dict[str, str] = {}
        if path.exists():
            self._known = json.loads(path.read_text())

    def get(self, name: str) -> str:
        """Return the secret of this name: 64 hex characters, always the same."""
        if name not in self._known:
            self._known[name] = secrets.token_hex(32)
            write_private(self._path, json.dumps(self._known, indent=2) + "\n")
        return self._known[name]
