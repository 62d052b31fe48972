"""The rules that make the pipeline right; the tests break them one at a time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """Which rules hold, each with the code that keeps it.

    Attributes:
        raises_sequence: `records.next_sequence`: a change is above the one before it,
            also where the clock is behind.
        keeps_the_erased: An erased record stays in its table as id and sequence.
        reads_outbox_in_order: `outbox.TAKE`: order by id.
        takes_from_the_lowest: `Relay.run`: after an error the next term reads the
            outbox again from its lowest id, not from where the last one stood.
        forgets_after_the_ack: `Relay.publish_batch`: publish, then delete.
        fences: `kafka.open_publisher`: one transactional id, so that the broker
            refuses a relay whose lock went to another.
        republish_locks: `shared.republish` announces no row that was changed since.
        republish_raises: A restored table publishes above what the topic has.
        guards: Projections change a row only for a higher sequence.
        keeps_graves: Projections keep id and sequence of what was erased.
        saves_with_the_projection: `Consumer.apply`: one transaction.
        reads_committed: `kafka.open_consumer`: not what a relay left open.
        seeks: `offsets.resume`: go on where the database says.
        empties_after_absence: `offsets.resume`: offsets older than tombstones live.
        fences_readers: A consumer stores offsets only for the reading it began with,
            not for one that somebody began anew.
    """

    raises_sequence: bool = True
    keeps_the_erased: bool = True
    reads_outbox_in_order: bool = True
    takes_from_the_lowest: bool = True
    forgets_after_the_ack: bool = True
    fences: bool = True
    republish_locks: bool = True
    republish_raises: bool = True
    guards: bool = True
    keeps_graves: bool = True
    saves_with_the_projection: bool = True
    reads_committed: bool = True
    seeks: bool = True
    empties_after_absence: bool = True
    fences_readers: bool = True


class Violation(AssertionError):
    """The model ended in a state that must not be."""
