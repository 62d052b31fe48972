"""Topics full of states, as the services would have published them, made fast."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from aiokafka import AIOKafkaProducer

from services.intake.settings import Settings
from shared import events, kafka
from shared.events import PARTITIONS, State, Topic
from tests.bench.people import PLACES, Person, organisation_code, people
from tests.system import System

BATCH_BYTES = 200_000
MOMENT = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    """A state on its way, as the `nth` of its entity."""

    topic: Topic
    happening: str
    nth: int
    state: State


def entity(kind: int, number: int) -> UUID:
    """Return an id that looks like the hash that ids are."""
    return UUID(int=random.Random(kind << 40 | number).getrandbits(128))


def story_of_all(count: int) -> Iterator[Told]:
    """Yield about `count` states: what 30 organisations tell of their referrals."""
    for number in range(len(PLACES) * 5):
        code = organisation_code(number)
        state = events.OrganisationState(
            id=entity(0, number),
            organisation=code,
            recorded_at=MOMENT,
            name=f"Partner {number}",
            kind="vcse",
            nation="england",
            place=PLACES[number % len(PLACES)],
        )
        yield Told(events.ORGANISATIONS, "registered", 0, state)
    told = 0
    for person in people():
        for one in states_of(person):
            yield one
            told += 1
        if told >= count:
            return


def states_of(person: Person) -> Iterator[Told]:
    """Yield a referral as it grows, and what is measured and told beside it."""
    received = referral_of(person)
    yield Told(events.REFERRALS, "received", 0, received)
    if person.is_accepted is not None:
        yield Told(events.REFERRALS, "decided", 1, decided(received, person))
    if person.first_contact_on:
        yield Told(events.REFERRALS, "contacted", 2, contacted(received, person))
    for number, (day, total) in enumerate(person.scores):
        yield assessment_of(person, number, day, total)
    if person.has_goal:
        yield goal_of(person)
    if person.has_story:
        yield story_of(person)


def referral_of(person: Person) -> events.ReferralState:
    """Return a referral as it was received."""
    return events.ReferralState(
        id=entity(1, person.number),
        organisation=person.organisation,
        recorded_at=MOMENT,
        person=f"{person.number:064x}",
        person_key_id="bench-1",
        received_on=person.received_on,
        source=person.source,
        reasons=["loneliness", "money"],
        primary_reason="05",
        priority="3",
        age=person.age,
        ethnicity=person.ethnicity,
        gender=person.gender,
        disabilities=["NN"],
        language="en",
        imd_decile=person.imd_decile,
    )


def decided(referral: events.ReferralState, person: Person) -> events.ReferralState:
    """Return a referral after its decision."""
    decision = events.Decision(
        outcome="accepted" if person.is_accepted else "not_for_us",
        decided_on=person.received_on + timedelta(days=3),
        reason=None if person.is_accepted else "02",
        has_rule_quoted=not person.is_accepted,
    )
    return referral.model_copy(update={"decision": decision})


def contacted(referral: events.ReferralState, person: Person) -> events.ReferralState:
    """Return a referral after its contacts."""
    return decided(referral, person).model_copy(
        update={
            "first_contact_on": person.first_contact_on,
            "last_contact_on": person.first_contact_on,
            "contacts": 2,
        }
    )


def assessment_of(person: Person, number: int, day: date, total: int) -> Told:
    """Return a ReQoL-10 with its total spread over the items."""
    state = events.AssessmentState(
        id=entity(2, person.number * 8 + number),
        organisation=person.organisation,
        recorded_at=MOMENT,
        referral=entity(1, person.number),
        instrument="reqol10",
        instrument_version="1",
        completed_on=day,
        completed_by="person",
        mode="in_person",
        items=[(total + item) // 10 for item in range(10)],
        status="scored",
        scores={"total": total, "answered": 10, "physical_health": 2},
        scoring_version="1",
        snomed_code="1035441000000106",
    )
    return Told(events.ASSESSMENTS, "recorded", 0, state)


def goal_of(person: Person) -> Told:
    """Return a goal that was rated twice."""
    day = person.received_on
    rated = [(30, 3), (90, 3 + person.number % 6)]
    state = events.GoalState(
        id=entity(3, person.number),
        organisation=person.organisation,
        recorded_at=MOMENT,
        referral=entity(1, person.number),
        kind="gbo",
        set_on=day,
        baseline=2,
        ratings=[
            events.Rating(rated_on=day + timedelta(days=days), value=value)
            for days, value in rated
        ],
    )
    return Told(events.GOALS, "rated", 1, state)


def story_of(person: Person) -> Told:
    """Return a story with two moments."""
    state = events.StoryState(
        id=entity(4, person.number),
        organisation=person.organisation,
        recorded_at=MOMENT,
        kind="story",
        told_on=person.received_on + timedelta(days=60),
        referral=entity(1, person.number),
        moments=[
            events.Moment(kind="magic", step="support"),
            events.Moment(kind="miserable", step="introduction"),
        ],
        consent=events.Consent(level="partners", given_on=person.received_on),
        moderation="approved",
    )
    return Told(events.STORIES, "told", 0, state)


def headers_of(told: Told) -> list[tuple[str, bytes]]:
    """Return the headers that the relay would write."""
    state, event_type = told.state, told.topic.event_type(told.happening)
    source = f"/livingwell/{told.topic.owner}/{state.organisation}"
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(state.id).encode()),
        ("ce_source", source.encode()),
        ("ce_type", event_type.encode()),
        ("ce_subject", str(state.id).encode()),
        ("ce_time", MOMENT.isoformat().encode()),
        ("ce_dataschema", f"/schemas/{told.topic.entity}".encode()),
        ("ce_sequence", str(1_700_000_000_000_000 + told.nth).encode()),
        ("content-type", b"application/json"),
    ]


async def fill(system: System, count: int) -> None:
    """Make the topics and write about `count` messages to them."""
    # New partitions have no leader for a moment; the producer tries again.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    await kafka.ensure_topics(settings_of(system))
    servers = system.infrastructure.kafka.bootstrap_servers
    producer = AIOKafkaProducer(
        bootstrap_servers=servers, max_batch_size=BATCH_BYTES, linger_ms=20
    )
    await producer.start()
    try:
        for told in story_of_all(count):
            key = str(told.state.id).encode()
            await producer.send(
                f"{system.name}.{told.topic.name}",
                value=told.state.model_dump_json().encode(),
                key=key,
                partition=told.state.id.int % PARTITIONS,
                headers=headers_of(told),
            )
        await producer.flush()
    finally:
        await producer.stop()


def settings_of(system: System) -> Settings:
    """Return settings of a service that is not started; only Kafka's are used."""
    return Settings(
        database_url=system.databases["intake"],
        kafka_bootstrap_servers=system.infrastructure.kafka.bootstrap_servers,
        topic_prefix=f"{system.name}.",
        token_issuer="none",
        token_jwks_url="none",
        secret=b"00" * 32,
        secret_id="none",
    )
