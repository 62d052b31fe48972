"""Signing in to pages: OpenID Connect's code flow with PKCE; the session is the token.

The browser keeps the provider's access token in a cookie that no script can read. It is
checked as every bearer token is, so a page knows its reader exactly as a call does, and
nothing about sessions is stored here.

Source: OpenID Connect Core 1.0, section 3.1; RFC 7636 (PKCE).
"""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request
from starlette.responses import RedirectResponse, Response

from shared.access import Caller, TokenChecker
from shared.problems import InvalidContent, NoToken
from shared.signin.provider import SignIn

SESSION = "livingwell_session"
NO_STORE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


class SignInNeeded(Exception):
    """A page needs to know who reads it; sign in and come back to `path`."""

    def __init__(self, path: str) -> None:
        super().__init__("sign in")
        self.path = path


async def lead_to_sign_in(_: Request, needed: Exception) -> Response:
    """Lead to the provider, and back to where the reader was."""
    path = needed.path if isinstance(needed, SignInNeeded) else "/"
    return redirect(f"/sign-in?{urlencode({'next': path})}")


def sign_in_of(request: Request) -> SignIn:
    """Return this service's side of the code flow."""
    sign_in: SignIn = request.app.state.sign_in
    return sign_in


def redirect(address: str) -> RedirectResponse:
    """Lead on to another page."""
    return RedirectResponse(address, HTTPStatus.SEE_OTHER, headers=NO_STORE)


def session_of(request: Request) -> str:
    """Return the reader's token, to ask another service in their name, or ""."""
    return request.cookies.get(SESSION, "")


async def reader_if_any(request: Request) -> Caller | None:
    """Return who reads a page, or None: nobody signed in, or the session is over."""
    session = session_of(request)
    if not session:
        return None
    checker: TokenChecker = request.app.state.tokens
    try:
        return await checker.check(session)
    except NoToken:
        return None


async def reader(request: Request) -> Caller:
    """Return who reads a page.

    Raises:
        SignInNeeded: nobody signed in, or the session is over.
    """
    found = await reader_if_any(request)
    if found is None:
        raise SignInNeeded(request.url.path)
    return found


MaybeReader = Annotated[Caller | None, Depends(reader_if_any)]
Reader = Annotated[Caller, Depends(reader)]


def form_token(request: Request) -> str:
    """Return the token that forms of this page carry."""
    return sign_in_of(request).form_token(session_of(request))


def check_form(request: Request, sent: str) -> None:
    """Refuse a form that is not of a page of this session.

    Raises:
        InvalidContent: 422, it is not.
    """
    if not hmac.compare_digest(
        form_token(request).encode(), sent.encode("utf-8", "replace")
    ):
        raise InvalidContent("This form is not of your session. Load the page again.")
