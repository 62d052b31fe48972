"""From POST to the system view, while 200 posts a second come in.

Figures of one organisation are rounded to the nearest 10. Every second post is a
referral of a chosen one, whose `people still waiting` therefore takes a step with every
tenth of them, and it is known which one makes it. The time from that post being due
until the API, asked every few milliseconds, first answers the new figure is what is
measured. The other posts are referrals of and contacts with people of the other
organisations. All of them stand beside a whole region whose years were counted before.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from services.aggregation.disclosure import Gate
from tests import builders
from tests.bench import requests
from tests.bench.generator import Job, Outcome
from tests.bench.people import ORGANISATIONS, PLACES
from tests.bench.report import Result, Row, milliseconds
from tests.bench.scale import Scale
from tests.bench.stand import CpuMeter, NotMeasured, generate, running
from tests.bench.view import FEW, prepare
from tests.system import Infrastructure, System, until

RATE = 200
CONNECTIONS = 16
# Of their own: of those of the region many people wait already.
CODES = [f"F{number:02}" for number in range(ORGANISATIONS)]
CHOSEN = CODES[0]
ALREADY_THERE = 20
# As at a site: what everybody sees is released once a day, not while this measures.
DAILY = {"AGGREGATION_RELEASE_INTERVAL_SECONDS": "86400"}
POLL_SECONDS = 0.01
WARM_UP_SECONDS = 2.0
PATIENCE = timedelta(seconds=20)
MOST_MS = 250
MONTH = "2026-03"
PATH = f"/indicators/still_waiting?organisation={CHOSEN}&from={MONTH}&to={MONTH}"


@dataclass
class Seen:
    """When the API first answered each figure."""

    at: dict[int, float] = field(default_factory=dict)
    polls: int = 0


async def measure(infrastructure: Infrastructure, scale: Scale) -> Result:
    """Send to a small system and to a large one."""
    result = Result()
    for size in (FEW, scale.assessments):
        found = await measure_beside(infrastructure, scale, size)
        result.rows += found.rows
        result.details[f"{size}"] = found.details
    return result


async def measure_beside(
    infrastructure: Infrastructure, scale: Scale, size: int
) -> Result:
    """Send for a while and watch the figure grow, beside so many assessments."""
    names = ["intake", "aggregation"]
    name = f"freshness_{size}"
    async with running(infrastructure, name, names, **DAILY) as system:
        await prepare(system, size)
        await set_up(system)
        seconds = WARM_UP_SECONDS + scale.freshness_seconds
        job = Job(
            port=system.services["intake"].port,
            requests=list(stream(system, int(RATE * seconds))),
            connections=CONNECTIONS,
            seconds=scale.freshness_seconds,
            warm_up_seconds=WARM_UP_SECONDS,
            rate=RATE,
        )
        parts = {name: system.services[name].child for name in names}
        parts["postgres"] = infrastructure.postgres.child
        parts["kafka"] = infrastructure.kafka.child
        meter = CpuMeter(parts)
        meter.start()
        seen = Seen()
        polling = asyncio.create_task(poll(system, seen))
        try:
            outcome = await generate(infrastructure.folder, job)
            delays = await delays_of(outcome, seen, len(job.requests))
        finally:
            polling.cancel()
        used = meter.used(outcome.total)
    details = {"cpu_us_per_post": used, "polls": seen.polls}
    what = f"shown at {RATE} posts/s beside {size:,} assessments"
    return Result(rows_of(what, delays), details | said_of(delays, outcome))


def rows_of(what: str, delays: list[float]) -> list[Row]:
    """Put it together."""
    shown = milliseconds(delays)
    return [
        Row("freshness", f"{what}, p50", "ms", [shown["p50_ms"]]),
        Row("freshness", f"{what}, p95", "ms", [shown["p95_ms"]], at_most=MOST_MS),
        Row("freshness", f"{what}, p99", "ms", [shown["p99_ms"]]),
    ]


def said_of(delays: list[float], outcome: Outcome) -> dict[str, object]:
    """Return what is not in the rows."""
    return {"steps": len(delays), "post_answered": milliseconds(outcome.latencies)}


async def set_up(system: System) -> None:
    """Register everybody, and store people whom the contacts will be with."""
    async with system.client("intake", system.token("X01", "steward")) as client:
        for number, code in enumerate(CODES):
            body = builders.an_organisation(place=PLACES[number % len(PLACES)])
            answer = await client.put(f"/organisations/{code}", json=body)
            answer.raise_for_status()
    for code in CODES:
        referrals = [
            builders.a_referral(reference=f"{code}-{nth}")
            for nth in range(ALREADY_THERE if code == CHOSEN else 100)
        ]
        async with system.client("intake", system.token(code, "partner")) as client:
            answer = await client.post("/referrals/batch", json=referrals)
            answer.raise_for_status()
    await until(lambda: all_is_counted(system), "everybody is counted")


async def all_is_counted(system: System) -> bool:
    """Say whether all that intake holds is counted."""
    [there] = await system.fetch("intake", "select count(*) from referral")
    query = "select count(*) from referral where organisation = any($1)"
    [read] = await system.fetch("aggregation", query, CODES)
    [stale] = await system.fetch("aggregation", "select count(*) from stale")
    return bool(read[0] == there[0] and not stale[0])


def stream(system: System, count: int) -> Iterator[bytes]:
    """Yield the posts: every second one a referral of the chosen organisation."""
    tokens = {code: system.token(code, "partner") for code in CODES}
    others = [code for code in CODES if code != CHOSEN]
    for number, body in enumerate(requests.referrals(count)):
        code = CHOSEN if number % 2 == 0 else others[number // 4 % len(others)]
        path = "/referrals"
        if number % 4 == 3:
            path += f"/{code}-{number // 4 // len(others) % 100}/contacts"
            contact = {"reference": f"C{number}", "contact_on": "2026-04-01"}
            body = json.dumps({**contact, "attended": True}).encode()
        yield requests.post(path, body, tokens[code])


async def poll(system: System, seen: Seen) -> None:
    """Ask for the figure again and again; keep when each was answered first."""
    port = system.services["aggregation"].port
    asking = requests.get(PATH, system.token("X01", "viewer"))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while True:
            writer.write(asking)
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().split(b"content-length:")[1].split(b"\r\n")[0]
            answer = json.loads(await reader.readexactly(int(length)))
            seen.at.setdefault(answer["totals"][0]["value"], time.monotonic())
            seen.polls += 1
            await asyncio.sleep(POLL_SECONDS)
    finally:
        writer.close()


def steps(count: int) -> Iterator[tuple[int, float]]:
    """Yield each new figure with the seconds after which the post that makes it is due.

    Posts of the warm-up do not count.
    """
    gate, figure = Gate().about(f"organisation:{CHOSEN}", 1), ALREADY_THERE
    for number in range(0, count, 2):
        shown = gate.rounded(ALREADY_THERE + number // 2 + 1)
        if shown != figure:
            figure = shown
            if number / RATE >= WARM_UP_SECONDS:
                yield figure, number / RATE


async def delays_of(outcome: Outcome, seen: Seen, count: int) -> list[float]:
    """Return the seconds from each post that made a step to its being shown.

    Raises:
        NotMeasured: the last figure is not shown in time.
    """
    wanted = list(steps(min(count, outcome.total)))
    deadline = time.monotonic() + PATIENCE.total_seconds()
    while max(seen.at) < wanted[-1][0]:
        if time.monotonic() > deadline:
            msg = f"{wanted[-1][0]} people are not shown, only {max(seen.at)}"
            raise NotMeasured(msg)
        await asyncio.sleep(POLL_SECONDS)
    # A poll may see several steps at once: each was shown by then.
    return [
        min(at for figure, at in seen.at.items() if figure >= step)
        - (outcome.began + due)
        for step, due in wanted
    ]
