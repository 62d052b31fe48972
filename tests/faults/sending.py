"""Partners that send people's journeys, and repeat what got no clear answer."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from tests import builders
from tests.faults.ledger import Ledger, Record

PARTNERS = {"FAULT1": "Riverside", "FAULT2": "Riverside", "FAULT3": "Hillside"}
PATIENCE_SECONDS = 120.0
RETRY_SECONDS = 0.05
AT_ONCE = 8
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Request:
    """One request of a partner."""

    service: str
    method: str
    path: str
    body: dict[str, Any]


class Sender:
    """Sends for all partners, to one process or several of each service.

    Attributes:
        unclear: How many answers said neither yes nor no.
    """

    def __init__(
        self, ledger: Ledger, urls: dict[str, Sequence[str]] | None = None
    ) -> None:
        own = {name: [url] for name, url in ledger.system.urls.items()}
        self._ledger = ledger
        self._turns: dict[str, Iterator[str]] = {
            service: itertools.cycle(addresses)
            for service, addresses in {**own, **(urls or {})}.items()
        }
        self._client = httpx.AsyncClient(verify=False, timeout=30)
        self._tokens = {code: ledger.system.token(code, "partner") for code in PARTNERS}
        self.unclear = 0

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def attempt(self, organisation: str, request: Request) -> httpx.Response:
        """Send a request once."""
        url = next(self._turns[request.service]) + request.path
        return await self._client.request(
            request.method,
            url,
            json=request.body,
            headers={"Authorization": f"Bearer {self._tokens[organisation]}"},
        )

    async def write(
        self, record: Record, request: Request, fields: dict[str, object]
    ) -> None:
        """Send a change of a record until it is answered clearly, and note it."""
        record.maybe += 1
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (answer := await self._clear_answer(record, request)) is None:
            self.unclear += 1
            assert time.monotonic() < deadline, f"never answered: {request}"
            await asyncio.sleep(RETRY_SECONDS)
        record.confirm(answer["sequence"], fields)

    async def _clear_answer(
        self, record: Record, request: Request
    ) -> dict[str, Any] | None:
        try:
            response = await self.attempt(record.organisation, request)
        except httpx.TransportError:
            return None
        if response.status_code == 503:
            assert response.headers["content-type"] == PROBLEM
            return None
        assert response.status_code in (200, 201), response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def post(self, kind: str, organisation: str, body: dict[str, Any]) -> Record:
        """Post a new record."""
        record = self._ledger.expect(kind, organisation, body)
        request = Request(record.kind.service, "POST", record.kind.path, body)
        await self.write(record, request, record.fields_of(body))
        return record

    async def change(self, record: Record, step: str, body: dict[str, Any]) -> None:
        """Send a further step of a record: POST for contacts and ratings, else PUT."""
        method = "POST" if step in ("contacts", "ratings") else "PUT"
        path = f"{record.kind.path}/{record.reference}/{step}"
        request = Request(record.kind.service, method, path, body)
        await self.write(record, request, record.fields_after(step, body))

    async def live(self, number: int) -> None:
        """Send one person's journey through all three services."""
        chance = random.Random(number)
        organisation = sorted(PARTNERS)[number % len(PARTNERS)]
        body = varied_referral(chance)
        referral = await self.post("referral", organisation, body)
        await asyncio.gather(
            self._be_seen(referral, chance),
            self._be_measured(referral, chance),
            self._tell(referral),
        )

    async def live_all(self, numbers: Sequence[int]) -> None:
        """Send several people's journeys, a few at a time."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> None:
            async with gate:
                await self.live(number)

        await asyncio.gather(*(one(number) for number in numbers))

    async def _be_seen(self, referral: Record, chance: random.Random) -> None:
        outcome = chance.choice(("accepted", "accepted", "not_for_us"))
        decision = {"outcome": outcome, "decided_on": "2026-03-04"}
        if outcome == "not_for_us":
            decision["reason"] = "02"
        await self.change(referral, "decision", decision)
        for count in range(chance.randint(1, 3)):
            contact = {
                "reference": f"C{count}",
                "contact_on": f"2026-0{4 + count}-1{chance.randint(0, 9)}",
                "attended": True,
            }
            await self.change(referral, "contacts", contact)
        closure = {"closed_on": "2026-08-30", "reason": "02"}
        await self.change(referral, "closure", closure)

    async def _be_measured(self, referral: Record, chance: random.Random) -> None:
        for day in ("2026-03-10", "2026-06-20"):
            items = [chance.randint(0, 4) for _ in range(10)]
            body = builders.an_assessment(
                referral.reference,
                completed_on=day,
                responses={"items": items, "physical_health": 2},
            )
            await self.post("assessment", referral.organisation, body)
        goal = await self.post(
            "goal", referral.organisation, builders.a_goal(referral.reference)
        )
        for day in ("2026-05-01", "2026-06-10"):
            rating = {"rated_on": day, "value": chance.randint(0, 10)}
            await self.change(goal, "ratings", rating)

    async def _tell(self, referral: Record) -> None:
        body = builders.a_story(referral=referral.reference)
        story = await self.post("story", referral.organisation, body)
        consent = {"level": "public", "given_on": "2026-05-02"}
        await self.change(story, "consent", consent)


def varied_referral(chance: random.Random) -> dict[str, Any]:
    """Return the body of a referral with groups of chance."""
    return builders.a_referral(
        received_on=f"2026-0{chance.randint(1, 3)}-0{chance.randint(1, 9)}",
        source=chance.choice(("A1", "B1", "M6")),
        age=chance.randint(16, 80),
        ethnicity=chance.choice("AMZ"),
        gender=chance.choice("12"),
        imd_decile=chance.randint(1, 10),
    )


async def register_partners(ledger: Ledger) -> None:
    """Register all partners, as the steward."""
    system = ledger.system
    async with system.client("intake", system.token("STEWARD", "steward")) as steward:
        for code, place in PARTNERS.items():
            body = builders.an_organisation(name=f"Partner {code}", place=place)
            response = await steward.put(f"/organisations/{code}", json=body)
            assert response.status_code == 200, response.text
            record = ledger.expect("organisation", code, {**body, "reference": code})
            record.maybe += 1
            record.confirm(response.json()["sequence"], record.fields_of(body))
