"""create_app(): what intake is made of."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from services.intake.api import (
    audit,
    codes,
    erasures,
    journey,
    organisations,
    referrals,
    registers,
)
from services.intake.imports import RESOURCES
from services.intake.projections import consumer
from services.intake.settings import Settings
from shared.imports import api as imports
from shared.imports.worker import ImportWorker, state_of
from shared.service import Service, build_service

# Registers first: their addresses stand where a reference would.
ROUTERS = [
    codes.router,
    registers.router,
    organisations.router,
    referrals.router,
    journey.router,
    imports.router,
    audit.router,
    erasures.router,
]


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build intake from its settings (the environment's, if none are given)."""
    settings = settings or Settings()
    return build_service(
        Service(
            name="intake",
            title="Living Well intake: organisations and referrals",
            settings=settings,
            routers=ROUTERS,
            migrations=Path(__file__).with_name("migrations"),
            workers=lambda app: [consumer(settings), ImportWorker(app)],
            state=state_of(RESOURCES),
        )
    )
