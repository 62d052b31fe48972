"""Figures asked for by a framework: in its places and words, as they were released."""

from __future__ import annotations

import json

import asyncpg
import httpx
import pytest

from services.aggregation.figures import recount
from shared.events import REFERRALS
from tests.frameworks import a_framework
from tests.integration.aggregation.asking import PERIOD, ask, fill, release_anew, seen
from tests.integration.aggregation.publishing import a_site, published
from tests.integration.aggregation.states import a_delivery
from tests.integration.aggregation.test_figures import deliver
from tests.integration.intake.answers import pointers, problem


async def test_an_indicator_is_asked_for_by_a_framework_in_its_place_and_words(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    steward: dict[str, str],
    name: str,
) -> None:
    await fill(database, seen(1, 12) + seen(40, 30, organisation="ORG2"))
    changed = a_framework(name, valid_from="2026-03-01", title="Changed")
    versions = await published(api, steward, a_site(name), changed)
    answer = await ask(api, "access_count", framework=name)
    assert answer["scope"] == "place:Riverside"
    assert answer["totals"][0]["value"] == 10
    why = {
        "framework": name,
        "outcome": "seen",
        "words": "People are seen.",
        "asked_by": "the people's panel",
        "asked_on": "2025-11-03",
        "statutory": False,
    }
    assert answer["asked_for"] == [
        {"version": versions[0], "from": "2025-07", "to": "2026-02"} | why,
        {"version": versions[1], "from": "2026-03", "to": "2026-06"} | why,
    ]
    assert (await ask(api, "access_count"))["asked_for"] == []
    everywhere = a_site(f"{name}-all", places=[])
    await published(api, steward, everywhere)
    of_all = await ask(api, "access_count", framework=f"{name}-all")
    assert (of_all["scope"], of_all["totals"][0]["value"]) == ("system", 40)


async def test_a_framework_answers_only_for_what_and_where_it_looks(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    steward: dict[str, str],
    name: str,
) -> None:
    await fill(database, seen(1, 12) + seen(40, 30, organisation="ORG2"))
    both = a_site(f"{name}-both", places=["Riverside", "Hillside"])
    moved = a_site(f"{name}-both", places=["Hillside"], valid_from="2026-05-01")
    nowhere = a_site(f"{name}-off", places=["Nowhere"])
    for framework in (a_site(name), nowhere):
        await published(api, steward, framework)
    await published(api, steward, both, moved)

    async def refused(code: str, status: int, **asked: str) -> list[str]:
        path = f"/indicators/{code}"
        answer = await api.get(path, params=PERIOD | asked, headers=steward)
        return pointers(problem(answer, status))

    assert await refused("wait_days", 422, framework=name) == ["/framework"]
    hill = await refused("access_count", 422, framework=name, place="Hillside")
    assert hill == ["/place"]
    out = await refused("access_count", 422, framework=name, organisation="ORG2")
    assert out == ["/organisation"]
    await refused("access_count", 404, framework="nothing")
    await refused("access_count", 404, framework=f"{name}-off")
    await refused("access_count", 422, framework="No Name")
    two = f"{name}-both"
    assert await refused("access_count", 422, framework=two) == ["/framework"]
    early = {"framework": two, "to": "2026-04"}
    assert await refused("access_count", 422, **early) == ["/place"]
    there = await ask(api, "access_count", None, **early, place="Hillside")
    assert there["scope"] == "place:Hillside"
    own = await ask(api, "access_count", steward, framework=name, organisation="ORG1")
    assert own["scope"] == "organisation:ORG1"


@pytest.mark.parametrize("path", ["/frameworks/{}/report", "/indicators/access_count"])
async def test_the_public_sees_by_a_framework_what_was_released(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    steward: dict[str, str],
    name: str,
    path: str,
) -> None:
    await published(api, steward, a_site(name))
    await fill(database, seen(1, 12))
    asked = PERIOD | {"framework": name}
    url = path.format(name)
    before = (await api.get(url, params=asked)).json()
    more = [(REFERRALS, a_delivery(state)) for state in seen(100, 30)]
    await deliver(database, more)
    await recount(database)
    assert (await api.get(url, params=asked)).json() == before
    inside = (await api.get(url, params=asked, headers=steward)).text
    assert '"numerator":40' in inside
    assert '"numerator":40' not in json.dumps(before, separators=(",", ":"))
    await release_anew(database)
    assert '"numerator":40' in (await api.get(url, params=asked)).text
    none = await api.get(url, params=asked | {"release": "1", "place": "Riverside"})
    problem(none, 404)
