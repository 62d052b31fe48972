"""The pages that links open: rendered on the server, kept nowhere, no script."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.responses import FileResponse, HTMLResponse, Response

from shared.links import PAGE_HEADERS, LinkClosed
from shared.problems import DATABASE_AWAY

HERE = Path(__file__).parent
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Pages:
    """Renders one service's pages, from its own templates and the shared frame."""

    def __init__(self, folder: Path, **known: object) -> None:
        self._style = folder / "static" / "my.css"
        self._templates = Environment(
            loader=FileSystemLoader([folder / "templates", HERE / "templates"]),
            autoescape=select_autoescape(),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {"day": day, **known}

    def html(self, template: str, **shown: object) -> str:
        """Render a page."""
        return self._templates.get_template(template).render(**shown)

    def answer(
        self,
        request: Request,
        template: str,
        status: int = HTTPStatus.OK,
        **shown: object,
    ) -> HTMLResponse:
        """Answer with a page that is kept nowhere and tells nobody where it was."""
        html = self.html(template, help_lines=request.app.state.help, **shown)
        return HTMLResponse(html, status_code=status, headers=PAGE_HEADERS)

    def router(self, has_style: bool = True) -> APIRouter:
        """Return a router whose errors are pages for people.

        Args:
            has_style: Whether it shows the style sheet: one router of a service does.
        """
        pages = self

        class PageRoute(APIRoute):
            def get_route_handler(self) -> Handler:
                return pages.kindly(super().get_route_handler())

        router = APIRouter(include_in_schema=False, route_class=PageRoute)

        async def show_style() -> FileResponse:
            """Show the style sheet."""
            return FileResponse(self._style, media_type="text/css")

        if has_style:
            router.add_api_route("/static/my.css", show_style)
        return router

    def kindly(self, handle: Handler) -> Handler:
        """Make errors that a person may meet into pages."""

        async def handle_kindly(request: Request) -> Response:
            try:
                return await handle(request)
            except LinkClosed as closed:
                answer = self.answer(request, "closed.html", closed.status)
                if closed.status == HTTPStatus.TOO_MANY_REQUESTS:
                    answer.headers["Retry-After"] = "60"
                return answer
            except DATABASE_AWAY:
                unavailable = HTTPStatus.SERVICE_UNAVAILABLE
                return self.answer(request, "away.html", unavailable)

        return handle_kindly


def day(on: date) -> str:
    """Return a day as people write it: 2 March 2026."""
    return f"{on.day} {MONTHS[on.month - 1]} {on.year}"
