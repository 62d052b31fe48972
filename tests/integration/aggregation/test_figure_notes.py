"""Notes beside figures: who may write and withdraw them, and where they are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from tests.integration.aggregation.asking import ask, fill
from tests.integration.intake.answers import pointers, problem

WORDS = "Collection was interrupted."
Bearer = Callable[..., dict[str, str]]


def a_note(**changes: object) -> dict[str, object]:
    return {"from": "2026-03", "to": "2026-04", "text": WORDS} | changes


async def write(
    api: httpx.AsyncClient, headers: dict[str, str], status: int = 201, **note: object
) -> dict[str, Any]:
    answer = await api.post("/notes", json=a_note(**note), headers=headers)
    assert answer.status_code == status, answer.text
    written: dict[str, Any] = answer.json()
    return written


async def noted(
    api: httpx.AsyncClient,
    code: str = "access_count",
    headers: dict[str, str] | None = None,
    **query: str,
) -> list[str]:
    """Return what people noted beside a figure, without who and when."""
    notes = (await ask(api, code, headers, **query))["notes"]
    return [note.partition(" (noted by")[0] for note in notes[2:]]


async def test_a_note_stands_beside_the_figures_of_its_scope_and_period(
    database: asyncpg.Connection, api: httpx.AsyncClient, bearer: Bearer
) -> None:
    await fill(database, [])
    steward = bearer("ICB", "steward")
    await write(api, steward, text="Everywhere.")
    await write(api, steward, text="Hills.", place="Hillside", indicator="wait_days")
    await write(api, bearer("ORG1", "partner"), text="Ours.", organisation="ORG1")
    everywhere = "March 2026 to April 2026: Everywhere."
    assert await noted(api) == [everywhere]
    assert await noted(api, "wait_days", place="Riverside") == [everywhere]
    hills = [everywhere, "March 2026 to April 2026: Hills."]
    assert await noted(api, "wait_days", place="Hillside") == hills
    assert await noted(api, "access_count", place="Hillside") == hills[:1]
    viewer = bearer("ORG2", "viewer")
    one, two = {"organisation": "ORG1"}, {"organisation": "ORG2"}
    assert await noted(api, "wait_days", viewer, **two) == hills
    ours = [everywhere, "March 2026 to April 2026: Ours."]
    assert await noted(api, "wait_days", viewer, **one) == ours
    for period, found in (
        ({"from": "2026-01", "to": "2026-02"}, []),
        ({"from": "2026-04", "to": "2026-04"}, [everywhere]),
        ({"from": "2026-05", "to": "2026-05"}, []),
    ):
        assert await noted(api, "access_count", None, **period) == found
    beside = (await ask(api, "access_count"))["notes"][2]
    assert "(noted by ICB, " in beside


async def test_the_same_note_again_is_the_same_note(
    database: asyncpg.Connection, api: httpx.AsyncClient, bearer: Bearer
) -> None:
    await fill(database, [])
    steward = bearer("ICB", "steward")
    first = await write(api, steward)
    assert await write(api, steward, status=200) == first
    assert (await write(api, steward, text="Other words."))["id"] != first["id"]
    assert (await write(api, bearer("ICB2", "steward")))["id"] != first["id"]


async def test_a_withdrawn_note_is_shown_nowhere_and_may_be_said_again(
    database: asyncpg.Connection, api: httpx.AsyncClient, bearer: Bearer
) -> None:
    await fill(database, [])
    steward = bearer("ICB", "steward")
    note = await write(api, steward)
    address = f"/notes/{note['id']}"
    withdrawn = (await api.delete(address, headers=steward)).json()
    assert withdrawn["withdrawn_at"] is not None
    assert (await api.delete(address, headers=steward)).json() == withdrawn
    assert await noted(api) == []
    assert (await api.get("/notes")).json() == {"notes": [], "next": None}
    again = await write(api, steward)
    assert again["id"] == note["id"]
    assert again["made_at"] > note["made_at"]
    assert len(await noted(api)) == 1


async def test_writing_and_withdrawing_are_audited_without_the_words(
    database: asyncpg.Connection, api: httpx.AsyncClient, bearer: Bearer
) -> None:
    await fill(database, [])
    steward = bearer("ICB", "steward")
    note = await write(api, steward, text="Said and audited.")
    for _ in range(2):
        await write(api, steward, status=200, text="Said and audited.")
        await api.delete(f"/notes/{note['id']}", headers=steward)
        await write(api, steward, text="Said and audited.")
    rows = await database.fetch(
        "select * from audit where record = $1 order by id", UUID(note["id"])
    )
    made, withdrawn = "uk.livingwell.note.made.v1", "uk.livingwell.note.withdrawn.v1"
    assert [row["type"] for row in rows] == [made, withdrawn, made, withdrawn, made]
    sequences = [row["sequence"] for row in rows]
    assert sequences == sorted(set(sequences))
    assert {(row["organisation"]) for row in rows} == {"ICB"}
    assert "audited" not in str([dict(row) for row in rows])
    assert await database.fetchval("select count(*) from outbox") == 0


async def test_a_partner_writes_and_withdraws_for_its_own_organisation(
    database: asyncpg.Connection, api: httpx.AsyncClient, bearer: Bearer
) -> None:
    await fill(database, [])
    one, two = bearer("ORG1", "partner"), bearer("ORG2", "partner")
    note = await write(api, one, organisation="ORG1")
    assert (note["organisation"], note["scope"]) == ("ORG1", "organisation:ORG1")
    for scope, status in (
        ({}, 403),
        ({"place": "Riverside"}, 403),
        ({"organisation": "ORG2"}, 404),
        ({"organisation": "NOBODY"}, 404),
    ):
        answer = await api.post("/notes", json=a_note(**scope), headers=one)
        problem(answer, status)
    address = f"/notes/{note['id']}"
    problem(await api.delete(address, headers=two), 404)
    steward = await write(api, bearer("ICB", "steward"), organisation="ORG1")
    problem(await api.delete(f"/notes/{steward['id']}", headers=one), 404)
    assert (await api.delete(address, headers=one)).status_code == 200
    left = await api.get("/notes?organisation=ORG1", headers=one)
    assert [one["id"] for one in left.json()["notes"]] == [steward["id"]]


async def test_only_stewards_and_partners_write(
    database: asyncpg.Connection, api: httpx.AsyncClient, bearer: Bearer
) -> None:
    await fill(database, [])
    viewer, address = bearer("ORG1", "viewer", "platform"), f"/notes/{uuid4()}"
    problem(await api.post("/notes", json=a_note()), 401)
    problem(await api.post("/notes", json=a_note(), headers=viewer), 403)
    problem(await api.delete(address), 401)
    problem(await api.delete(address, headers=viewer), 403)
    steward = bearer("ICB", "steward")
    problem(await api.delete(address, headers=steward), 404)
    problem(await api.delete("/notes/1", headers=steward), 422)
    assert await database.fetchval("select count(*) from note") == 0


@pytest.mark.parametrize(
    ("change", "status", "where"),
    [
        ({"text": ""}, 422, ["/text"]),
        ({"text": "x" * 281}, 422, ["/text"]),
        ({"text": "of 999 123 4578"}, 422, ["/text"]),
        ({"text": "a\u0000b"}, 422, ["/text"]),
        ({"from": "2026-13"}, 422, ["/from"]),
        ({"to": "May"}, 422, ["/to"]),
        ({"from": "2026-05"}, 422, []),
        ({"from": "2010-01"}, 422, []),
        ({"indicator": "nothing"}, 422, ["/indicator"]),
        ({"place": "Riverside", "organisation": "ORG1"}, 422, []),
        ({"place": "Atlantis"}, 404, []),
        ({"place": "\u0000"}, 404, []),
        ({"organisation": "NOBODY"}, 404, []),
        ({"author": "Jo"}, 422, [""]),
    ],
)
async def test_a_note_that_cannot_be_is_refused_and_changes_nothing(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    bearer: Bearer,
    change: dict[str, object],
    status: int,
    where: list[str],
) -> None:
    await fill(database, [])
    steward = bearer("ICB", "steward")
    answer = await api.post("/notes", json=a_note(**change), headers=steward)
    refused = problem(answer, status)
    assert pointers(refused) == where
    assert "999" not in answer.text
    assert await database.fetchval("select count(*) from note") == 0


async def test_notes_are_listed_page_by_page_the_newest_first(
    database: asyncpg.Connection, api: httpx.AsyncClient, bearer: Bearer
) -> None:
    await fill(database, [])
    steward = bearer("ICB", "steward")
    for number in range(5):
        await write(api, steward, text=f"Note {number}.")
    await write(api, steward, text="Hidden.", organisation="ORG1")
    found, after = [], 0
    while after is not None:
        query = {"limit": 2, "after": after}
        page = (await api.get("/notes", params=query)).json()
        found += [note["text"] for note in page["notes"]]
        after = page["next"]
    assert found == [f"Note {number}." for number in (4, 3, 2, 1, 0)]
    problem(await api.get("/notes?organisation=ORG1"), 401)
    problem(await api.get("/notes?place=Atlantis"), 404)
    problem(await api.get("/notes?limit=0"), 422)
