"""build_service(): the app that every service is: lifespan, relay, health, metrics."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import httpx
import structlog
from fastapi import APIRouter, FastAPI, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import metrics, problems
from shared.access import TokenChecker
from shared.audit.sealing import Sealer
from shared.database import Database, migrate, open_pool
from shared.outbox import Relay, measure_for_ever
from shared.settings import ServiceSettings
from shared.signin import SignInNeeded, lead_to_sign_in
from shared.signin.provider import SignIn

MOST_BODY_BYTES = 1_000_000
PLAIN = (b"content-type", b"text/plain; charset=utf-8")
TOO_LARGE = problems.render(problems.TooManyAtOnce("The body is too large."))


class Worker(Protocol):
    """Something that runs beside the requests, until it is cancelled."""

    is_connected: bool

    async def run(self) -> None:
        """Work until cancelled; recover from every error."""


@dataclass(frozen=True, slots=True)
class Service:
    """What makes one service different from another."""

    name: str
    title: str
    settings: ServiceSettings
    routers: Sequence[APIRouter]
    migrations: Path
    workers: Callable[[FastAPI], Sequence[Worker]] = lambda _: ()
    state: dict[str, Any] = field(default_factory=dict)


class App(FastAPI):
    """An app whose refusal of a large body is a problem document like all others.

    The framework sends that one itself, as plain text, outside of every handler.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        is_plain = False

        async def send_problem(message: Message) -> None:
            nonlocal is_plain
            if message["type"] == "http.response.start" and message["status"] == 413:
                is_plain = PLAIN in message["headers"]
            if is_plain and message["type"] == "http.response.start":
                message = {**message, "headers": TOO_LARGE.raw_headers}
            elif is_plain:
                message = {**message, "body": TOO_LARGE.body}
            await send(message)

        await super().__call__(scope, receive, send_problem)


def build_service(service: Service) -> FastAPI:
    """Build the app: routers, problem documents, health, metrics, relay and workers."""
    configure_logs(service.name)
    app = App(
        title=service.title,
        lifespan=lambda app: _lifespan(service, app),
        max_body_size=MOST_BODY_BYTES,
    )
    app.state.settings = service.settings
    app.state.identity = service.settings.identity
    app.state.tokens = TokenChecker(service.settings)
    app.state.sign_in = SignIn(service.settings)
    app.state.workers = []
    for key, value in service.state.items():
        setattr(app.state, key, value)
    problems.install(app)
    app.add_exception_handler(SignInNeeded, lead_to_sign_in)
    app.include_router(_health())
    for router in service.routers:
        app.include_router(router)
    app.add_middleware(MeasureRequests)
    return app


@contextlib.asynccontextmanager
async def _lifespan(service: Service, app: FastAPI) -> AsyncIterator[None]:
    settings = service.settings
    await migrate(settings, service.migrations)
    pool = await open_pool(settings)
    app.state.database = Database(pool, settings.database_acquire_seconds)
    relay = Relay(settings, service.name, app.state.database.wrote)
    app.state.workers = [relay, Sealer(settings), *service.workers(app)]
    # What is there now stays; collecting it again and again costs a third of the time
    # of a consumer that catches up.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    tasks = [asyncio.create_task(worker.run()) for worker in app.state.workers]
    tasks.append(asyncio.create_task(measure_for_ever(app.state.database)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=10)
        for value in service.state.values():
            if isinstance(value, httpx.AsyncClient):
                await value.aclose()
        pool.terminate()


def _health() -> APIRouter:
    router = APIRouter(tags=["operations"])

    @router.get("/healthz")
    async def tell_health() -> dict[str, str]:
        """Say that the process is alive."""
        return {"status": "alive"}

    @router.get("/readyz")
    async def tell_readiness(request: Request) -> Response:
        """Say whether the database and all that works beside the requests are there."""
        database: Database = request.app.state.database
        await database.fetchrow("select 1")
        away = [
            type(worker).__name__.lower()
            for worker in request.app.state.workers
            if not worker.is_connected
        ]
        return JSONResponse(
            {"status": "not ready" if away else "ready", "away": away},
            status_code=503 if away else 200,
        )

    @router.get("/metrics", include_in_schema=False)
    async def show_metrics() -> Response:
        """Show every metric in Prometheus' text format."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


def configure_logs(service: str) -> None:
    """Write one JSON object per line to standard error; never a person's data."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    logging.getLogger("uvicorn.error").addFilter(without_traceback)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(),
    )
    structlog.contextvars.bind_contextvars(service=service)


def without_traceback(record: logging.LogRecord) -> bool:
    """Keep tracebacks out of the log: their last line may quote what was sent.

    `unexpected_error` says which error it was and where.
    """
    record.exc_info = None
    return True


class MeasureRequests:
    """Measures each request by route template, never by path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and observe how long the answer took."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), "500"

        async def observe(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, observe)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            metrics.REQUESTS.labels(route, scope["method"], status).observe(
                time.perf_counter() - began
            )
