"""What was sent, and whether all of it, and nothing else, is everywhere it belongs."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.events import (
    DEAD_LETTERS,
)
from shared.identity import Identity
from tests.faults.kinds import KINDS, Fields, Kind, State
from tests.faults.topics import Found, read_all
from tests.system import SECRET, System

IDENTITY = Identity(bytes.fromhex(SECRET), "test-1")
WORDS = ("own_words", "text", "words")
# A consumer that lost its broker may notice only after a minute that it is stuck.
PATIENCE_SECONDS = 180.0
SENT_ELSEWHERE = ("person", "referral", "moments", "ratings")


@dataclass
class Record:
    """One record that a partner sent.

    Attributes:
        fields: What its state must hold by now.
        words: What its owner must keep, and nobody publish.
        confirmed: How many changes of it were answered with 2xx.
        maybe: How many more were sent and not answered clearly.
        sequence: The newest that was answered.
    """

    kind: Kind
    organisation: str
    reference: str
    words: tuple[str, ...] = ()
    fields: Fields = field(default_factory=dict)
    confirmed: int = 0
    maybe: int = 0
    sequence: int = 0

    @property
    def id(self) -> UUID:
        """Return the id that follows from the partner's own reference."""
        return IDENTITY.entity_id(self.organisation, self.kind.name, self.reference)

    def confirm(self, sequence: int, fields: Fields) -> None:
        """Note that one of the unclear changes was answered with 2xx."""
        self.maybe -= 1
        self.confirmed += 1
        self.sequence = max(self.sequence, sequence)
        self.fields |= fields

    def fields_of(self, body: Fields) -> Fields:
        """Return what a state must hold after this body was posted."""
        names = self.kind.topic.state.model_fields.keys() - SENT_ELSEWHERE
        fields = {name: body[name] for name in sorted(names & body.keys())}
        if isinstance(body.get("referral"), str):
            referral = str(body["referral"])
            owner = IDENTITY.entity_id(self.organisation, "referral", referral)
            fields["referral"] = str(owner)
        return fields

    def fields_after(self, step: str, body: Fields) -> Fields:
        """Return what a state must hold after a further step.

        Contacts are sent in the order of their days, ratings too.
        """
        if step == "contacts":
            known = self.fields.get("contacts", 0)
            assert isinstance(known, int)
            return {"contacts": known + 1, "last_contact_on": body["contact_on"]}
        if step == "ratings":
            known = self.fields.get("ratings", [])
            assert isinstance(known, list)
            return {"ratings": [*known, body]}
        return {step: body}

    def hold(self, state: State) -> None:
        """Compare a state with what was sent."""
        for name, value in self.fields.items():
            found = state[name]
            if isinstance(value, dict):
                found = {part: found[part] for part in value}
            assert found == value, (self.kind.name, self.reference, name)


