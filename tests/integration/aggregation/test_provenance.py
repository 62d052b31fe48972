"""What made a figure: in the answer, in the record of its release, and in its event."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from uuid import uuid4

import asyncpg
import httpx

from services.aggregation.disclosure import Gate
from services.aggregation.figures import recount
from services.aggregation.releases import release
from shared.events import ASSESSMENTS, AssessmentState, Closure
from tests.integration.aggregation.asking import (
    ask,
    fill,
    fill_unseen,
    release_anew,
    seen,
)
from tests.integration.aggregation.publishing import a_site, published
from tests.integration.aggregation.states import a_delivery, an_assessment, entity
from tests.integration.aggregation.test_figures import deliver, settle
from tests.integration.aggregation.test_releases import published as taken
from tests.integration.intake.answers import problem

GATE = Gate()
TOPICS = ("livingwell.referrals", "livingwell.assessments", "livingwell.stories")


def pairs(first: int, count: int, scoring_version: str) -> list[AssessmentState]:
    """Return two assessments of each of some referrals, scored by the same rules."""
    return [
        an_assessment(
            10 * number + nth,
            referral=entity(number),
            completed_on=date(2026, 3, 17 + nth),
            scores={"total": 15 + 10 * nth},
            scoring_version=scoring_version,
        )
        for number in range(first, first + count)
        for nth in (0, 1)
    ]


async def fill_pairs(
    database: asyncpg.Connection, *assessments: AssessmentState
) -> None:
    await fill_unseen(database, seen(1, 30))
    await deliver(database, [(ASSESSMENTS, a_delivery(one)) for one in assessments])
    await recount(database)


async def read_so_far(database: asyncpg.Connection, *offsets: int) -> None:
    """Note how far each topic was read, by partition."""
    for topic in TOPICS:
        await database.executemany(
            "insert into projection_offset (topic, partition, next_offset, target,"
            " saved_at, reading) values ($1, $2, $3, 0, now(), $4)",
            [(topic, nth, at, uuid4()) for nth, at in enumerate(offsets)],
        )


async def test_an_outcome_says_by_which_rules_its_scores_were_made(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill_pairs(database, *pairs(1, 9, "1"), *pairs(10, 8, "2+site.ab12"))
    await release_anew(database)
    answer = await ask(api, "reliable_improvement")
    assert answer["made_of"]["scorings"] == {"reqol10": ["1/1", "1/2+site.ab12"]}
    both = await ask(api, "measured_count")
    assert both["made_of"]["scorings"] == answer["made_of"]["scorings"]
    for code in ("reliable_improvement_phq9", "wait_days", "goals_attained"):
        assert (await ask(api, code))["made_of"]["scorings"] == {}


async def test_an_outcome_says_beside_it_how_many_were_asked_twice(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    ended = {"contacts": 2, "closure": Closure(closed_on=date(2026, 3, 30))}
    people = seen(1, 30, **ended) + seen(40, 9, gender="2", **ended)
    await fill_unseen(database, people)
    asked = [(ASSESSMENTS, a_delivery(one)) for one in pairs(1, 20, "1")]
    await deliver(database, asked)
    await recount(database)
    await release_anew(database)
    answer = await ask(api, "reliable_improvement")
    [total] = answer["pairing"]["pairing_rate"]
    assert (total["value"], total["numerator"], total["denominator"]) == (60, 20, 40)
    groups = await ask(api, "reliable_deterioration", by="gender")
    beside = {one["group"]: one for one in groups["pairing"]["pairing_rate"]}
    assert beside["not_known"]["denominator"] == 30
    assert beside["female"]["value"] == beside["male"]["value"] == "suppressed"
    together = await ask(api, "talking_therapies_recovery")
    assert list(together["pairing"]) == ["pairing_rate_phq9", "pairing_rate_gad7"]
    item = await ask(api, "reliable_improvement_dialog_q01")
    assert list(item["pairing"]) == ["pairing_rate_dialog"]
    for code in ("pairing_rate", "measured_count", "wait_days", "goals_attained"):
        assert (await ask(api, code))["pairing"] == {}
    page = await api.get("/about/reliable_improvement")
    assert "60 in 100 people were asked at least twice" in page.text
    assert "This figure speaks of those alone." in page.text


async def test_a_version_that_scored_few_pairs_is_not_told(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    bearer: Callable[..., dict[str, str]],
) -> None:
    """Or it would say that somebody, somewhere, was asked."""
    await fill_pairs(database, *pairs(1, 9, "1"), *pairs(10, 4, "2"))
    await release_anew(database)
    only = {"reqol10": ["1/1"]}
    assert (await ask(api, "pairing_rate"))["made_of"]["scorings"] == only
    inside = await ask(api, "pairing_rate", bearer("ORG1", "partner"))
    assert inside["made_of"]["scorings"] == only
    hillside = await ask(api, "pairing_rate", place="Hillside")
    assert hillside["made_of"]["scorings"] == {}


async def test_months_asked_for_do_not_change_what_is_told_of_scores(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    """A window of months that flips what is told would count the pairs in it."""
    await fill_pairs(database, *pairs(1, 9, "1"))
    await release_anew(database)
    answers = [
        await ask(api, "pairing_rate", None, **{"from": first, "to": last})
        for first, last in (("2026-03", "2026-03"), ("2026-04", "2026-06"))
    ]
    assert [one["made_of"]["scorings"] for one in answers] == [{"reqol10": ["1/1"]}] * 2


async def test_scores_made_anew_change_the_next_release_and_not_the_last(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    scored = pairs(1, 12, "1")
    await fill_pairs(database, *scored)
    await release_anew(database)
    before = await ask(api, "reliable_improvement")
    anew = [one.model_copy(update={"scoring_version": "2"}) for one in scored]
    await deliver(database, [(ASSESSMENTS, a_delivery(one, 2)) for one in anew])
    await settle(database)
    assert (await ask(api, "reliable_improvement")) == before
    await database.execute("update release set definitions = 'older'")
    await release(database, GATE, "LIVINGWELL")
    after = await ask(api, "reliable_improvement")
    assert after["made_of"]["scorings"] == {"reqol10": ["1/2"]}
    old = await ask(api, "reliable_improvement", release=str(before["release"]))
    assert old["made_of"] == before["made_of"]


async def test_a_figure_says_which_versions_of_frameworks_ask_for_it(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    steward: dict[str, str],
    name: str,
) -> None:
    first = a_site(name, places=["Riverside"])
    second = first | {"title": "Changed", "valid_from": "2026-01-01"}
    versions = await published(api, steward, first, second)
    await fill(database, seen(1, 20))
    there = await ask(api, "access_count", place="Riverside")
    assert there["made_of"]["frameworks"][name] == versions
    later = await ask(
        api, "access_count", None, place="Riverside", **{"from": "2026-02"}
    )
    assert later["made_of"]["frameworks"][name] == versions[1:]
    assert name not in (await ask(api, "access_count"))["made_of"]["frameworks"]
    own = await ask(api, "access_count", steward, organisation="ORG1")
    assert own["made_of"]["frameworks"][name] == versions
    other = await ask(api, "access_count", place="Riverside")
    release_of_it = (await api.get(f"/releases/{other['release']}")).json()
    assert release_of_it["frameworks"][name] == versions[1:]


async def test_a_framework_published_after_a_release_did_not_ask_for_it(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    steward: dict[str, str],
    name: str,
) -> None:
    await fill(database, seen(1, 20))
    await published(api, steward, a_site(name, places=["Riverside"]))
    there = await ask(api, "access_count", place="Riverside")
    assert name not in there["made_of"]["frameworks"]


async def test_a_release_says_how_far_each_partition_was_read(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await read_so_far(database, 7, 0, 12)
    await fill(database, seen(1, 20))
    answer = await ask(api, "access_count")
    assert answer["made_of"]["offsets"] == {"livingwell.referrals": [7, 0, 12]}
    made = (await api.get(f"/releases/{answer['release']}")).json()
    assert made["partitions"] == {topic: [7, 0, 12] for topic in TOPICS}
    assert made["offsets"] == dict.fromkeys(TOPICS, 19)


async def test_an_event_says_what_made_its_figure(
    database: asyncpg.Connection,
) -> None:
    await read_so_far(database, 3)
    await fill_pairs(database, *pairs(1, 12, "1"))
    await database.execute("delete from outbox")
    made = {
        one.scope: one.number for one in await release(database, GATE, "LIVINGWELL")
    }
    states = await taken(database)
    [year] = [
        one
        for one in states
        if one["indicator"] == "reliable_improvement"
        and one["place"] == "Riverside"
        and one["period_from"]
        and not one["breakdown"]
    ]
    assert year["release"] == made["place:Riverside"]
    assert year["scorings"] == {"reqol10": ["1/1"]}
    assert set(year["offsets"]) == {"livingwell.assessments", "livingwell.referrals"}
    changed = await database.fetchval(
        "select changed from release where number = $1", year["release"]
    )
    assert json.loads(changed) == sorted(
        {one["indicator"] for one in states if one["release"] == year["release"]}
    )


async def test_a_figure_that_stays_is_not_told_again_for_what_made_it(
    database: asyncpg.Connection,
) -> None:
    await fill_pairs(database, *pairs(1, 9, "1"))
    await release_anew(database)
    await taken(database)
    await read_so_far(database, 99)
    await database.execute("delete from release; delete from released_cell")
    await release(database, GATE, "LIVINGWELL")
    assert await taken(database) == []


async def test_an_old_release_keeps_the_versions_of_its_definitions(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, seen(1, 20))
    await database.execute(
        "insert into definitions (version, indicators)"
        " values ('older', '{\"access_count\": \"as it was\"}')"
    )
    await database.execute("update release set definitions = 'older'")
    answer = await ask(api, "access_count")
    assert answer["definition_version"] == "as it was"
    made = (await api.get(f"/releases/{answer['release']}")).json()
    assert made["indicators"] == {"access_count": "as it was"}
    problem(await api.get("/releases/0"), 404)
