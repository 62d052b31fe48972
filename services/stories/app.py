"""create_app(): what stories is made of."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from services.stories.api import audit, erasures, sharing, telling
from services.stories.settings import Settings
from shared.service import Service, build_service


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build stories from its settings (the environment's, if none are given)."""
    return build_service(
        Service(
            name="stories",
            title="Living Well stories: moments, consent and moderation",
            settings=settings or Settings(),
            routers=[
                telling.router,
                sharing.router,
                audit.router,
                erasures.router,
            ],
            migrations=Path(__file__).with_name("migrations"),
        )
    )