@dataclass
class Ledger:
    """Everything that partners sent to a system.

    Attributes:
        forged: How many messages were put into topics that cannot be applied.
    """

    system: System
    records: dict[UUID, Record] = field(default_factory=dict)
    forged: int = 0

    def expect(self, kind: str, organisation: str, body: Fields) -> Record:
        """Begin a record of a body that is about to be posted, or find it."""
        words = tuple(str(body[name]) for name in WORDS if name in body)
        record = Record(KINDS[kind], organisation, str(body["reference"]), words)
        return self.records.setdefault(record.id, record)

    def of(self, kind: Kind) -> dict[UUID, Record]:
        """Return the records of a kind by id."""
        return {id: one for id, one in self.records.items() if one.kind is kind}

    def is_sent(self, message: Found) -> bool:
        """Say whether a message is a version of a record that was sent."""
        try:
            id, sequence = version_of(message)
        except (KeyError, ValueError):
            return False
        record = self.records.get(id)
        return record is not None and sequence <= record.sequence

    async def check(self) -> None:
        """Check that nothing is lost and nothing invented, once all is quiet.

        Raises:
            AssertionError: a write is missing, twice, unsent or different somewhere.
        """
        await self.system.quiet(PATIENCE_SECONDS)
        messages = await read_all(self.system)
        letters = [one for one in messages if one.topic == DEAD_LETTERS]
        refused = {origin_of(letter) for letter in letters}
        assert len(refused) == self.forged
        for kind in KINDS.values():
            await self._check_kind(
                kind,
                [
                    one
                    for one in messages
                    if one.topic == kind.topic.name and one.position not in refused
                ],
            )
        await self._check_figures()

    async def _check_kind(self, kind: Kind, messages: Sequence[Found]) -> None:
        records = self.of(kind)
        rows = await self.system.fetch(
            kind.service, f"select id, sequence, kept, state from {kind.name}"
        )
        for row in rows:
            assert row["id"] in records, f"a {kind.name} that nobody sent"
        found = {row["id"]: row for row in rows}
        for id, record in records.items():
            if record.confirmed:
                self._check_stored(record, found[id])
        await self._check_audit(kind, found.keys(), messages)
        _check_topic(found, messages)
        await self._check_projection(kind, found)

    def _check_stored(self, record: Record, row: Any) -> None:  # noqa: ANN401
        assert row["sequence"] == record.sequence or record.maybe
        record.hold(json.loads(row["state"]))
        assert all(words in row["kept"] for words in record.words)

    async def _check_audit(
        self, kind: Kind, stored: Iterable[UUID], messages: Sequence[Found]
    ) -> None:
        """Every change once, as many as were answered, and each of them published."""
        rows = await self.system.fetch(
            kind.service,
            """select record, sequence from audit
            where type like $1 and type not like '%.read.v1'""",
            f"uk.livingwell.{kind.name}.%",
        )
        audited = Counter((row["record"], row["sequence"]) for row in rows)
        assert set(audited.values()) <= {1}
        changes = Counter(record for record, _ in audited)
        assert changes.keys() == set(stored)
        for id, record in self.of(kind).items():
            most = record.confirmed + record.maybe
            assert record.confirmed <= changes[id] <= most, record
        assert {version_of(message) for message in messages} == audited.keys()

    async def _check_projection(self, kind: Kind, found: dict[UUID, Any]) -> None:
        rows = await self.system.fetch("aggregation", f"select * from {kind.name}")
        assert {row["id"] for row in rows} == found.keys()
        for row in rows:
            owner = found[row["id"]]
            state = json.loads(owner["state"])
            assert row["sequence"] == owner["sequence"]
            assert row["organisation"] == state["organisation"]
            for name, value in kind.projected(state).items():
                assert _as_text(row[name]) == _as_text(value), (kind.name, name)

    async def _check_figures(self) -> None:
        """Every referral is counted once in the indicator that counts them all."""
        [row] = await self.system.fetch(
            "aggregation",
            "select coalesce(sum(denominator), 0)::int from cell where scope = 'system'"
            " and indicator = 'source_mix' and breakdown = ''",
        )
        [stored] = await self.system.fetch("intake", "select count(*) from referral")
        assert row[0] == stored[0]


def _check_topic(found: dict[UUID, Any], messages: Sequence[Found]) -> None:
    """The last message of each key, and only of each, is the table's row."""
    last: dict[UUID, Found] = {}
    for message in messages:
        last[version_of(message)[0]] = message
    assert last.keys() == found.keys()
    for id, message in last.items():
        assert version_of(message) == (id, found[id]["sequence"])
        assert message.value is not None
        assert json.loads(message.value) == json.loads(found[id]["state"])


def version_of(message: Found) -> tuple[UUID, int]:
    """Return which version of which record a message carries."""
    return UUID((message.key or b"").decode()), int(message.header("ce_sequence"))


def check_order(messages: Iterable[Found], records: Iterable[Record]) -> None:
    """Check that each record's versions are there once, in the order of their making.

    Holds where no relay was ended in the middle of a batch.
    """
    watched = {record.id for record in records}
    versions: dict[UUID, list[int]] = defaultdict(list)
    for message in messages:
        if message.topic != DEAD_LETTERS:
            id, sequence = version_of(message)
            versions[id].append(sequence)
    for id in watched:
        assert versions[id] == sorted(set(versions[id]))


def origin_of(letter: Found) -> tuple[str, int, int]:
    """Return the position of the message that a dead letter is about."""
    found = json.loads(letter.value or b"")
    topic = "livingwell." + found["topic"].partition("livingwell.")[2]
    return topic, found["partition"], found["offset"]


def _as_text(value: object) -> str:
    """Return a value of either side so that equal ones are equal."""
    if isinstance(value, int | float | Decimal):
        return str(float(value))
    return "" if value is None else str(value)
