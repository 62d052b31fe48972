"""Ends transactions that the broker left without an end.

A broker that is killed between a commit and its markers writes them when it starts
again. Seen with Kafka 4.3: some are left out for good, the transaction complete all the
same, and readers of committed messages never see what lies behind. The next commit of
the same producer in that partition ends it: so a filler is published there.
"""

from __future__ import annotations

import time

import asyncpg
import structlog

from shared import metrics
from shared.erasure.filling import append_fillers
from shared.events import TOPICS
from shared.kafka import Place, Publisher

LOOK_SECONDS = 10.0

log = structlog.get_logger()


class HangingWatch:
    """Looks for a service's partitions that stand still; for the relay that leads."""

    def __init__(self, service: str, topic_prefix: str) -> None:
        self._prefix = topic_prefix
        self._topics = [topic_prefix + t.name for t in TOPICS if t.owner == service]
        self._before: dict[Place, int] = {}
        self._tried: dict[Place, int] = {}
        self._looked_at = float("-inf")

    async def look(self, connection: asyncpg.Connection, publisher: Publisher) -> None:
        """Put a filler into the outbox for each partition that hung before, too.

        Where a filler did not help, the transaction is another producer's.
        """
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return
        now = await publisher.hanging(self._topics)
        still = {p: end for p, end in now.items() if self._before.get(p) == end}
        metrics.RELAY_HANGING.set(len(still))
        new = {p: end for p, end in still.items() if self._tried.get(p) != end}
        if new:
            log.warning("transactions_ended", partitions=len(new))
            await append_fillers(
                connection,
                [(topic.removeprefix(self._prefix), number) for topic, number in new],
            )
        self._before, self._tried = now, still
        self._looked_at = time.monotonic()
