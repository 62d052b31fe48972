"""The consumer as pure steps: projection, offsets, processes of the group."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from shared.delivery import Delivery, newest
from tests.model.producing import PARTITIONS, Broker
from tests.model.rules import Rules

MOST_POLLED = 3


@dataclass(slots=True)
class Offset:
    """A row of `projection_offset`.

    Attributes:
        reading: Which reading from the beginning this row belongs to.
        saved_in: The month it was stored.
    """

    next_offset: int
    reading: int
    saved_in: int


@dataclass(slots=True)
class Member:
    """A process of the consumer group.

    Attributes:
        positions: Next offset of each partition it believes to have.
        readings: Which reading each of them belongs to.
        batch: Polled and not yet applied.
    """

    positions: dict[int, int] = field(default_factory=dict)
    readings: dict[int, int] = field(default_factory=dict)
    batch: list[Delivery] = field(default_factory=list)


class Consumers:
    """The projection with its offsets, and the processes that keep it."""

    def __init__(self, broker: Broker, rules: Rules, random: Random) -> None:
        self.broker = broker
        self.rules = rules
        self.random = random
        self.projection: dict[UUID, Delivery] = {}
        self.offsets: dict[int, Offset] = {}
        self.readings = 0
        self.members: list[Member] = []
        self.paused: list[Member] = []

    def join(self) -> None:
        """A process starts; the group gives the partitions out again."""
        if len(self.members) < 2:
            self.members.append(Member())
            self.rebalance()

    def rebalance(self) -> None:
        """`on_partitions_revoked` waits for the batch at work, then all is assigned.

        A batch that was polled and is not at work yet stays in hand; it is applied
        later, under the new assignment.
        """
        for member in self.members:
            if self.random.random() < 0.5:
                self._apply(member)
            member.positions, member.readings = {}, {}
        if not self.members:
            return
        shares: dict[int, list[int]] = {}
        for partition in range(PARTITIONS):
            who = self.random.randrange(len(self.members))
            shares.setdefault(who, []).append(partition)
        for who, assigned in shares.items():
            self._resume(self.members[who], assigned)

    def _resume(self, member: Member, assigned: list[int]) -> None:
        """`offsets.resume`: seek to the stored offset, or begin anew."""
        month = self.broker.month
        rows = [self.offsets[p] for p in assigned if p in self.offsets]
        if self.rules.empties_after_absence and any(r.saved_in < month for r in rows):
            self.empty()
        for partition in assigned:
            row = self.offsets.get(partition)
            if row is None:
                self.readings += 1
                row = self.offsets[partition] = Offset(0, self.readings, month)
            start = row.next_offset if self.rules.seeks else self.broker.ends[partition]
            member.positions[partition] = start
            member.readings[partition] = row.reading

    def empty(self) -> None:
        """`offsets.forget`: projection and offsets go in one transaction."""
        self.projection.clear()
        self.offsets.clear()

    def crash(self) -> None:
        """kill -9 of one process: what it polled is forgotten."""
        if self.members:
            self.members.pop(self.random.randrange(len(self.members)))
            self.rebalance()

    def pause(self) -> None:
        """A process stands still for so long that others get its partitions."""
        if self.members:
            member = max(self.members, key=lambda m: len(m.batch))
            self.members.remove(member)
            self.paused.append(member)
            self.rebalance()

    def wake(self) -> None:
        """A paused process applies what it had in hand, then learns that it is out."""
        if self.paused:
            self._apply(self.paused.pop(self.random.randrange(len(self.paused))))

    def work(self) -> None:
        """One process polls, or applies what it polled."""
        if self.members:
            member = self.random.choice(self.members)
            if not member.batch:
                self._poll(member)
            elif not self._apply(member):
                self._lose(member)

    def _poll(self, member: Member) -> None:
        for partition, position in member.positions.items():
            most = self.random.randint(1, MOST_POLLED)
            found, position = self.broker.read(partition, position, most)
            member.batch += found
            member.positions[partition] = position
        if not member.batch and not self._save(member):
            self._lose(member)

    def _apply(self, member: Member) -> bool:
        """`Consumer.apply`: projection and offsets in one transaction, or nothing."""
        batch, member.batch = member.batch, []
        if not self.rules.saves_with_the_projection:
            if self._save(member) and self.random.random() < 0.9:
                self._project(batch)
            return True
        if not self._save(member):
            return False
        self._project(batch)
        return True

    def _project(self, batch: list[Delivery]) -> None:
        """`aggregation.projections`: `where excluded.sequence > row.sequence`."""
        projection, rules = self.projection, self.rules
        for delivery in newest(batch):
            row = projection.get(delivery.id)
            if row is None or not rules.guards or delivery.sequence > row.sequence:
                projection[delivery.id] = delivery
                if delivery.state is None and not rules.keeps_graves:
                    del projection[delivery.id]

    def _save(self, member: Member) -> bool:
        """`offsets.save`: False is AssignmentLost, and the transaction is undone."""
        for partition in member.positions:
            row = self.offsets.get(partition)
            if row is None:
                return False
            is_other = row.reading != member.readings[partition]
            if is_other and self.rules.fences_readers:
                return False
        for partition, position in member.positions.items():
            row = self.offsets[partition]
            row.next_offset = max(row.next_offset, position)
            row.saved_in = self.broker.month
        return True

    def _lose(self, member: Member) -> None:
        """AssignmentLost: the process builds its consumer again, a new member."""
        self.members.remove(member)
        self.members.append(Member())
        self.rebalance()

    def are_at_the_end(self) -> bool:
        """Say whether all that is there was applied."""
        have = [partition for member in self.members for partition in member.positions]
        return (
            len(have) == len(self.offsets) == PARTITIONS
            and not any(member.batch for member in self.members)
            and all(
                row.next_offset >= self.broker.stable_end(partition)
                for partition, row in self.offsets.items()
            )
        )
