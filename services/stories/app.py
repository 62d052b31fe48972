"""create_app(): what stories is made of."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from services.stories import pages
from services.stories.api import (
    audit,
    codebook,
    codings,
    erasures,
    lab_parts,
    labs,
    links,
    redaction,
    replies,
    sharing,
    team_links,
    telling,
)
from services.stories.api.counting import Counting
from services.stories.expiry import Expiry
from services.stories.pages import desk, tell
from services.stories.pages import labs as lab_pages
from services.stories.settings import Settings
from shared.links.help import read_help
from shared.service import Service, build_service
from shared.signin import pages as signin

ROUTERS = [
    telling.router,
    sharing.router,
    redaction.router,
    replies.router,
    codings.router,
    codebook.router,
    links.router,
    team_links.router,
    labs.router,
    lab_parts.router,
    pages.router,
    tell.router,
    desk.router,
    lab_pages.router,
    signin.router,
    audit.router,
    erasures.router,
]


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build stories from its settings (the environment's, if none are given)."""
    settings = settings or Settings()
    return build_service(
        Service(
            name="stories",
            title="Living Well stories: moments, consent and moderation",
            settings=settings,
            routers=ROUTERS,
            migrations=Path(__file__).with_name("migrations"),
            workers=lambda app: [Expiry(app)],
            state={
                **team_links.state_of(settings),
                "help": read_help(settings.help),
                "counting": Counting(),
            },
        )
    )
