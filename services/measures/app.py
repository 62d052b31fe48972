"""create_app(): what measures is made of."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from services.measures.api import (
    assessments,
    audit,
    change,
    erasures,
    goals,
    instruments,
)
from services.measures.settings import Settings
from shared.service import Service, build_service


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build measures from its settings (the environment's, if none are given)."""
    return build_service(
        Service(
            name="measures",
            title="Living Well measures: instruments, assessments and goals",
            settings=settings or Settings(),
            routers=[
                instruments.router,
                assessments.router,
                goals.router,
                change.router,
                audit.router,
                erasures.router,
            ],
            migrations=Path(__file__).with_name("migrations"),
        )
    )
