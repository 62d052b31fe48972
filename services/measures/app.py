"""create_app(): what measures is made of."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from services.measures import instruments as definitions
from services.measures.api import (
    assessments,
    audit,
    change,
    coding,
    erasures,
    goals,
    instruments,
)
from services.measures.imports import resources
from services.measures.settings import Settings
from shared.imports import api as imports
from shared.imports.worker import ImportWorker, state_of
from shared.service import Service, build_service


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build measures from its settings (the environment's, if none are given)."""
    settings = settings or Settings()
    known = definitions.read(settings.site, settings.wording)
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
                imports.router,
                audit.router,
                erasures.router,
            ],
            migrations=Path(__file__).with_name("migrations"),
            workers=lambda app: [ImportWorker(app)],
            state={"instruments": known} | state_of(resources(known)),
        )
    )
