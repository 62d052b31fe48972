"""Comparing table and topic, as `shared.republish` does daily and after a restore."""

from __future__ import annotations

from random import Random
from uuid import UUID

from shared.delivery import Delivery
from tests.model.producing import KEYS, PARTITION_OF, Broker, Table


class Republish:
    """Reads the topic first and looks at the table later; much may happen between."""

    def __init__(self, table: Table, broker: Broker, random: Random) -> None:
        self.table = table
        self.broker = broker
        self.random = random
        self.seen: dict[UUID, int] | None = None

    def read(self) -> None:
        """Remember the last sequence of each key."""
        self.seen = {key: there[-1].sequence for key, there in self._topic().items()}

    def compare(self) -> None:
        """Announce each record whose last message differs and that does not wait.

        The row is locked from its look to its outbox id: if a change could come
        between, its newer message would be published before this older one.
        """
        if self.seen is None:
            return
        waiting = {row.id for row in self.table.outbox.values()}
        for key, row in list(self.table.rows.items()):
            if self.seen.get(key) == row.sequence or key in waiting:
                continue
            if not self.table.rules.republish_locks and self.random.random() < 0.5:
                self.table.write(key, is_erasure=False)
            self.table.add_to_outbox(row)
        self.seen = None

    def after_a_restore(self) -> None:
        """Raise what the topic is ahead of; erase what only the topic has.

        At its old sequence a restored record would be ignored by every reader that
        has the newer one.
        """
        self.seen = None
        table, topic = self.table, self._topic()
        for key in KEYS:
            there, row = topic.get(key, []), table.rows.get(key)
            if not there and row is None:
                continue
            if there and row is not None and there[-1].sequence == row.sequence:
                continue
            sequence = row.sequence if row is not None else 0
            if table.rules.republish_raises:
                above = max((d.sequence for d in there), default=0)
                sequence = max(table.clock, above + 1, sequence + 1)
            table.announce(key, sequence, None if row is None else row.state)

    def _topic(self) -> dict[UUID, list[Delivery]]:
        found: dict[UUID, list[Delivery]] = {}
        for partition in set(PARTITION_OF.values()):
            for delivery in self.broker.committed(partition):
                found.setdefault(delivery.id, []).append(delivery)
        return found
