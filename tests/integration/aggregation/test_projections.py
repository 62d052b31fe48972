"""Each topic becomes a table: twice, out of order, erased, and again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.aggregation.projections import PROJECTIONS
from shared.delivery import Delivery, newest
from shared.events import (
    ASSESSMENTS,
    GOALS,
    ORGANISATIONS,
    REFERRALS,
    STORIES,
    Circumstance,
    Closure,
    Consent,
    CrisisContact,
    Decision,
    State,
    Topic,
)
from tests.integration.aggregation.states import (
    a_delivery,
    a_goal,
    a_referral,
    a_story,
    an_assessment,
    an_organisation,
    entity,
)

# Topic, a state, a later state of the same entity, and a column in which they differ.
EACH: list[tuple[Topic, State, State, str]] = [
    (ORGANISATIONS, an_organisation(), an_organisation(place="Hillside"), "place"),
    (REFERRALS, a_referral(), a_referral(source="A1"), "source"),
    (ASSESSMENTS, an_assessment(), an_assessment(scores={"total": 30}), "score"),
    (GOALS, a_goal(), a_goal(baseline=4), "baseline"),
    (STORIES, a_story(), a_story(told_on=date(2026, 4, 21)), "told_on"),
]
EVERY_TOPIC = pytest.mark.parametrize(
    ("topic", "state", "later", "column"), EACH, ids=[each[0].entity for each in EACH]
)


async def project(
    database: asyncpg.Connection, topic: Topic, deliveries: Sequence[Delivery]
) -> None:
    await PROJECTIONS[topic](database, newest(deliveries))


async def rows(database: asyncpg.Connection, topic: Topic) -> list[dict[str, Any]]:
    return [dict(row) for row in await database.fetch(f"select * from {topic.entity}")]


async def stale(database: asyncpg.Connection) -> set[UUID]:
    """Return which units wait to be counted, and forget them."""
    taken = await database.fetch("delete from stale returning unit")
    return {row["unit"] for row in taken}


@EVERY_TOPIC
async def test_a_state_delivered_twice_is_applied_once(
    database: asyncpg.Connection, topic: Topic, state: State, later: State, column: str
) -> None:
    del later, column
    await project(database, topic, [a_delivery(state, 7)])
    once = await rows(database, topic)
    await stale(database)
    await project(database, topic, [a_delivery(state, 7)])
    await project(database, topic, [a_delivery(state, 7), a_delivery(state, 7)])
    assert await rows(database, topic) == once
    assert len(once) == 1
    assert once[0]["sequence"] == 7
    assert await stale(database) == set()


@EVERY_TOPIC
async def test_states_out_of_order_end_at_the_newest(
    database: asyncpg.Connection, topic: Topic, state: State, later: State, column: str
) -> None:
    await project(database, topic, [a_delivery(state, 1), a_delivery(later, 2)])
    [in_order] = await rows(database, topic)
    await database.execute(f"truncate {topic.entity}")
    await project(database, topic, [a_delivery(state, 1)])
    [first] = await rows(database, topic)
    await database.execute(f"truncate {topic.entity}")
    await project(database, topic, [a_delivery(later, 2)])
    await stale(database)
    await project(database, topic, [a_delivery(state, 1)])
    assert await rows(database, topic) == [in_order]
    assert in_order[column] != first[column]
    assert await stale(database) == set()
    await project(database, topic, [a_delivery(later, 3), a_delivery(state, 1)])
    assert (await rows(database, topic))[0]["sequence"] == 3


@EVERY_TOPIC
async def test_of_what_was_erased_a_grave_stays_and_nothing_comes_back(
    database: asyncpg.Connection, topic: Topic, state: State, later: State, column: str
) -> None:
    del column
    await project(database, topic, [a_delivery(state, 1)])
    erased = a_delivery(None, 3, state.id)
    await project(database, topic, [erased])
    [grave] = await rows(database, topic)
    kept = {name: value for name, value in grave.items() if value is not None}
    assert kept == {
        "id": state.id,
        "sequence": 3,
        "occurred_at": erased.occurred_at,
    }
    await stale(database)
    for replayed in (a_delivery(state, 1), a_delivery(later, 2), erased):
        await project(database, topic, [replayed])
        assert await rows(database, topic) == [grave]
    assert await stale(database) == set()


@EVERY_TOPIC
async def test_an_erasure_that_arrives_first_holds(
    database: asyncpg.Connection, topic: Topic, state: State, later: State, column: str
) -> None:
    del later, column
    await project(database, topic, [a_delivery(None, 3, state.id)])
    await project(database, topic, [a_delivery(state, 2)])
    [grave] = await rows(database, topic)
    assert (grave["id"], grave["sequence"]) == (state.id, 3)
    assert grave["organisation"] is None


async def test_a_referral_is_stored_with_its_groups_and_without_the_rest(
    database: asyncpg.Connection,
) -> None:
    state = a_referral(
        ethnicity="M",
        gender="2",
        age=34,
        imd_decile=3,
        disabilities=["NN"],
        decision=Decision(
            outcome="not_for_us",
            decided_on=date(2026, 3, 4),
            reason="02",
            has_rule_quoted=True,
            rule_published=False,
        ),
        first_contact_on=date(2026, 3, 16),
        contacts=2,
        closure=Closure(closed_on=date(2026, 6, 30), reason="02"),
        circumstances=[
            Circumstance(recorded_on=date(2026, 6, 1), accommodation="11"),
            Circumstance(
                recorded_on=date(2026, 3, 3), accommodation="18", employment="ZZ"
            ),
            Circumstance(recorded_on=date(2026, 6, 3), employment="01"),
        ],
        crisis_contacts=[
            CrisisContact(kind="admission", on=date(2026, 5, 2)),
            CrisisContact(kind="crisis_team", on=date(2025, 12, 24)),
            CrisisContact(kind="emergency_department", on=date(2026, 5, 2)),
        ],
    )
    await project(database, REFERRALS, [a_delivery(state)])
    [row] = await rows(database, REFERRALS)
    row.pop("occurred_at")
    assert row == {
        "id": state.id,
        "sequence": 1,
        "organisation": "ORG1",
        "person": "person-1",
        "received_on": date(2026, 3, 2),
        "outcome": "not_for_us",
        "reason": "02",
        "decided_on": date(2026, 3, 4),
        "first_contact_on": date(2026, 3, 16),
        "contacts": 2,
        "closed_on": date(2026, 6, 30),
        "closure_reason": "02",
        "onward_received": None,
        "rule_published": False,
        "crisis_on": '["2025-12-24", "2026-05-02"]',
        "housing_on": date(2026, 6, 1),
        "was_settled": False,
        "is_settled": True,
        "work_on": date(2026, 6, 3),
        "was_in_work": None,
        "is_in_work": True,
        "ethnicity": "black",
        "gender": "female",
        "age": "25_34",
        "deprivation": "quintile_2",
        "disability": "no",
        "source": "group_b",
    }


@pytest.mark.parametrize(
    ("changes", "score"),
    [
        ({}, 19),
        ({"status": "prorated", "scores": {"total": 13.5}}, 13.5),
        ({"status": "partial"}, None),
        ({"status": "not_scorable"}, None),
        ({"is_withdrawn": True}, None),
        ({"scores": {}}, None),
        ({"scores": {"total": None}}, None),
        ({"scores": {"total": "19"}}, None),
        ({"scores": {"total": True}}, None),
    ],
    ids=range(9),
)
async def test_only_a_valid_assessment_has_a_score(
    database: asyncpg.Connection, changes: dict[str, Any], score: float | None
) -> None:
    state = an_assessment(**changes)
    await project(database, ASSESSMENTS, [a_delivery(state)])
    [row] = await rows(database, ASSESSMENTS)
    assert row["score"] == score


async def test_what_moves_from_one_referral_to_another_makes_both_stale(
    database: asyncpg.Connection,
) -> None:
    both = {entity(1), entity(2)}
    pairs = (
        (ASSESSMENTS, an_assessment(), an_assessment(referral=entity(2))),
        (GOALS, a_goal(), a_goal(referral=entity(2))),
        (STORIES, a_story(referral=entity(1)), a_story(referral=entity(2))),
    )
    for topic, before, after in pairs:
        await project(database, topic, [a_delivery(before, 1)])
        assert await stale(database) == {entity(1)}
        await project(database, topic, [a_delivery(after, 2)])
        assert await stale(database) == both
        await project(database, topic, [a_delivery(None, 3, before.id)])
        assert await stale(database) == {entity(2)}


async def test_a_story_that_names_no_referral_is_a_unit_of_its_own(
    database: asyncpg.Connection,
) -> None:
    told = a_story(referral=entity(1))
    await project(database, STORIES, [a_delivery(told, 1)])
    await stale(database)
    private = a_story(consent=Consent(level="none", given_on=date(2026, 4, 21)))
    await project(database, STORIES, [a_delivery(private, 2)])
    assert await stale(database) == {entity(1), told.id}


async def test_a_new_place_makes_all_of_the_organisation_stale(
    database: asyncpg.Connection,
) -> None:
    await project(database, REFERRALS, [a_delivery(a_referral(1))])
    await project(
        database, GOALS, [a_delivery(a_goal(organisation="ORG2", referral=entity(7)))]
    )
    await project(database, STORIES, [a_delivery(a_story())])
    await project(database, ORGANISATIONS, [a_delivery(an_organisation(1), 1)])
    story = a_story().id
    await stale(database)
    moved = an_organisation(1, place="Hillside")
    await project(database, ORGANISATIONS, [a_delivery(moved, 2)])
    assert await stale(database) == {entity(1), story}
    renamed = an_organisation(1, place="Hillside", name="New name")
    await project(database, ORGANISATIONS, [a_delivery(renamed, 3)])
    assert await stale(database) == set()
    await project(database, ORGANISATIONS, [a_delivery(None, 4, moved.id)])
    assert await stale(database) == {entity(1), story}


async def test_of_a_withdrawn_referral_a_grave_stays_until_it_is_taken_back(
    database: asyncpg.Connection,
) -> None:
    state = a_referral()
    await project(database, REFERRALS, [a_delivery(state, 1)])
    [before] = await rows(database, REFERRALS)
    await stale(database)
    await project(database, REFERRALS, [a_delivery(a_referral(is_withdrawn=True), 2)])
    [grave] = await rows(database, REFERRALS)
    kept = {name for name, value in grave.items() if value is not None}
    assert kept == {"id", "sequence", "occurred_at"}
    assert await stale(database) == {state.id}
    await project(database, REFERRALS, [a_delivery(state, 1)])
    assert await rows(database, REFERRALS) == [grave]
    await project(database, REFERRALS, [a_delivery(state, 3)])
    [again] = await rows(database, REFERRALS)
    assert {**again, "sequence": 1} == {**before, "occurred_at": again["occurred_at"]}
