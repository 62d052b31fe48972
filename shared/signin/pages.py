"""The pages of signing in: there and back again, out, and why it did not work."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.responses import FileResponse, HTMLResponse, Response

from shared.access import TokenChecker
from shared.links import PAGE_HEADERS
from shared.links.pages import Handler
from shared.problems import InvalidContent, NoToken, Problem, Unavailable
from shared.signin import SESSION, redirect, sign_in_of
from shared.signin.provider import MINUTES_TO_SIGN_IN

UNDERWAY = "livingwell_sign_in"
LONGEST_SESSION_SECONDS = 12 * 3600
PATH = re.compile(r"/(?![/\\])[A-Za-z0-9_.~/?=&%-]*")
HERE = Path(__file__).parent
STYLE = HERE / "refused.css"
WHY = {
    InvalidContent.slug: "This sign-in was begun in another window, or it took too"
    " long.",
    NoToken.slug: "Your organisation's sign-in did not confirm who you are.",
}
AWAY = "It is not possible at the moment. Please try again in a while."

_templates = Environment(loader=FileSystemLoader(HERE), autoescape=select_autoescape())


def refusal_page(refused: Problem, wanted: str) -> HTMLResponse:
    """Say why somebody is not signed in, and lead them to try again.

    Args:
        wanted: The page that they were on their way to.
    """
    why = WHY.get(refused.slug, AWAY)
    html = _templates.get_template("refused.html").render(why=why, wanted=wanted)
    return HTMLResponse(html, refused.status, headers=PAGE_HEADERS)


class SignInRoute(APIRoute):
    """Tells a browser in a page, not in a document, that signing in did not work."""

    def get_route_handler(self) -> Handler:
        """Return the handler with its refusals as pages for browsers."""
        handle = super().get_route_handler()

        async def handle_kindly(request: Request) -> Response:
            try:
                return await handle(request)
            except Problem as refused:
                if "text/html" not in request.headers.get("accept", ""):
                    raise
                return refusal_page(refused, _wanted(request))

        return handle_kindly


router = APIRouter(prefix="/sign-in", include_in_schema=False, route_class=SignInRoute)


def _back_to(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/sign-in/done"


def _wanted(request: Request) -> str:
    """Return the page that a reader wanted when signing in did not work."""
    named = request.query_params.get("next", "")
    if PATH.fullmatch(named):
        return named
    return sign_in_of(request).following(request.cookies.get(UNDERWAY, ""))


def _remember(
    answer: Response, request: Request, name: str, value: str, seconds: int
) -> None:
    # Lax: the way back from the provider is a navigation from another site.
    answer.set_cookie(
        name,
        value,
        max_age=seconds,
        secure=urlsplit(str(request.base_url)).scheme == "https",
        httponly=True,
        samesite="lax",
    )


@router.get("")
async def begin(request: Request, next: str = "/") -> Response:
    """Send a reader to the provider; they come back to `next`, a page of ours."""
    if not sign_in_of(request).client_id:
        raise Unavailable("Signing in is not set up here.")
    following = next if PATH.fullmatch(next) else "/"
    address, sealed = await sign_in_of(request).leave(_back_to(request), following)
    answer = redirect(address)
    _remember(answer, request, UNDERWAY, sealed, 60 * MINUTES_TO_SIGN_IN)
    return answer


@router.get("/done")
async def come_back(request: Request, state: str = "", code: str = "") -> Response:
    """Take a reader in who signed in; a token that no call could use opens no page.

    Raises:
        InvalidContent: 422, this sign-in was not begun here.
        NoToken: 401, the provider does not vouch for the reader.
    """
    sign_in = sign_in_of(request)
    known = sign_in.underway(request.cookies.get(UNDERWAY, ""), state)
    token = await sign_in.token(code, known["verifier"], _back_to(request))
    checker: TokenChecker = request.app.state.tokens
    await checker.check(token)
    answer = redirect(known["next"])
    answer.delete_cookie(UNDERWAY)
    _remember(answer, request, SESSION, token, LONGEST_SESSION_SECONDS)
    return answer


@router.get("/style.css")
async def show_style() -> FileResponse:
    """Show the style sheet of the page that says that signing in did not work."""
    return FileResponse(STYLE, media_type="text/css")


@router.post("/out")
async def sign_out(next: str = "/") -> Response:
    """Forget the session in this browser, and go on to `next`, a page of ours."""
    answer = redirect(next if PATH.fullmatch(next) else "/")
    answer.delete_cookie(SESSION)
    return answer
