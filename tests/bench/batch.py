"""Batch POST of 1,000 records, beside bare `unnest` statements."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.bench import requests
from tests.bench.ceiling_batch import ONE_ROW, THREE_ROWS, BareBatches
from tests.bench.generator import Job
from tests.bench.report import Result, Row, milliseconds
from tests.bench.scale import Scale
from tests.bench.stand import CpuMeter, drain, generate, run_module, running
from tests.system import Infrastructure, System

CONNECTIONS = 4
RECORDS = 1_000
STORED = b'"status":"stored"'


@dataclass
class Kind:
    """One kind of record: who takes it, and what the rounds found (records/s)."""

    service: str
    path: str
    bodies: Callable[[int], list[bytes]]
    rates: list[float] = field(default_factory=list)
    one_row: list[float] = field(default_factory=list)
    three_rows: list[float] = field(default_factory=list)
    details: list[dict[str, Any]] = field(default_factory=list)


async def measure(infrastructure: Infrastructure, scale: Scale) -> Result:
    """Alternate rounds of bare statements and of a service, one after the other.

    One bare statement stores a row a record, the other also the rows of its outbox and
    its audit, as a service must.

    Only the service that is measured runs: intake also reads what measures publishes.
    What one round leaves to be written to the disk does not slow the next.
    """
    kinds = [
        Kind("intake", "/referrals/batch", requests.referrals),
        Kind("measures", "/assessments/batch", requests.assessments),
    ]
    bare = await infrastructure.postgres.create_database("batch_ceiling")
    for kind in kinds:
        name = f"batch_{kind.service}"
        async with running(infrastructure, name, [kind.service]) as system:
            for _ in range(scale.rounds):
                for statement, rates in (
                    (ONE_ROW, kind.one_row),
                    (THREE_ROWS, kind.three_rows),
                ):
                    await asyncio.to_thread(os.sync)
                    rates.append(await ceiling(system, kind, scale, (bare, statement)))
                await asyncio.to_thread(os.sync)
                await measure_service(system, kind, scale)
    rows = [
        Row(
            "batch",
            f"POST {kind.path} of 1,000 / {against}",
            "records/s",
            kind.rates,
            rates,
            wanted_ratio=0.5,
            at_least=20_000,
        )
        for kind in kinds
        for against, rates in (
            ("one row", kind.one_row),
            ("with outbox and audit", kind.three_rows),
        )
    ]
    return Result(rows, {kind.service: kind.details for kind in kinds})


def batches(kind: Kind, scale: Scale) -> list[bytes]:
    """Return as many batches as one round can use."""
    count = int(scale.most_batched * scale.seconds / RECORDS)
    return requests.batches(kind.bodies(count * RECORDS), RECORDS)


async def ceiling(
    system: System, kind: Kind, scale: Scale, bare: tuple[str, str]
) -> float:
    """Return records a second of a bare statement (where, what)."""
    half = scale.seconds / 2
    arrays = batches(kind, Scale(seconds=half))
    given = BareBatches(*bare, arrays, CONNECTIONS)
    folder = system.infrastructure.folder
    seconds = await run_module(folder, "tests.bench.ceiling_batch", given)
    assert isinstance(seconds, float)
    return (len(arrays) - CONNECTIONS) * RECORDS / seconds


async def measure_service(system: System, kind: Kind, scale: Scale) -> None:
    """Measure one round through a service with its relay at work."""
    infrastructure, process = system.infrastructure, system.services[kind.service]
    token = system.token("T01", "partner")
    job = Job(
        port=process.port,
        requests=[
            requests.post(kind.path, body, token) for body in batches(kind, scale)
        ],
        connections=CONNECTIONS,
        seconds=scale.seconds,
        statuses=frozenset({b"200"}),
        marker=STORED,
        markers=RECORDS,
    )
    meter = CpuMeter(
        {
            "app": process.child,
            "postgres": infrastructure.postgres.child,
            "kafka": infrastructure.kafka.child,
        }
    )
    meter.start()
    outcome = await generate(infrastructure.folder, job)
    used = meter.used(outcome.total * RECORDS)
    kind.rates.append(len(outcome.latencies) * RECORDS / outcome.seconds)
    kind.details.append(
        {
            "batches": outcome.total,
            **milliseconds(outcome.latencies),
            "cpu_us_per_record": used,
            "generator_cpu_share": round(outcome.cpu_share, 3),
            **await drain(system, kind.service),
        }
    )
