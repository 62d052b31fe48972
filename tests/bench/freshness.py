"""From POST to the system view, while 200 posts a second come in.

Figures are rounded to the nearest 5. Every second post is a referral of one chosen
organisation, whose `people still waiting` therefore takes a step of 5 with every fifth
of them, and it is known which one makes it. The time from that post being due until
the API, asked every few milliseconds, first answers the new figure is what is measured.
The other posts are referrals of and contacts with people of the other organisations.
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
from tests.bench.people import ORGANISATIONS, PLACES, organisation_code
from tests.bench.report import Result, Row, milliseconds
from tests.bench.scale import Scale
from tests.bench.stand import CpuMeter, NotMeasured, generate, running
from tests.system import Infrastructure, System

RATE = 200
CONNECTIONS = 16
CHOSEN = organisation_code(0)
ALREADY_THERE = 20
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
    """Send for a while and watch the figure grow."""
    names = ["intake", "aggregation"]
    async with running(infrastructure, "freshness", names) as system:
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
    return result_of(delays, outcome, {"cpu_us_per_post": used, "polls": seen.polls})


def result_of(
    delays: list[float], outcome: Outcome, details: dict[str, object]
) -> Result:
    """Put it together."""
    shown, answered = milliseconds(delays), milliseconds(outcome.latencies)
    what = f"shown at {RATE} posts/s"
    rows = [
        Row("freshness", f"{what}, p50", "ms", [shown["p50_ms"]]),
        Row("freshness", f"{what}, p95", "ms", [shown["p95_ms"]], at_most=MOST_MS),
        Row("freshness", f"{what}, p99", "ms", [shown["p99_ms"]]),
    ]
    details |= {"steps": len(delays), "post_answered": answered}
    return Result(rows, details)


async def set_up(system: System) -> None:
    """Register everybody, and store people whom the contacts will be with."""
    async with system.client("intake", system.token("X01", "steward")) as client:
        for number in range(ORGANISATIONS):
            place = PLACES[number % len(PLACES)]
            address = f"/organisations/{organisation_code(number)}"
            body = builders.an_organisation(place=place)
            (await client.put(address, json=body)).raise_for_status()
    for number in range(ORGANISATIONS):
        code = organisation_code(number)
        referrals = [
            builders.a_referral(reference=f"{code}-{nth}")
            for nth in range(ALREADY_THERE if code == CHOSEN else 100)
        ]
        async with system.client("intake", system.token(code, "partner")) as client:
            answer = await client.post("/referrals/batch", json=referrals)
            answer.raise_for_status()
    await system.quiet()


def stream(system: System, count: int) -> Iterator[bytes]:
    """Yield the posts: every second one a referral of the chosen organisation."""
    codes = [organisation_code(number) for number in range(ORGANISATIONS)]
    tokens = {code: system.token(code, "partner") for code in codes}
    others = [code for code in codes if code != CHOSEN]
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
    gate, figure = Gate(), ALREADY_THERE
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
