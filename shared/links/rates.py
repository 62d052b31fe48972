"""How often something may happen in a minute, counted in bounded memory."""

from __future__ import annotations

MOST_WATCHED = 10_000


class Rate:
    """Counts happenings of each key by the minute; every process counts its own."""

    def __init__(self, most_a_minute: int) -> None:
        self._most_a_minute = most_a_minute
        self._counts: dict[bytes, tuple[int, int]] = {}

    def is_exceeded(self, key: bytes, now_seconds: float) -> bool:
        """Count one more; say whether there were too many in this minute."""
        minute = int(now_seconds // 60)
        if len(self._counts) >= MOST_WATCHED:
            self._counts.clear()
        last, count = self._counts.get(key, (minute, 0))
        count = count + 1 if last == minute else 1
        self._counts[key] = (minute, count)
        return count > self._most_a_minute
