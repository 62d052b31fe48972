"""One schedule: random steps from a seed, then quiet, then what must hold."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from random import Random
from typing import Any
from uuid import UUID

from shared.delivery import Delivery
from tests.model.consuming import Consumers
from tests.model.producing import KEYS, PARTITION_OF, PARTITIONS, Broker, Table
from tests.model.relaying import Relays
from tests.model.republishing import Republish
from tests.model.rules import Rules, Violation

FEWEST_STEPS = 20
MOST_STEPS = 40
LONGEST_DRAIN = 400

EVERY_DAY = {
    "write": 8,
    "erase": 2,
    "relays.work": 12,
    "relays.start": 3,
    "consumers.work": 10,
    "consumers.join": 2,
    "move_clock": 2,
    "compact": 2,
    "let_transactions_time_out": 1,
}
WEATHERS = [
    {"relays.crash": 2, "relays.pause": 4, "relays.wake": 5},
    {
        "consumers.rebalance": 2,
        "consumers.crash": 1,
        "consumers.pause": 5,
        "consumers.wake": 2,
        "consumers.empty": 1,
    },
    {
        "rebuild_behind_a_paused_process": 1,
        "be_away_for_a_month": 1,
        "erase": 3,
        "relays.pause": 1,
        "relays.wake": 1,
        "consumers.pause": 2,
        "consumers.crash": 1,
    },
    {
        "back_up": 4,
        "restore": 3,
        "relays.crash": 3,
        "consumers.crash": 1,
        "republish.read": 3,
        "republish.compare": 3,
    },
]
"""What goes wrong, beside every day's work; a schedule has one of these weathers."""

STEPS = [[*(EVERY_DAY | weather)] for weather in WEATHERS]
WEIGHTS = [[*accumulate((EVERY_DAY | weather).values())] for weather in WEATHERS]


class Schedule:
    """A whole system that makes the steps which a seed chooses."""

    def __init__(self, random: Random, rules: Rules) -> None:
        self.random = random
        self.table = Table(rules)
        self.broker = Broker(rules)
        self.relays = Relays(self.table, self.broker, random)
        self.republish = Republish(self.table, self.broker, random)
        self.consumers = Consumers(self.broker, rules, random)
        self.backup: tuple[dict[UUID, Delivery], dict[int, Delivery]] | None = None
        self.relays.start()
        self.consumers.join()
        self.consumers.join()

    def write(self) -> None:
        """A record is stored or changed; an erased one is registered again."""
        self.table.write(self.random.choice(KEYS), is_erasure=False)

    def erase(self) -> None:
        """A record is erased."""
        self.table.write(self.random.choice(KEYS), is_erasure=True)

    def move_clock(self) -> None:
        """The clock goes on, or is set back."""
        self.table.clock = max(1, self.table.clock + self.random.randint(-6, 8))

    def compact(self) -> None:
        """The cleaner works on one partition, up to its active segment."""
        partition = self.random.randrange(PARTITIONS)
        upto = self.random.randint(0, self.broker.ends[partition])
        self.broker.compact(partition, upto)

    def let_transactions_time_out(self) -> None:
        """The broker aborts what was left open."""
        self.broker.abort_open()

    def be_away_for_a_month(self) -> None:
        """No consumer runs for longer than tombstones live, and all is cleaned."""
        self.consumers.members.clear()
        self.consumers.paused.clear()
        self.erase()
        for _ in range(6):
            self.relays.start()
            self.relays.work()
        for _ in range(2):
            for partition, end in enumerate(self.broker.ends):
                self.broker.compact(partition, end)
            self.broker.month += 1
        self.consumers.join()

    def back_up(self) -> None:
        """The owner's database is copied."""
        self.backup = dict(self.table.rows), dict(self.table.outbox)

    def restore(self) -> None:
        """The copy takes its place, with the service stopped; then `republish`.

        The clock is right again by then: an erasure whose tombstone is gone from the
        topic can be outdone by nothing else.
        """
        if self.backup is None:
            return
        self.relays.leader = None
        self.relays.stale.clear()
        self.broker.abort_open()
        rows, outbox = self.backup
        self.table.rows, self.table.outbox = dict(rows), dict(outbox)
        self.table.clock = self.table.highest + 1
        self.republish.after_a_restore()

    def rebuild_behind_a_paused_process(self) -> None:
        """`aggregation.rebuild`, while a process stands still with a batch in hand."""
        self.consumers.work()
        self.consumers.pause()
        self.consumers.empty()
        self.consumers.join()
        self.consumers.work()
        self.consumers.wake()
        self.consumers.rebalance()

    def take(self, step: str) -> None:
        """Make the step of this name: its own, a relay's or a consumer's."""
        whose, _, name = step.rpartition(".")
        getattr(getattr(self, whose) if whose else self, name)()

    def become_quiet(self) -> None:
        """Nothing fails any more: paused processes wake, everything recovers."""
        relays, consumers = self.relays, self.consumers
        for _ in range(LONGEST_DRAIN):
            if relays.leader is None:
                relays.start()
            relays.work()
            if relays.stale and self.random.random() < 0.3:
                relays.wake()
            if not (relays.stale or self.table.outbox):
                break
        else:
            raise Violation("the relay does not become quiet")
        self.broker.abort_open()
        consumers.join()
        for _ in range(LONGEST_DRAIN):
            consumers.work()
            if consumers.paused and self.random.random() < 0.3:
                consumers.wake()
            if not consumers.paused and consumers.are_at_the_end():
                return
        raise Violation("the consumers do not become quiet")

    def check(self) -> None:
        """Compare table, topic and projection.

        Raises:
            Violation: something was lost, invented or overwritten by older content.
        """
        live = {key: row for key, row in self.table.rows.items() if row.state}
        logs = [self.broker.committed(partition) for partition in range(PARTITIONS)]
        for key in KEYS:
            there = [d for d in logs[PARTITION_OF[key]] if d.id == key]
            _same("the last message", there[-1] if there else None, live.get(key))
            newest = max(there, key=lambda d: d.sequence, default=None)
            _same("the fold of the topic", newest, live.get(key))
            _same("the projection", self.consumers.projection.get(key), live.get(key))
        for row in self.consumers.projection.values():
            if (row.id, row.sequence, row.state) not in self.table.written:
                raise Violation(f"{row} was never written")
        if _figures(self.consumers.projection) != _figures(self.table.rows):
            raise Violation("the figures differ")


def _same(what: str, found: Delivery | None, wanted: Delivery | None) -> None:
    if found is not None and found.state is None:
        found = None
    if found is not wanted and found != wanted:
        raise Violation(f"{what} is {_short(found)}, not {_short(wanted)}")


def _short(row: Delivery | None) -> str:
    return f"{row.state} at {row.sequence} of key {row.id.int}" if row else "nothing"


def _figures(rows: dict[UUID, Delivery]) -> Counter[Any]:
    """Count what is live by an attribute of its state."""
    values: list[Any] = [row.state for row in rows.values() if row.state is not None]
    return Counter(value % 3 for value in values)


def run(seed: int, rules: Rules) -> str | None:
    """Run one schedule; return what is wrong at its end, or None."""
    random = Random(seed)
    schedule = Schedule(random, rules)
    weather = seed % len(WEATHERS)
    count = random.randint(FEWEST_STEPS, MOST_STEPS)
    chosen = random.choices(STEPS[weather], cum_weights=WEIGHTS[weather], k=count)
    try:
        for step in chosen:
            schedule.take(step)
        schedule.become_quiet()
        schedule.check()
    except Violation as violation:
        return f"seed {seed}: {violation}"
    return None
