"""create_app(): what measures is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI

from services.measures import instruments as definitions
from services.measures import pages
from services.measures.api import (
    assessments,
    change,
    coding,
    goals,
    instruments,
    links,
)
from services.measures.settings import Settings
from shared.links.help import read_help
from shared.links.tokens import Links
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
                links.router,
                pages.router,
            ],
            migrations=Path(__file__).with_name("migrations"),
            state=state_of(settings),
        )
    )


def state_of(settings: Settings) -> dict[str, Any]:
    """Read what the endpoints share: instruments, links, where help is found."""
    return {
        "instruments": definitions.read(settings.site, settings.wording),
        "links": Links("measures", settings.secret.get_secret_value()),
        "help": read_help(settings.help),
    }
