"""create_app(): what intake is made of."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from services.intake.api import codes, journey, organisations, referrals
from services.intake.settings import Settings
from shared.service import Service, build_service


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build intake from its settings (the environment's, if none are given)."""
    return build_service(
        Service(
            name="intake",
            title="Living Well intake: organisations and referrals",
            settings=settings or Settings(),
            routers=[
                codes.router,
                organisations.router,
                referrals.router,
                journey.router,
            ],
            migrations=Path(__file__).with_name("migrations"),
        )
    )
