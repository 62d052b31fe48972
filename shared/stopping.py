"""Says that the process has been asked to end: what streams without end must know.

The server waits for open responses before it tells the app anything.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_asked = threading.Event()


def watch() -> None:
    """Notice the signals that end the process, and pass them on."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in _SIGNALS:
        before = signal.getsignal(number)

        def notice(
            number: int, frame: FrameType | None, before: object = before
        ) -> None:
            _asked.set()
            if callable(before):
                before(number, frame)

        if callable(before):
            signal.signal(number, notice)


def is_asked() -> bool:
    """Say whether the process is to end."""
    return _asked.is_set()
