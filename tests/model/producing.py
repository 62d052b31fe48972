"""What is written and where to: a table with its outbox, a broker with its log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.delivery import Delivery
from tests.model.rules import Rules

KEYS = [UUID(int=number + 1) for number in range(4)]
PARTITIONS = 2
PARTITION_OF = {key: number % PARTITIONS for number, key in enumerate(KEYS)}
THEN = datetime(2026, 9, 1, tzinfo=UTC)

OPEN, COMMITTED, ABORTED = range(3)


class Table:
    """The owner's database: one transaction writes a record and its outbox row."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.clock = 100
        self.highest = 0
        self.values = 0
        self.rows: dict[UUID, Delivery] = {}
        self.outbox: dict[int, Delivery] = {}
        self.ids = 0
        self.written: set[tuple[UUID, int, Any]] = set()

    def write(self, key: UUID, is_erasure: bool) -> None:
        """`records.store` and `records.change`: the record and its outbox row."""
        known = self.rows.get(key)
        if is_erasure and (known is None or known.state is None):
            return
        sequence = self.clock
        if known is not None and self.rules.raises_sequence:
            sequence = max(sequence, known.sequence + 1)
        self.values += 1
        self.announce(key, sequence, None if is_erasure else self.values)
        if is_erasure and not self.rules.keeps_the_erased:
            del self.rows[key]

    def announce(self, key: UUID, sequence: int, value: Any) -> None:  # noqa: ANN401
        """Store a row and its outbox row, whose id is drawn with the row locked."""
        row = Delivery(key, sequence, value, THEN)
        self.highest = max(self.highest, sequence)
        self.rows[key] = row
        self.written.add((key, sequence, value))
        self.add_to_outbox(row)

    def add_to_outbox(self, row: Delivery) -> None:
        """Ids grow in the order in which the rows of one key are locked."""
        self.ids += 1
        self.outbox[self.ids] = row


@dataclass(slots=True)
class Entry:
    """A message in a partition; `transaction` says whether readers may see it."""

    offset: int
    delivery: Delivery
    transaction: int
    cleaned_in: int | None = None


class Broker:
    """Partitions, transactions, fencing and compaction.

    Attributes:
        epoch: Of the transactional id; an older producer is refused (KIP-98).
        month: Time as far as tombstones care; they live one month once cleaned.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.logs: list[list[Entry]] = [[] for _ in range(PARTITIONS)]
        self.ends = [0] * PARTITIONS
        self.transactions: list[int] = []
        self.touched: list[set[int]] = []
        self.epoch = 0
        self.month = 0

    def open_producer(self) -> int:
        """InitProducerId: raise the epoch; what the older producer left is aborted."""
        self.epoch += 1
        if self.rules.fences:
            self.abort_open()
        return self.epoch

    def abort_open(self) -> None:
        """Abort by a new epoch, or because `transaction.timeout.ms` is over."""
        for transaction, status in enumerate(self.transactions):
            if status == OPEN:
                self.end(transaction, ABORTED)

    def refuses(self, epoch: int) -> bool:
        """PRODUCER_FENCED."""
        return self.rules.fences and epoch != self.epoch

    def begin(self) -> int:
        """Open a transaction."""
        self.transactions.append(OPEN)
        self.touched.append(set())
        return len(self.transactions) - 1

    def append(self, transaction: int, delivery: Delivery) -> None:
        """Append to the key's partition; every client chooses the same (murmur2)."""
        partition = PARTITION_OF[delivery.id]
        offset = self.ends[partition]
        self.logs[partition].append(Entry(offset, delivery, transaction))
        self.ends[partition] = offset + 1
        self.touched[transaction].add(partition)

    def end(self, transaction: int, status: int) -> None:
        """Write the marker; it takes an offset in each partition, so there are gaps."""
        self.transactions[transaction] = status
        for partition in self.touched[transaction]:
            self.ends[partition] += 1

    def stable_end(self, partition: int) -> int:
        """The last stable offset: nothing is read past an open transaction."""
        for entry in self.logs[partition]:
            if self.transactions[entry.transaction] == OPEN:
                return entry.offset
        return self.ends[partition]

    def read(
        self, partition: int, position: int, most: int
    ) -> tuple[list[Delivery], int]:
        """Return messages from `position` on, and the offset to go on from."""
        committed = self.rules.reads_committed
        end = self.stable_end(partition) if committed else self.ends[partition]
        found: list[Delivery] = []
        for entry in self.logs[partition]:
            if entry.offset < position:
                continue
            if entry.offset >= end or len(found) == most:
                return found, min(entry.offset, end)
            if not committed or self.transactions[entry.transaction] == COMMITTED:
                found.append(entry.delivery)
        return found, max(end, position)

    def committed(self, partition: int) -> list[Delivery]:
        """Return what a reader from the beginning gets."""
        return [
            entry.delivery
            for entry in self.logs[partition]
            if self.transactions[entry.transaction] == COMMITTED
        ]

    def compact(self, partition: int, upto: int) -> None:
        """Keep the last message of each key below `upto`; the rest is still active.

        A tombstone goes at a cleaning a month after its first one (KIP-534).
        """
        upto = min(upto, self.stable_end(partition))
        log = self.logs[partition]
        last = {
            entry.delivery.id: entry.offset
            for entry in log
            if entry.offset < upto and self.transactions[entry.transaction] == COMMITTED
        }
        self.logs[partition] = [
            entry for entry in log if entry.offset >= upto or self._stays(entry, last)
        ]

    def _stays(self, entry: Entry, last: dict[UUID, int]) -> bool:
        if last.get(entry.delivery.id) != entry.offset:
            return False
        if entry.delivery.state is None:
            if entry.cleaned_in is None:
                entry.cleaned_in = self.month
            return entry.cleaned_in == self.month
        return True
