"""The ceiling of a single POST: the same app with one bare statement.

FastAPI, uvicorn, the body, its limit, problem documents and request times are those
of the services; there is no token, no audit, no outbox, no relay.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
from fastapi import FastAPI, Request
from pydantic import BaseModel

from services.intake.schemas import ReferralIn
from services.stories.schemas import StoryIn
from shared import problems
from shared.service import MOST_BODY_BYTES, App, MeasureRequests

DATABASE_URL = "CEILING_DATABASE_URL"
CONNECTIONS = 16
TABLE = "create table if not exists {} (id uuid primary key, body json)"
INSERT = "insert into {} (id, body) values ($1, $2)"
REFERRALS, STORIES = "bare_referral", "bare_story"


def create_app() -> FastAPI:
    """Build the app; its database is named in the environment."""
    app = App(lifespan=_lifespan, max_body_size=MOST_BODY_BYTES)
    problems.install(app)
    app.add_middleware(MeasureRequests)

    @app.post("/referrals", status_code=201)
    async def receive_referral(body: ReferralIn, request: Request) -> dict[str, str]:
        return await _store(request, REFERRALS, body)

    @app.post("/stories", status_code=201)
    async def tell_story(body: StoryIn, request: Request) -> dict[str, str]:
        return await _store(request, STORIES, body)

    @app.get("/readyz")
    async def tell_readiness() -> dict[str, str]:
        return {"status": "ready"}

    return app


async def _store(request: Request, table: str, body: BaseModel) -> dict[str, str]:
    record = uuid4()
    pool: asyncpg.Pool = request.app.state.pool
    async with pool.acquire() as connection:
        await connection.execute(INSERT.format(table), record, body.model_dump_json())
    return {"id": str(record)}


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    url = os.environ[DATABASE_URL]
    async with asyncpg.create_pool(
        url, min_size=CONNECTIONS, max_size=CONNECTIONS
    ) as pool:
        for table in (REFERRALS, STORIES):
            await pool.execute(TABLE.format(table))
        app.state.pool = pool
        yield
