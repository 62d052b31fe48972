"""Single POST of a referral and of a story, beside the same app with one statement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from deploy.local.processes import WebProcess
from tests.bench import ceiling_app, requests
from tests.bench.generator import Job, Outcome
from tests.bench.report import Result, Row, milliseconds
from tests.bench.scale import Scale
from tests.bench.stand import CpuMeter, drain, generate, resident_mb, running, serving
from tests.system import Infrastructure, System, free_settings

CONNECTIONS = 16
WARM_UP_SECONDS = 1.0


@dataclass(frozen=True)
class Kind:
    """One kind of record, and the service that takes it."""

    service: str
    path: str
    bodies: Callable[[int], list[bytes]]


KINDS = (
    Kind("intake", "/referrals", requests.referrals),
    Kind("stories", "/stories", requests.stories),
)


async def measure(infrastructure: Infrastructure, scale: Scale) -> Result:
    """Alternate rounds of the bare app and of a service, each alone on the machine."""
    result = Result()
    async with serving(await bare_app(infrastructure)) as bare:
        for kind in KINDS:
            name = f"single_{kind.service}"
            async with running(infrastructure, name, [kind.service]) as system:
                rounds = Rounds(system, bare, kind, scale)
                for _ in range(scale.rounds):
                    await rounds.measure_ceiling()
                    await rounds.measure_service()
                result.rows += rounds.rows()
                result.details[kind.service] = rounds.details
    return result


async def bare_app(infrastructure: Infrastructure) -> WebProcess:
    """Describe the ceiling's process: uvicorn as it runs the services."""
    url = await infrastructure.postgres.create_database("single_ceiling")
    settings = free_settings(infrastructure.folder / "single_ceiling")
    environment = {ceiling_app.DATABASE_URL: url}
    app = "tests.bench.ceiling_app:create_app"
    return WebProcess("intake", app, settings, environment)


class Rounds:
    """The rounds of both, and what they cost."""

    def __init__(
        self, system: System, bare: WebProcess, kind: Kind, scale: Scale
    ) -> None:
        self._system = system
        self._bare = bare
        self._kind = kind
        self._scale = scale
        self._token = system.token("T01", "partner")
        self._ceiling: list[Outcome] = []
        self._service: list[Outcome] = []
        self.details: dict[str, Any] = {"ceiling": [], "service": []}

    async def measure_ceiling(self) -> None:
        """Measure the bare app while the service has nothing to do."""
        outcome = await self._round(self._bare, "ceiling", None)
        self._ceiling.append(outcome)

    async def measure_service(self) -> None:
        """Measure the service with its relay at work, then wait for the outbox."""
        service = self._kind.service
        process = self._system.services[service]
        outcome = await self._round(process, "service", self._token)
        self._service.append(outcome)
        self.details["service"][-1] |= await drain(self._system, service)
        self.details["mb_after"] = resident_mb(process.child)

    async def _round(
        self, process: WebProcess, name: str, token: str | None
    ) -> Outcome:
        scale, infrastructure = self._scale, self._system.infrastructure
        count = int((scale.seconds + WARM_UP_SECONDS) * scale.most_single)
        job = Job(
            port=process.port,
            requests=[
                requests.post(self._kind.path, body, token)
                for body in self._kind.bodies(count)
            ],
            connections=CONNECTIONS,
            seconds=scale.seconds,
            warm_up_seconds=WARM_UP_SECONDS,
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
        self.details[name].append(
            {
                "requests": outcome.total,
                **milliseconds(outcome.latencies),
                "cpu_us_per_request": meter.used(outcome.total),
                "generator_cpu_share": round(outcome.cpu_share, 3),
            }
        )
        return outcome

    def rows(self) -> list[Row]:
        """Put the rounds together."""
        rates, bare = rates_of(self._service), rates_of(self._ceiling)
        what = f"POST {self._kind.path}"
        return [
            Row("single", what, "1/s", rates, bare, wanted_ratio=0.8),
            *(
                Row(
                    "single",
                    f"{what} {name[:3]}",
                    "ms",
                    [row[name] for row in self.details["service"]],
                    [row[name] for row in self.details["ceiling"]],
                )
                for name in ("p50_ms", "p95_ms", "p99_ms")
            ),
        ]


def rates_of(outcomes: list[Outcome]) -> list[float]:
    """Return answers a second of each round."""
    return [len(outcome.latencies) / outcome.seconds for outcome in outcomes]
