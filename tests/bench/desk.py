"""The desk of an organisation with 10,000 stories: queue, search, coding, agreement."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from shared.signin import SESSION
from tests.bench import requests
from tests.bench.generator import Job, Outcome
from tests.bench.report import Result, Row, milliseconds
from tests.bench.scale import Scale
from tests.bench.stand import CpuMeter, drain, generate, resident_mb, running
from tests.integration.stories.desk import fields_of
from tests.system import Infrastructure, System

ORGANISATION = "T01"
BATCH = 1_000
CONNECTIONS = (1, 4)
MOST_MS = 100
MOST_RATE = 2_000
LONGEST_FILLING_SECONDS = 300.0
COMMON, RARE = "lunch", "kingfisher"
RARE_IN = 500  # One story of so many has the rare word.
# How many of a thousand stories take each step; the others wait before it.
STEPS = (("in_review", 700), ("approved", 500), ("published", 200))
THEMES = ("kindness", "waiting", "belonging", "being_heard")


@dataclass(frozen=True)
class Asked:
    """What somebody at the desk asks for, and what an answer must hold."""

    what: str
    requests: Sequence[bytes]
    marker: bytes
    markers: int


async def measure(infrastructure: Infrastructure, scale: Scale) -> Result:
    """Tell, moderate and code as partners do, then ask for everything at the desk."""
    result = Result()
    async with running(infrastructure, "desk", ["stories"]) as system:
        await fill(system, scale.told)
        for asked in await questions(system):
            for connections in CONNECTIONS:
                rounds = [
                    await ask(system, asked, connections, scale, result.details)
                    for _ in range(scale.rounds)
                ]
                result.rows += rows_of(f"{asked.what}, {connections} at once", rounds)
        result.details["mb"] = resident_mb(system.services["stories"].child)
    return result


def rows_of(what: str, rounds: Sequence[Outcome]) -> list[Row]:
    """Put the rounds of one kind of question together."""
    times = [milliseconds(outcome.latencies) for outcome in rounds]
    return [
        Row(
            "desk",
            f"{what}, {name[:3]}",
            "ms",
            [found[name] for found in times],
            at_most=MOST_MS if name == "p95_ms" else None,
        )
        for name in ("p50_ms", "p95_ms")
    ]


async def fill(system: System, count: int) -> None:
    """Tell stories of some length, bring them to every state, code half of them twice.

    Every story has the common word; consent is `partners`, so one person may publish.
    """
    references = [f"S{number:06}" for number in range(count)]
    bodies = [a_story(number, one) for number, one in enumerate(references)]
    batches = requests.batches(bodies, BATCH)
    partner = system.token(ORGANISATION, "partner")
    moderator = system.token(ORGANISATION, "moderator")
    told = [requests.post("/stories/batch", batch, partner) for batch in batches]
    await send(system, told, b'"status":"stored"', BATCH)
    for state, of_thousand in STEPS:
        body = requests.json_of({"state": state})
        steps = [
            requests.put(f"/stories/{one}/moderation", body, moderator)
            for number, one in enumerate(references)
            if number % 1_000 < of_thousand
        ]
        await send(system, steps)
    for coder in ("a", "b"):
        coded = [
            requests.post(f"/stories/{one}/codings", a_coding(coder, one), moderator)
            for one in references[::2]
        ]
        await send(system, coded)
    await drain(system, "stories")
    # What autovacuum does within a minute or two.
    await system.fetch("stories", "vacuum analyze")


def a_story(number: int, reference: str) -> bytes:
    """Return the body of a story of some hundred words."""
    chance = random.Random(number)
    words = [f"word{int(chance.paretovariate(0.7)) % 4_000}" for _ in range(120)]
    words.insert(chance.randrange(len(words)), COMMON)
    if number % RARE_IN == 0:
        words.insert(chance.randrange(len(words)), RARE)
    told_on = f"2026-{chance.randint(1, 10):02}-{chance.randint(1, 28):02}"
    [body] = requests.stories(
        1,
        text=" ".join(words),
        told_on=told_on,
        consent={"level": "partners", "given_on": told_on},
    )
    return requests.renamed(body, reference)


def a_coding(coder: str, reference: str) -> bytes:
    """Return the body of a coding; coders agree now and then."""
    themes = sorted(random.Random(coder + reference).sample(THEMES, 2))
    return requests.json_of({"coder": coder, "codebook": 1, "themes": themes})


async def send(
    system: System, messages: list[bytes], marker: bytes = b"", markers: int = 0
) -> None:
    """Send all of it, each of which must be answered 200."""
    job = Job(
        port=system.services["stories"].port,
        requests=messages,
        # Few: one that has nothing to do for five seconds is closed by the server.
        connections=min(8, 1 + len(messages) // 100),
        seconds=LONGEST_FILLING_SECONDS,
        warm_up_seconds=0,
        statuses=frozenset({b"200"}),
        marker=marker,
        markers=markers,
    )
    await generate(system.infrastructure.folder, job)


async def questions(system: System) -> list[Asked]:
    """Return what a moderator asks, signed in; every answer must be whole."""
    token = system.token(ORGANISATION, "moderator")
    rows = await system.fetch("stories", "select id from story order by id")
    pages = [f"/desk/stories/{row[0]}" for row in rows]
    rare = len(rows) // RARE_IN
    row, story = b'<li class="card">', b"<h1"

    def ask_for(what: str, paths: Sequence[str], marker: bytes, markers: int) -> Asked:
        known = [requests.get(path, token, is_reader=True) for path in paths]
        return Asked(what, known, marker, markers)

    async with system.client("stories") as client:
        client.cookies.set(SESSION, token)
        common, uncommon, unknown = [
            await address_of(client, word) for word in (COMMON, RARE, "heron")
        ]
    return [
        ask_for("queue", ["/desk"], row, 50),
        ask_for(
            "one state of the queue",
            [f"/desk?state={state}" for state in ("submitted", "approved")],
            row,
            50,
        ),
        ask_for(f"search, {len(rows):,} found", [common], row, 50),
        ask_for(f"search, {rare:,} found", [uncommon], row, min(50, rare)),
        ask_for("search, none found", [unknown], row, 0),
        ask_for("story", pages, story, 1),
        ask_for("coding a story", [f"{page}/coding" for page in pages], story, 1),
        ask_for("editing its words", [f"{page}/words" for page in pages], story, 1),
        ask_for(
            f"agreement on {len(rows) // 2:,} coded stories",
            ["/desk/agreement"],
            story,
            1,
        ),
    ]


async def address_of(client: httpx.AsyncClient, words: str) -> str:
    """Search as the desk does; return where it leads: its words are sealed there."""
    page = await client.get("/desk")
    led = await client.post("/desk", data={**fields_of(page.text), "q": words})
    assert led.status_code == HTTPStatus.SEE_OTHER, led.text
    return led.headers["location"]


async def ask(
    system: System,
    asked: Asked,
    connections: int,
    scale: Scale,
    details: dict[str, Any],
) -> Outcome:
    """Ask at random."""
    process, infrastructure = system.services["stories"], system.infrastructure
    count = int(MOST_RATE * scale.desk_seconds)
    job = Job(
        port=process.port,
        requests=random.Random(3).choices(asked.requests, k=count),
        connections=connections,
        seconds=scale.desk_seconds,
        statuses=frozenset({b"200"}),
        marker=asked.marker,
        markers=asked.markers,
    )
    meter = CpuMeter({"app": process.child, "postgres": infrastructure.postgres.child})
    meter.start()
    outcome = await generate(infrastructure.folder, job)
    details.setdefault(f"{asked.what}, {connections} at once", []).append(
        {
            "answers": outcome.total,
            **milliseconds(outcome.latencies),
            "cpu_us_per_request": meter.used(outcome.total),
        }
    )
    return outcome
