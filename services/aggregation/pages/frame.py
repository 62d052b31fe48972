"""What all pages of the system view share: templates, headers, refusals as pages."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.responses import FileResponse, HTMLResponse, Response

from services.aggregation.pages import words
from services.aggregation.problems import NotCounted
from shared.links.pages import Handler
from shared.problems import Problem

HERE = Path(__file__).parent
# A script of ours and nothing from elsewhere.
HEADERS = {
    "Vary": "Cookie",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self';"
    " script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
}

templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=select_autoescape(),
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.globals |= {
    "step": words.step,
    "month": words.month,
    "group_name": words.group_name,
    "number": words.number,
    "value_of": words.value,
}


class PageRoute(APIRoute):
    """Says in a page, not in a document, that there are no figures, or not for you."""

    def get_route_handler(self) -> Handler:
        """Return the handler with a page for those who come too early, or astray."""
        handle = super().get_route_handler()

        async def handle_kindly(request: Request) -> Response:
            try:
                return await handle(request)
            except NotCounted as early:
                html = templates.get_template("counting.html").render()
                headers = {**HEADERS, **early.headers}
                return HTMLResponse(html, early.status, headers=headers)
            except Problem as refused:
                if "text/html" not in request.headers.get("accept", ""):
                    raise
                html = templates.get_template("refused.html").render(problem=refused)
                return HTMLResponse(html, refused.status, headers=HEADERS)

        return handle_kindly


router = APIRouter(include_in_schema=False, route_class=PageRoute)


def page(template: str, *, is_signed_in: bool, **shown: object) -> HTMLResponse:
    """Answer with a page; what somebody reads who signed in is kept nowhere."""
    html = templates.get_template(template).render(**shown)
    kept = "no-store" if is_signed_in else "no-cache"
    return HTMLResponse(html, headers={**HEADERS, "Cache-Control": kept})


@router.get("/static/style.css")
async def show_style() -> FileResponse:
    """Show the style sheet."""
    return FileResponse(HERE / "static" / "style.css", media_type="text/css")


@router.get("/static/live.js")
async def show_script() -> FileResponse:
    """Show the script that says when there are new figures; pages work without it."""
    return FileResponse(HERE / "static" / "live.js", media_type="text/javascript")


@router.get("/static/icon.svg")
async def show_icon() -> FileResponse:
    """Show the icon of the pages."""
    return FileResponse(HERE / "static" / "icon.svg", media_type="image/svg+xml")
