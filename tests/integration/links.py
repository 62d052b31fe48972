"""What holds of links in both services that make them, asked over HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from httpx import AsyncClient, Response

from tests.system import System

URL = re.compile(r"(http://[^/]+)(/my/([A-Za-z0-9_-]{32}\.[A-Za-z0-9_-]{43}))")
CLOSED = "This page is closed"
Json = dict[str, Any]


@dataclass(frozen=True)
class Keeper:
    """A partner at one of the services."""

    system: System
    service: str
    client: AsyncClient
    organisation: str

    @property
    def headers(self) -> dict[str, str]:
        token = self.system.token(self.organisation, "partner", subject="u1")
        return {"authorization": f"Bearer {token}"}

    async def send(self, path: str, body: Json) -> None:
        """Store a record."""
        answer = await self.client.post(path, json=body, headers=self.headers)
        assert answer.status_code == 201, answer.text

    async def ask(self, **body: object) -> Response:
        """Ask for a link."""
        return await self.client.post("/links", json=body, headers=self.headers)

    async def link(self, **body: object) -> Json:
        """Make a link; its path and its token come with the answer."""
        answer = await self.ask(**body)
        assert answer.status_code == 201, answer.text
        found: Json = answer.json()
        matched = URL.fullmatch(found["url"])
        assert matched
        return {**found, "path": matched[2], "token": matched[3]}

    async def open(self, path: str) -> Response:
        """Open a page as anybody: no token, no account."""
        return await self.client.get(path)

    async def revoke(self, link_id: str) -> Response:
        return await self.client.delete(f"/links/{link_id}", headers=self.headers)

    async def listed(self, **query: str | int) -> Response:
        return await self.client.get("/links", params=query, headers=self.headers)

    async def row(self, link_id: str) -> dict[str, Any]:
        """Return all that the database holds of a link."""
        [row] = await self.system.fetch(
            self.service, "select * from link where id = $1", link_id
        )
        return dict(row)

    async def audited(self, link_id: str) -> list[tuple[str, str, str]]:
        """Return who did what to a link, in order."""
        rows = await self.system.fetch(
            self.service,
            "select organisation, subject, type from audit where record = $1"
            " order by id",
            link_id,
        )
        return [tuple(row) for row in rows]

    async def expire(self, link_id: str) -> None:
        """Let a link's time be over."""
        await self.system.fetch(
            self.service,
            "update link set expires_at = now() - interval '1 second' where id = $1",
            link_id,
        )


def is_closed(answer: Response, status: int) -> bool:
    """Say whether an answer is the page that tells nothing."""
    return answer.status_code == status and CLOSED in answer.text


async def check_life(keeper: Keeper, about: Json) -> None:
    """Check a link from its making to its end, in the answers and in the audit."""
    made = await keeper.link(**about, expires_in_days=1)
    expires_in = datetime.fromisoformat(made["expires_at"]).timestamp()
    row = await keeper.row(made["link_id"])
    assert expires_in - row["made_at"].timestamp() == 24 * 3600
    assert (await keeper.open(made["path"])).status_code == 200
    assert (await keeper.revoke(made["link_id"])).status_code == 204
    assert (await keeper.revoke(made["link_id"])).status_code == 204
    assert is_closed(await keeper.open(made["path"]), 410)
    mine, opener = keeper.organisation, f"link:{made['link_id']}"
    assert await keeper.audited(made["link_id"]) == [
        (mine, "u1", "uk.livingwell.link.made.v1"),
        (mine, opener, "uk.livingwell.link.opened.v1"),
        (mine, "u1", "uk.livingwell.link.revoked.v1"),
    ]


async def check_closed_pages_are_alike(keeper: Keeper, about: Json) -> None:
    """Check that expired, revoked, tampered and unknown links look the same."""
    expired, revoked = await keeper.link(**about), await keeper.link(**about)
    await keeper.expire(expired["link_id"])
    await keeper.revoke(revoked["link_id"])
    live = (await keeper.link(**about))["path"]
    changed = live[:-1] + ("A" if live[-1] != "A" else "B")
    pages = [
        (await keeper.open(expired["path"]), 410),
        (await keeper.open(revoked["path"]), 410),
        (await keeper.open(changed), 404),
        (await keeper.open("/my/" + "A" * 32 + "." + "A" * 43), 404),
        (await keeper.open("/my/%00"), 404),
        (await keeper.open("/my/" + "x" * 5_000), 404),
    ]
    assert all(is_closed(answer, status) for answer, status in pages)
    assert len({answer.text for answer, _ in pages}) == 1
    assert len({str(answer.headers.get("cache-control")) for answer, _ in pages}) == 1


