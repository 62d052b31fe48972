"""One stack at a time per data folder, and how to end it from outside."""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import psutil

from deploy.local.child import OWNER_VARIABLE, kill_where
from deploy.local.errors import StackError

_FILE = "stack.pid"
_STOP_SECONDS = 60


@contextlib.contextmanager
def only_stack(home: Path) -> Iterator[None]:
    """Hold the data folder; the kernel lets go of it however we end.

    Processes an earlier stack left behind are ended first.

    Raises:
        StackError: another stack holds it.
    """
    with (home / _FILE).open("a+") as file:
        if not _take(file):
            raise StackError(
                f"a stack is running on {home} (process {_holder(file)}); stop it "
                "with `python -m deploy.local down`"
            )
        _write_holder(file)
        kill_where(lambda process: _belongs(process, home))
        try:
            yield
        finally:
            file.truncate(0)


def stop_stack(home: Path) -> bool:
    """End the stack that holds this data folder; say whether there was one.

    Raises:
        StackError: it could not be ended.
    """
    if not (home / _FILE).exists():
        return False
    with (home / _FILE).open("r") as file:
        if _take(file):
            return False
        for number in (signal.SIGTERM, signal.SIGKILL):
            process_id = _holder(file)
            if process_id:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process_id, number)
            if _wait_until_free(file):
                return True
    raise StackError(f"the stack on {home} does not end")


def _take(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(file: IO[str]) -> int:
    file.seek(0)
    return int(file.read().strip() or 0)


def _write_holder(file: IO[str]) -> None:
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()


def _wait_until_free(file: IO[str]) -> bool:
    deadline = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < deadline:
        if _take(file):
            return True
        time.sleep(0.1)
    return False


def _belongs(process: psutil.Process, home: Path) -> bool:
    return process.environ().get(OWNER_VARIABLE) == str(home)
