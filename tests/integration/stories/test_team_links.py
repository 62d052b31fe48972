"""Links to a team's page for telling: made, listed, revoked, audited."""

from __future__ import annotations

from uuid import uuid4

import pytest
from httpx import AsyncClient

from tests.integration.links import is_closed
from tests.integration.stories.telling import NAME, Team, a_team
from tests.system import System


@pytest.fixture
def team(shared_system: System, stories: AsyncClient) -> Team:
    return a_team(shared_system, stories)


@pytest.fixture
def neighbour(shared_system: System, stories: AsyncClient) -> Team:
    return a_team(shared_system, stories)


async def test_a_link_is_made_told_once_and_kept_as_a_hash(team: Team) -> None:
    made = await team.link(expires_in_days=30)
    rows = await team.system.fetch(
        "stories", "select * from team_link where id = $1", made["link_id"]
    )
    [row] = [dict(one) for one in rows]
    assert row["name"] == NAME
    assert (row["expires_at"] - row["made_at"]).days == 30
    assert made["token"] not in repr(row)
    listed = (await team.listed()).json()["links"]
    assert [one["name"] for one in listed] == [NAME]
    assert "url" not in listed[0]


async def test_a_link_opens_the_page_until_it_is_revoked(team: Team) -> None:
    made = await team.link()
    page = await team.client.get(made["path"])
    assert page.status_code == 200
    assert NAME in page.text
    assert (await team.revoke(made["link_id"])).status_code == 204
    assert (await team.revoke(made["link_id"])).status_code == 204
    assert is_closed(await team.client.get(made["path"]), 410)
    assert await team.audited(made["link_id"]) == [
        ("u1", "uk.livingwell.team_link.made.v1"),
        ("u1", "uk.livingwell.team_link.revoked.v1"),
    ]


async def test_an_expired_and_an_unknown_link_look_alike(team: Team) -> None:
    made = await team.link()
    await team.system.fetch(
        "stories",
        "update team_link set expires_at = now() where id = $1",
        made["link_id"],
    )
    expired = await team.client.get(made["path"])
    assert is_closed(expired, 410)
    for path in (
        made["path"][:-1] + ("A" if made["path"][-1] != "A" else "B"),
        "/tell/" + "A" * 32 + "." + "A" * 43,
        "/tell/%00",
        "/tell/" + "x" * 5_000,
    ):
        answer = await team.client.get(path)
        assert is_closed(answer, 404)
        assert answer.text == expired.text


async def test_links_are_listed_page_by_page(team: Team) -> None:
    made = [(await team.link())["link_id"] for _ in range(3)]
    first = (await team.listed(limit=2)).json()
    assert [one["link_id"] for one in first["links"]] == made[:2]
    rest = (await team.listed(limit=2, after=first["next"])).json()
    assert [one["link_id"] for one in rest["links"]] == made[2:]
    assert rest["next"] is None


async def test_another_organisations_link_does_not_exist(
    team: Team, neighbour: Team
) -> None:
    made = await team.link()
    for link in (made["link_id"], str(uuid4())):
        answer = await neighbour.revoke(link)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
    assert (await neighbour.listed()).json()["links"] == []
    assert (await team.client.get(made["path"])).status_code == 200


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"name": "a\nb"}, "/name"),
        ({"name": 5}, "/name"),
        ({"name": None}, "/name"),
        ({"expires_in_days": 0}, "/expires_in_days"),
        ({"expires_in_days": 367}, "/expires_in_days"),
        ({"expires_in_days": "9"}, "/expires_in_days"),
        ({"referrals": ["LW-1"]}, ""),
    ],
    ids=range(9),
)
async def test_a_link_that_cannot_be_is_refused_and_not_stored(
    team: Team, change: dict[str, object], pointer: str
) -> None:
    answer = await team.ask(**change)
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
    assert (await team.listed()).json()["links"] == []


@pytest.mark.parametrize("roles", [("viewer",), ("moderator",), None])
async def test_only_partners_make_list_and_revoke_links(
    team: Team, roles: tuple[str, ...] | None
) -> None:
    headers = {}
    if roles is not None:
        token = team.system.token(team.organisation, *roles)
        headers = {"authorization": f"Bearer {token}"}
    client = team.client
    for answer in (
        await client.post("/team-links", json={"name": NAME}, headers=headers),
        await client.get("/team-links", headers=headers),
        await client.delete(f"/team-links/{uuid4()}", headers=headers),
    ):
        assert answer.status_code == (401 if roles is None else 403)
        assert answer.headers["content-type"] == "application/problem+json"
