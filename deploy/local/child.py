"""One child process of the local stack: its log, its end, and no orphans."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from deploy.local.system_user import Owner

_LINUX = sys.platform.startswith("linux")
_LIBC = ctypes.CDLL(None) if _LINUX else None
_PR_SET_PDEATHSIG = 1
OWNER_VARIABLE = "LIVINGWELL_STACK"
_KEEP_LOG_BYTES = 10_000_000
_TAIL_BYTES = 16_384
_WATCH_SECONDS = 0.05


@dataclass
class Child:
    """A process that ends with us, however we end.

    Start it from the main thread: the kernel ends it with the thread that made it.

    Attributes:
        name: as people call it, for messages.
        command: program and arguments.
        log: file that takes standard output and standard error.
        environment: the whole environment.
        folder: working directory.
        owner: user and group it runs as; None for our own.
        stop_signal: what asks it to end.
        grace_seconds: how long it may take before it is killed.
        orphan_signal: what it gets when we are killed (Linux).
    """

    name: str
    command: Sequence[str | Path]
    log: Path
    environment: Mapping[str, str]
    folder: Path
    owner: Owner | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = 8
    orphan_signal: signal.Signals = signal.SIGKILL
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def start(self) -> None:
        """Start the process, its output appended to the log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _KEEP_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.old"))
        identity: dict[str, Any] = {}
        if self.owner is not None:
            user_id, group_id = self.owner
            identity = {"user": user_id, "group": group_id, "extra_groups": []}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 (our own command)
                list(self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=dict(self.environment),
                start_new_session=True,
                preexec_fn=_end_with_parent(self.orphan_signal) if _LINUX else None,
                **identity,
            )

    @property
    def process_id(self) -> int | None:
        """Return the process id, or None before the first start."""
        return self._process.pid if self._process else None

    @property
    def is_running(self) -> bool:
        """Say whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """Return how it ended (negative: by which signal), None while it runs."""
        return self._process.poll() if self._process else None

    async def ended(self) -> None:
        """Return when the process has ended."""
        while self.is_running:  # noqa: ASYNC110 (a process sets no event)
            await asyncio.sleep(_WATCH_SECONDS)

    async def wait(self, seconds: float) -> bool:
        """Wait for the end of the process; say whether it came in time."""
        try:
            async with asyncio.timeout(seconds):
                await self.ended()
        except TimeoutError:
            return False
        return True

    async def stop(self) -> None:
        """Ask the process to end, and kill it if it does not."""
        if self._process is None or not self.is_running:
            return
        self._process.send_signal(self.stop_signal)
        if not await self.wait(self.grace_seconds):
            self._process.kill()
            await self.wait(10)

    def kill(self) -> None:
        """End the process at once, as a test of what survives that."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def tail(self, lines: int = 20) -> str:
        """Return the last lines of the log."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - _TAIL_BYTES))
            text = file.read().decode(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def obituary(self) -> str:
        """Say that and how the process ended, and what it said last."""
        return (
            f"{self.name} ended with exit code {self.exit_code}; "
            f"last lines of {self.log}:\n{self.tail()}"
        )


def kill_where(belongs: Callable[[psutil.Process], bool]) -> None:
    """Kill the processes for which `belongs` holds, and wait until they are gone."""
    doomed = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and belongs(process):
                process.kill()
                doomed.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    psutil.wait_procs(doomed, timeout=10)


def _end_with_parent(orphan_signal: signal.Signals) -> Callable[[], None]:
    """Return what the child does between fork and exec.

    The signal is set after the change of user, which would clear it; a parent that
    died before that is noticed by the changed parent id.
    """
    parent = os.getpid()

    def arrange() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(orphan_signal))
        if os.getppid() != parent:
            os._exit(1)

    return arrange
