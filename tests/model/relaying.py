"""The relay as pure steps: the one that leads, and those that were paused."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from shared.delivery import Delivery
from tests.model.producing import ABORTED, COMMITTED, OPEN, Broker, Table

BATCH = 3


@dataclass(slots=True)
class Relay:
    """One process that publishes; it works in small steps, each of which may be last.

    Attributes:
        has_lock: Its connection lives, so it holds the advisory lock.
        batch: Rows taken from the outbox, by id; None before and after a batch.
        sent: How many of them are in the open transaction.
    """

    has_lock: bool = True
    epoch: int = 0
    batch: list[int] | None = None
    rows: list[Delivery] = field(default_factory=list)
    transaction: int | None = None
    sent: int = 0
    is_over: bool = False
    cursor: int = 0


class Relays:
    """The relay that leads, and those that were paused and don't know they lost it."""

    def __init__(self, table: Table, broker: Broker, random: Random) -> None:
        self.table = table
        self.broker = broker
        self.random = random
        self.leader: Relay | None = None
        self.stale: list[Relay] = []
        self.cursor = 0

    def start(self) -> None:
        """`Relay._serve_term`: the lock first, then the publisher, which fences."""
        if self.leader is None:
            self.leader = Relay(epoch=self.broker.open_producer(), cursor=self.cursor)

    def crash(self) -> None:
        """kill -9: the lock is free; the open transaction waits for its timeout."""
        self.leader = None

    def pause(self) -> None:
        """The lock's connection dies, the process doesn't: it will wake up later."""
        if self.leader is not None:
            self.leader.has_lock = False
            self.stale.append(self.leader)
            self.leader = None

    def wake(self) -> None:
        """A paused relay goes on where it was."""
        if self.stale:
            self._work(self.random.choice(self.stale))
            self.stale = [relay for relay in self.stale if not relay.is_over]

    def work(self) -> None:
        """The leader does its next step."""
        if self.leader is not None:
            self._work(self.leader)
            if self.leader.is_over:
                self.leader = None

    def _work(self, relay: Relay) -> None:
        if relay.batch is None:
            self._take(relay)
        elif relay.transaction is None:
            relay.transaction = self.broker.begin()
        elif relay.sent < len(relay.rows):
            self._send(relay)
        elif self.broker.transactions[relay.transaction] == OPEN:
            self._commit(relay)
        else:
            self._forget(relay)

    def _take(self, relay: Relay) -> None:
        """`outbox.TAKE` on the connection that holds the lock; without it, an error."""
        if not relay.has_lock:
            relay.is_over = True
            return
        rules = self.table.rules
        ids = sorted(self.table.outbox)
        if not rules.takes_from_the_lowest:
            ids = [number for number in ids if number > relay.cursor] or ids
        if not rules.reads_outbox_in_order:
            self.random.shuffle(ids)
        if ids:
            relay.batch = ids[:BATCH]
            relay.rows = [self.table.outbox[number] for number in relay.batch]
            relay.transaction, relay.sent = None, 0
            self.cursor = relay.cursor = relay.batch[-1]
            if not rules.forgets_after_the_ack:
                self._delete(relay.batch)

    def _send(self, relay: Relay) -> None:
        """`Publisher.publish`: in order; a part may be there when the process dies."""
        if self._is_refused(relay):
            return
        transaction = relay.transaction or 0
        upto = self.random.randint(relay.sent + 1, len(relay.rows))
        for delivery in relay.rows[relay.sent : upto]:
            self.broker.append(transaction, delivery)
        relay.sent = upto

    def _commit(self, relay: Relay) -> None:
        """All or nothing; one answer in four is lost, which ends the term."""
        if self._is_refused(relay):
            return
        self.broker.end(relay.transaction or 0, COMMITTED)
        relay.is_over = self.random.random() < 0.25

    def _is_refused(self, relay: Relay) -> bool:
        timed_out = self.broker.transactions[relay.transaction or 0] == ABORTED
        relay.is_over = timed_out or self.broker.refuses(relay.epoch)
        return relay.is_over

    def _forget(self, relay: Relay) -> None:
        """`outbox.FORGET` on the connection that holds the lock, if it still lives."""
        if self.broker.transactions[relay.transaction or 0] == ABORTED:
            relay.is_over = True
        elif relay.has_lock:
            self._delete(relay.batch or [])
            relay.batch = None
        else:
            relay.is_over = True

    def _delete(self, ids: list[int]) -> None:
        for number in ids:
            self.table.outbox.pop(number, None)
