"""Any question to the system view, over three years of a whole region."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Any

import asyncpg

from services.aggregation import figures, rules
from services.aggregation.indicators import INDICATORS
from tests.bench import requests, seed
from tests.bench.generator import Job, Outcome
from tests.bench.people import ORGANISATIONS, PLACES, organisation_code
from tests.bench.report import Result, Row, milliseconds
from tests.bench.scale import Scale
from tests.bench.stand import CpuMeter, generate, resident_mb, running
from tests.system import Infrastructure, System, until

CONNECTIONS = 4
FEW = 10_000
MOST_RATE = 2_000
PERIOD = "from=2023-11&to=2026-10"
MOST_MS = 50


async def measure(infrastructure: Infrastructure, scale: Scale) -> Result:
    """Ask everything of a small system and of a large one."""
    result = Result()
    for size in (FEW, scale.assessments):
        name = f"view_{size}"
        async with running(infrastructure, name, ["aggregation"]) as system:
            details = await prepare(system, size)
            for what, paths in (
                ("questions", questions()),
                ("comparisons", comparisons()),
                ("page /", ["/"]),
            ):
                rounds = [
                    await ask(system, paths, scale, details)
                    for _ in range(scale.rounds)
                ]
                result.rows += rows_of(f"{what}, {size:,} assessments", rounds)
            details["mb"] = resident_mb(system.services["aggregation"].child)
            result.details[name] = details
    return result


def rows_of(what: str, rounds: Sequence[Outcome]) -> list[Row]:
    """Put the rounds of one kind of question together."""
    times = [milliseconds(outcome.latencies) for outcome in rounds]
    return [
        Row(
            "view",
            f"{what}, {name[:3]}",
            "ms",
            [found[name] for found in times],
            at_most=MOST_MS if name == "p95_ms" else None,
        )
        for name in times[0]
    ]


async def prepare(system: System, assessments: int) -> dict[str, Any]:
    """Fill the projections, count everything, and say how long that took."""

    async def is_counted() -> bool:
        [row] = await system.fetch("aggregation", "select is_counted from progress")
        return bool(row[0])

    await until(is_counted, "the empty system is counted")
    connection = await asyncpg.connect(system.databases["aggregation"])
    try:
        began = time.monotonic()
        await seed.fill(connection, assessments)
        filled = time.monotonic()
        # As the service does: in one transaction, with its memory for sorting.
        async with connection.transaction():
            await connection.execute("set local work_mem = '64MB'")
            await figures.recount(connection)
        counted = time.monotonic()
        await seed.settle(connection)
        cells = await connection.fetchval("select count(*) from cell")
    finally:
        await connection.close()
    return {
        "fill_s": round(filled - began, 2),
        "recount_s": round(counted - filled, 2),
        "cells": cells,
        "rounds": [],
    }


def questions() -> list[str]:
    """Return every indicator by every breakdown in every scope."""
    scopes = ["", *(f"&place={place}" for place in PLACES)]
    codes = map(organisation_code, range(ORGANISATIONS))
    scopes += [f"&organisation={code}" for code in codes]
    return [
        f"/indicators/{indicator.code}?{PERIOD}{scope}{breakdown}"
        for indicator in INDICATORS.values()
        for breakdown in breakdowns(indicator.only_breakdown)
        for scope in scopes
    ]


def comparisons() -> list[str]:
    """Return whatever compares groups of people, in the system and its places."""
    compared = [
        f"/indicators/{code}/equity"
        for code, indicator in INDICATORS.items()
        if indicator.only_breakdown is None
    ]
    return [
        f"{path}?{PERIOD}{scope}&by={by}"
        for path in ("/voice-gap", *compared)
        for by in rules.GROUPS
        for scope in ("", *(f"&place={place}" for place in PLACES))
    ]


def breakdowns(only: str | None) -> list[str]:
    """Return what an indicator can be asked by, as part of an address."""
    return [f"&by={only}"] if only else ["", *(f"&by={name}" for name in rules.GROUPS)]


async def ask(
    system: System, paths: list[str], scale: Scale, details: dict[str, Any]
) -> Outcome:
    """Ask at random on a few connections."""
    process, infrastructure = system.services["aggregation"], system.infrastructure
    token = system.token("T00", "viewer")
    known = [requests.get(path, token) for path in paths]
    count = int(MOST_RATE * scale.view_seconds)
    job = Job(
        port=process.port,
        requests=random.Random(3).choices(known, k=count),
        connections=CONNECTIONS,
        seconds=scale.view_seconds,
        statuses=frozenset({b"200"}),
    )
    meter = CpuMeter({"app": process.child, "postgres": infrastructure.postgres.child})
    meter.start()
    outcome = await generate(infrastructure.folder, job)
    details["rounds"].append(
        {
            "paths": len(paths),
            "answers": outcome.total,
            "per_second": round(len(outcome.latencies) / outcome.seconds, 1),
            "cpu_us_per_request": meter.used(outcome.total),
            "generator_cpu_share": round(outcome.cpu_share, 3),
        }
    )
    return outcome
