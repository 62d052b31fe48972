"""A moderator who works at the desk's pages, as a browser sends their forms."""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.integration.stories.coding import Team
from tests.system import System

FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
TICKED = re.compile(r'<input type="checkbox" name="\w+" value="([^"]*)" checked')
HIDE = re.compile(r'name="hide" value="([^"]*)"')
TEXT = "Sarah Jones rang on 07700 900123.\nSarah Jones came, and Sarah Jones stayed."
PUBLIC = {"level": "public", "given_on": "2026-04-20"}
TAG = re.compile(r"<[^>]+>")


@dataclass
class Desk:
    """One story of a team, open at the desk in a browser of its own."""

    system: System
    client: httpx.AsyncClient
    team: Team
    reference: str
    id: str

    @property
    def path(self) -> str:
        return f"/desk/stories/{self.id}"

    async def show(self, place: str = "") -> str:
        """Return a page about the story, which must be there."""
        answer = await self.client.get(self.path + place)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def send(
        self,
        place: str,
        fields: Mapping[str, Any] | None = None,
        shown: str | None = None,
    ) -> httpx.Response:
        """Fill in the last form of a page, as it is shown now or was shown before."""
        hidden = fields_of(shown or await self.show(place))
        data = {**hidden, **(fields or {})}
        return await self.client.post(self.path + place, data=data)

    async def kept(self) -> dict[str, Any]:
        """Return all that the database keeps of the story."""
        query = "select kept from story where id = $1"
        [row] = await self.system.fetch("stories", query, self.id)
        found: dict[str, Any] = json.loads(row[0])
        return found

    async def change(self) -> None:
        """Change the story behind the desk's back."""
        answer = await self.team.client.post(
            f"/stories/{self.reference}/replies",
            json={"reference": "MEANWHILE", "replied_on": "2026-05-01", "text": "Yes."},
            headers=self.team.partner,
        )
        assert answer.status_code == 201, answer.text


@asynccontextmanager
async def at_desk(system: System, team: Team, person: str = "u1") -> AsyncIterator[Any]:
    """Return what opens a team's stories at the desk of a person who signed in."""
    async with system.client("stories") as client:
        session = system.token(team.code, "moderator", subject=person)
        client.cookies.set("livingwell_session", session)

        async def open_story(**told: Any) -> Desk:  # noqa: ANN401
            reference = told.pop("known", None) or await team.tell(**told)
            query = "select id from story where reference = $1 and organisation = $2"
            [row] = await system.fetch("stories", query, reference, team.code)
            return Desk(system, client, team, reference, str(row[0]))

        yield open_story


def fields_of(page: str) -> dict[str, str]:
    """Return the hidden fields of the last form of a page."""
    last = page[page.rindex('name="form"') - 40 :]
    return {name: html.unescape(value) for name, value in FIELD.findall(last)}


def ticked_in(page: str) -> list[str]:
    """Return what is ticked on a page."""
    return [html.unescape(value) for value in TICKED.findall(page)]


def suggested_in(page: str) -> list[str]:
    """Return the keys of what is suggested to be left out."""
    return [html.unescape(value) for value in HIDE.findall(page)]


def said(answer: httpx.Response, status: int) -> str:
    """Return why a form was refused, as its page says it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-store"
    found = re.search(r'role="alert"[^>]*>(.*?)</p>', answer.text, re.DOTALL)
    assert found, answer.text
    return html.unescape(TAG.sub("", found[1]))


def led_to(answer: httpx.Response, address: str) -> None:
    """Check that a form was taken, and where it led."""
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == address
