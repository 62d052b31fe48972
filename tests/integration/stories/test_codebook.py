"""Publishing and reading the codebook, over HTTP on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import asyncpg
import httpx
import pytest

from tests.integration.stories.coding import (
    Team,
    Token,
    a_team,
    a_theme,
    headers,
    pointers,
)
from tests.system import System


async def test_a_codebook_comes_with_the_system_for_everybody_to_read(
    stories: httpx.AsyncClient,
) -> None:
    answer = await stories.get("/codebook/1")
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"1"'
    book = answer.json()
    assert book["version"] == 1
    assert book["published_by"] is None
    assert book["crosswalk"] == {}
    assert {"waiting", "being_heard", "kindness", "crisis"} <= {
        theme["code"] for theme in book["themes"]
    }
    assert all(all(theme.values()) for theme in book["themes"])


@pytest.mark.parametrize("role", ["moderator", "steward"])
async def test_the_next_version_is_published_and_becomes_the_newest(
    team: Team, role: str
) -> None:
    version, body = await team.next_version()
    answer = await team.publish(version, body, role)
    assert answer.status_code == 200
    assert answer.headers["ETag"] == f'"{version}"'
    newest = await team.newest()
    assert newest == answer.json()
    assert newest["version"] == version
    assert newest["published_by"] == team.code
    assert {name: newest[name] for name in body} == body


async def test_the_same_version_again_changes_nothing(team: Team) -> None:
    version, body = await team.next_version()
    first = await team.publish(version, body)
    again = await a_team(team.client, team.token).publish(version, body)
    assert again.status_code == 200
    assert again.json() == first.json()


async def test_an_older_version_is_still_read_and_repeated(team: Team) -> None:
    version, body = await team.next_version()
    await team.publish(version, body)
    newer, more = await team.next_version()
    await team.publish(newer, more)
    assert (await team.publish(version, body)).status_code == 200
    older = await team.client.get(f"/codebook/{version}")
    assert older.json()["themes"] == body["themes"]


async def test_the_same_version_with_other_content_is_refused(team: Team) -> None:
    version, body = await team.next_version()
    await team.publish(version, body)
    refused = await team.publish(version, {**body, "source": "Zanzibar"})
    assert pointers(refused, 409) == ["/source"]
    assert refused.json()["type"] == "urn:livingwell:problem:codebook-differs"
    assert "Zanzibar" not in refused.text


async def test_a_version_out_of_turn_is_refused(team: Team) -> None:
    version, body = await team.next_version()
    refused = await team.publish(version + 1, body)
    assert pointers(refused, 409) == []
    assert refused.json()["type"] == "urn:livingwell:problem:codebook-out-of-turn"
    assert str(version) in refused.json()["detail"]
    assert (await team.newest())["version"] == version - 1


async def test_a_crosswalk_with_gaps_is_refused_with_every_gap(team: Team) -> None:
    version, body = await team.next_version()
    crosswalk = {code: to for code, to in body["crosswalk"].items() if code != "crisis"}
    crosswalk |= {"waiting": ["nowhere"], "never_was": []}
    themes = [*body["themes"], a_theme("waiting")]
    refused = await team.publish(
        version, {**body, "themes": themes, "crosswalk": crosswalk}
    )
    assert pointers(refused, 422) == [
        f"/themes/{len(themes) - 1}/code",
        "/crosswalk",
        "/crosswalk/never_was",
        "/crosswalk/waiting/0",
    ]
    assert (await team.newest())["version"] == version - 1


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"themes": []}, ["/themes"]),
        ({"themes": [a_theme("a b")]}, ["/themes/0/code"]),
        ({"themes": [a_theme("a") | {"plain": ""}]}, ["/themes/0/plain"]),
        ({"themes": [a_theme("a") | {"example": "\x00"}]}, ["/themes/0/example"]),
        ({"themes": [a_theme(f"t{n}") for n in range(61)]}, ["/themes"]),
        ({"crosswalk": {"waiting": "waiting"}}, ["/crosswalk"]),
        ({"crosswalk": {"in Zanzibar": []}}, ["/crosswalk"]),
        ({"source": None}, ["/source"]),
        ({"version": 2}, [""]),
    ],
    ids=range(9),
)
async def test_what_breaks_the_contract_is_refused(
    team: Team, change: dict[str, Any], where: list[str]
) -> None:
    version, body = await team.next_version()
    refused = await team.publish(version, body | change)
    assert pointers(refused, 422) == where
    assert "Zanzibar" not in refused.text


@pytest.mark.parametrize("version", ["0", "-1", "x", "1.5", "9" * 30, "1000001"])
async def test_what_is_no_version_is_refused(
    stories: httpx.AsyncClient, team: Team, version: str
) -> None:
    assert pointers(await stories.get(f"/codebook/{version}"), 422) == ["/version"]
    _, body = await team.next_version()
    answer = await stories.put(
        f"/codebook/{version}", json=body, headers=team.moderator
    )
    assert pointers(answer, 422) == ["/version"]


async def test_only_moderators_and_stewards_publish(
    stories: httpx.AsyncClient, team: Team, token: Token
) -> None:
    version, body = await team.next_version()
    address = f"/codebook/{version}"
    assert pointers(await stories.put(address, json=body), 401) == []
    for role in ("partner", "viewer", "platform", "ops"):
        answer = await stories.put(
            address, json=body, headers=headers(token(team.code, role))
        )
        assert pointers(answer, 403) == []
    assert (await team.newest())["version"] == version - 1


@pytest.mark.parametrize("path", ["/codebook/999999", "/codebook/999999/agreement"])
async def test_a_version_that_was_never_published_is_not_found(
    stories: httpx.AsyncClient, team: Team, path: str
) -> None:
    answer = await stories.get(path, headers=team.moderator)
    assert pointers(answer, 404) == []


@pytest.mark.parametrize("path", ["/codebook", "/codebook/1"])
async def test_who_has_the_codebook_is_not_sent_it_again(
    stories: httpx.AsyncClient, path: str
) -> None:
    etag = (await stories.get(path)).headers["ETag"]
    for known in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        answer = await stories.get(path, headers={"If-None-Match": known})
        assert answer.status_code == 304
        assert answer.content == b""
        assert answer.headers["ETag"] == etag
    for other in ('"0"', "", etag.strip('"')):
        answer = await stories.get(path, headers={"If-None-Match": other})
        assert answer.status_code == 200


async def test_of_versions_published_at_once_one_is_the_next(
    team: Team, shared_system: System
) -> None:
    version, body = await team.next_version()
    bodies = [{**body, "source": f"Number {number % 4}"} for number in range(16)]
    answers = await asyncio.gather(*(team.publish(version, one) for one in bodies))
    counted = Counter(answer.status_code for answer in answers)
    assert counted == {200: 4, 409: 12}
    assert len({a.text for a in answers if a.status_code == 200}) == 1
    rows = await shared_system.fetch(
        "stories", "select version from codebook order by version"
    )
    assert [row["version"] for row in rows] == list(range(1, version + 1))


@pytest.mark.parametrize(
    "statement",
    [
        "update codebook set content = '{}'",
        "delete from codebook",
        "truncate codebook",
    ],
)
async def test_the_database_refuses_to_change_what_was_published(
    shared_system: System, statement: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await shared_system.fetch("stories", statement)


async def test_who_published_a_version_is_kept_and_not_told_to_the_public(
    team: Team, shared_system: System
) -> None:
    version, body = await team.next_version()
    published = await team.publish(version, body)
    [row] = await shared_system.fetch(
        "stories",
        "select organisation, subject from codebook where version = $1",
        version,
    )
    assert tuple(row) == (team.code, "developer")
    assert "developer" not in published.text
