"""create_app(): what measures is made of."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from services.measures import instruments as definitions
from services.measures.api import assessments, change, coding, goals, instruments
from services.measures.settings import Settings
from shared.service import Service, build_service


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build measures from its settings (the environment's, if none are given)."""
    settings = settings or Settings()
    return build_service(
        Service(
            name="measures",
            title="Living Well measures: instruments, assessments and goals",
            settings=settings,
            routers=[
                instruments.router,
                assessments.router,
                coding.router,
                goals.router,
                change.router,
            ],
            migrations=Path(__file__).with_name("migrations"),
            state={"instruments": definitions.read(settings.site, settings.wording)},
        )
    )
