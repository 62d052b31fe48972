"""Registering the partners of the system and listing them."""

from __future__ import annotations

import httpx
import pytest

from tests.builders import an_organisation
from tests.integration.intake.answers import pointers, problem, stored
from tests.integration.intake.conftest import Partner
from tests.system import System


async def test_an_organisation_is_registered_changed_and_leaves(
    steward: httpx.AsyncClient, partner: Partner, shared_system: System
) -> None:
    address, body = f"/organisations/{partner.code}", an_organisation()
    first = await steward.put(address, json=body)
    assert first.status_code == 200
    answer = first.json()
    assert first.headers["ETag"] == f'"{answer["sequence"]}"'
    assert answer["code"] == partner.code
    assert {name: answer[name] for name in body} == body
    before = await stored(shared_system)
    again = await steward.put(address, json=body)
    assert again.json() == answer
    assert (await stored(shared_system))[:-1] == before[:-1]
    changed = await steward.put(address, json={**body, "place": "Hillside"})
    assert changed.json()["sequence"] > answer["sequence"]
    assert changed.json()["organisation_id"] == answer["organisation_id"]
    left = await steward.put(address, json={**body, "left_on": "2026-09-30"})
    assert left.json()["sequence"] > changed.json()["sequence"]
    rows = await shared_system.fetch(
        "intake",
        "select type from audit where organisation = $1 order by sequence",
        partner.code,
    )
    happenings = [row["type"].split(".")[3] for row in rows]
    assert happenings == ["registered", "changed", "left"]


async def test_organisations_are_paged_in_order_of_code(
    steward: httpx.AsyncClient, partner: Partner
) -> None:
    for number in range(5):
        await steward.put(f"/organisations/ZZ{number}A", json=an_organisation())
    seen: list[str] = []
    after: str | None = "ZZ"
    while after is not None:
        page = await partner.client.get(
            "/organisations", params={"after": after, "limit": 2}
        )
        seen += [one["code"] for one in page.json()["organisations"]]
        after = page.json()["next"]
    assert seen == [f"ZZ{number}A" for number in range(5)]


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "after=%00"])
async def test_a_page_that_cannot_be_asked_for_is_refused(
    partner: Partner, query: str
) -> None:
    problem(await partner.client.get(f"/organisations?{query}"), 422)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"name": ""}, ["/name"]),
        ({"name": "\x00"}, ["/name"]),
        ({"name": "x" * 501}, ["/name"]),
        ({"kind": "charity"}, ["/kind"]),
        ({"nation": "france"}, ["/nation"]),
        ({"place": None}, ["/place"]),
        ({"left_on": "soon"}, ["/left_on"]),
        ({"code": "RX1"}, [""]),
    ],
    ids=range(8),
)
async def test_what_breaks_the_contract_is_refused(
    steward: httpx.AsyncClient,
    partner: Partner,
    change: dict[str, object],
    where: list[str],
) -> None:
    answer = await steward.put(
        f"/organisations/{partner.code}", json=an_organisation(**change)
    )
    assert pointers(problem(answer, 422)) == where


@pytest.mark.parametrize("code", ["rx1", "RX", "ABCDEFGHIJK", "R%00X", "R X1", "é12"])
async def test_what_is_no_code_of_an_organisation_is_refused(
    steward: httpx.AsyncClient, code: str
) -> None:
    answer = await steward.put(f"/organisations/{code}", json=an_organisation())
    assert pointers(problem(answer, 422)) == ["/code"]