async def check_privacy(keeper: Keeper, about: Json) -> None:
    """Check that the token is kept nowhere, and what the browser is told."""
    made = await keeper.link(**about)
    answer = await keeper.open(made["path"])
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"].startswith("noindex")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "unsafe" not in policy
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    token = made["token"]
    kept = await keeper.row(made["link_id"])
    assert token not in repr(kept)
    metrics = (await keeper.client.get("/metrics")).text
    assert token not in metrics
    assert 'route="/my/{token}"' in metrics
    log = keeper.system.settings.folder / "logs" / f"{keeper.service}.log"
    assert token not in log.read_text()


async def check_lists(keeper: Keeper, about: Json) -> None:
    """Check that links are listed page by page, without their addresses."""
    made = [(await keeper.link(**about))["link_id"] for _ in range(3)]
    await keeper.revoke(made[1])
    first = (await keeper.listed(limit=2)).json()
    assert [link["link_id"] for link in first["links"]] == made[:2]
    assert [link["revoked_at"] is None for link in first["links"]] == [True, False]
    assert "url" not in first["links"][0]
    rest = (await keeper.listed(limit=2, after=first["next"])).json()
    assert [link["link_id"] for link in rest["links"]] == made[2:]
    assert rest["next"] is None


async def check_neighbours(keeper: Keeper, neighbour: Keeper, about: Json) -> None:
    """Check that another organisation's links and references do not exist."""
    made = await keeper.link(**about)
    for answer in (
        await neighbour.revoke(made["link_id"]),
        await neighbour.revoke("00000000-0000-7000-8000-000000000000"),
    ):
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
    assert (await neighbour.listed()).json()["links"] == []
    assert (await neighbour.ask(**about)).status_code == 422
    assert (await keeper.open(made["path"])).status_code == 200


async def check_refusals(keeper: Keeper, about: Json) -> None:
    """Check what is refused, where the problem points, and that nothing is stored."""
    key = next(iter(about))
    for change, pointer in (
        ({"expires_in_days": 0}, "/expires_in_days"),
        ({"expires_in_days": 91}, "/expires_in_days"),
        ({"expires_in_days": "7"}, "/expires_in_days"),
        ({key: []}, "/referrals"),
        ({key: ["NOBODY-1"]}, f"/{key}/0"),
        ({key: ["9991234578"]}, f"/{key}/0"),
        ({key: ["\x00"]}, f"/{key}/0"),
        ({"next": "https://elsewhere.test/my/x"}, "/next"),
        ({"name": "x"}, ""),
    ):
        answer = await keeper.ask(**about | change)
        assert answer.status_code == 422, change
        assert answer.headers["content-type"] == "application/problem+json"
        assert [field["pointer"] for field in answer.json()["errors"]] == [pointer]
    assert (await keeper.listed()).json()["links"] == []


async def check_rights(keeper: Keeper, about: Json) -> None:
    """Check that only partners make, list and revoke links."""
    for roles, status in ((("viewer",), 403), ((), 403), (None, 401)):
        headers = {}
        if roles is not None:
            token = keeper.system.token(keeper.organisation, *roles)
            headers = {"authorization": f"Bearer {token}"}
        client = keeper.client
        path = "/links/00000000-0000-7000-8000-000000000000"
        for answer in (
            await client.post("/links", json=about, headers=headers),
            await client.get("/links", headers=headers),
            await client.delete(path, headers=headers),
        ):
            assert answer.status_code == status
            assert answer.headers["content-type"] == "application/problem+json"


async def check_rate(keeper: Keeper, about: Json, most: int) -> None:
    """Check that a link opened again and again has to wait."""
    made = await keeper.link(**about)
    answers = [await keeper.open(made["path"]) for _ in range(2 * most + 1)]
    assert {answer.status_code for answer in answers} == {200, 429}
    assert all(is_closed(a, 429) for a in answers if a.status_code != 200)
    assert {a.headers.get("retry-after") for a in answers} == {None, "60"}
