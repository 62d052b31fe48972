"""Signing in to pages: OpenID Connect's code flow with PKCE; the session is the token.

The browser keeps the provider's access token in a cookie that no script can read. It is
checked as every bearer token is, so a page knows its reader exactly as a call does, and
nothing about sessions is stored here.

Source: OpenID Connect Core 1.0, section 3.1; RFC 7636 (PKCE).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from base64 import urlsafe_b64encode
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

import httpx
import structlog
from cryptography.fernet import Fernet, InvalidToken
from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from shared.access import Caller, TokenChecker
from shared.calling import open_client
from shared.problems import InvalidContent, NoToken, Unavailable
from shared.settings import ServiceSettings

SESSION, UNDERWAY = "livingwell_session", "livingwell_sign_in"
MINUTES_TO_SIGN_IN = 10
LONGEST_SESSION_SECONDS = 12 * 3600
PATH = re.compile(r"/(?![/\\])[A-Za-z0-9_.~/?=&%-]*")
NO_STORE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}

log = structlog.get_logger()
router = APIRouter(prefix="/sign-in", include_in_schema=False)


class SignInNeeded(Exception):
    """A page needs to know who reads it; sign in and come back to `path`."""

    def __init__(self, path: str) -> None:
        super().__init__("sign in")
        self.path = path


class SignIn:
    """One service's side of the code flow: where to send people, what comes back."""

    def __init__(self, settings: ServiceSettings) -> None:
        secret = settings.secret.get_secret_value()
        self.client_id = settings.sign_in_client
        self._issuer = settings.token_issuer.rstrip("/")
        self._key = hmac.digest(secret, b"sign-in", "sha256")
        self._box = Fernet(urlsafe_b64encode(self._key))
        self._addresses: dict[str, Any] = {}

    async def leave(self, back_to: str, following: str) -> tuple[str, str]:
        """Return where to sign in, and what to remember meanwhile, sealed.

        Raises:
            Unavailable: 503, the provider cannot be reached.
        """
        state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        challenge = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": back_to,
            "scope": "openid",
            "state": state,
            "code_challenge": urlsafe_b64encode(challenge).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        underway = {"state": state, "verifier": verifier, "next": following}
        address = (await self._known())["authorization_endpoint"]
        sealed = self._box.encrypt(json.dumps(underway).encode()).decode()
        return f"{address}?{urlencode(query)}", sealed

    def underway(self, sealed: str, state: str) -> dict[str, str]:
        """Return what was remembered, if `state` is the one that was sent.

        Raises:
            InvalidContent: 422, it is not, or it took too long.
        """
        try:
            opened = self._box.decrypt(sealed.encode(), ttl=60 * MINUTES_TO_SIGN_IN)
        except InvalidToken:
            opened = b"{}"
        known: dict[str, str] = json.loads(opened)
        if not hmac.compare_digest(known.get("state", ""), state) or not state:
            raise InvalidContent("This sign-in was not begun here. Begin it again.")
        return known

    async def token(self, code: str, verifier: str, back_to: str) -> str:
        """Return the access token that a code stands for.

        Raises:
            NoToken: 401, the provider does not know the code.
            Unavailable: 503, the provider cannot be reached.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back_to,
            "client_id": self.client_id,
            "code_verifier": verifier,
        }
        answer = await _ask("POST", (await self._known())["token_endpoint"], form)
        token = answer.get("access_token")
        if not isinstance(token, str):
            raise NoToken("The provider did not accept this sign-in. Begin it again.")
        return token

    def form_token(self, session: str) -> str:
        """Return what forms of a session carry, so that no other site can post."""
        return hmac.digest(self._key, session.encode(), "sha256").hex()

    async def _known(self) -> dict[str, Any]:
        if not self._addresses:
            address = f"{self._issuer}/.well-known/openid-configuration"
            known = await _ask("GET", address)
            if not {"authorization_endpoint", "token_endpoint"} <= known.keys():
                raise Unavailable("The provider does not say where to sign in.")
            self._addresses = known
        return self._addresses


async def _ask(
    method: str, address: str, form: dict[str, str] | None = None
) -> dict[str, Any]:
    try:
        async with open_client(address) as client:
            answer = await client.request(method, address, data=form)
        if answer.status_code in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}:
            return {}
        answer.raise_for_status()
        found = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        log.warning("sign_in_provider_away", error=type(error).__name__)
        raise Unavailable("Signing in is not possible at the moment.") from error
    return found if isinstance(found, dict) else {}


async def lead_to_sign_in(_: Request, needed: Exception) -> Response:
    """Lead to the provider, and back to where the reader was."""
    path = needed.path if isinstance(needed, SignInNeeded) else "/"
    return _redirect(f"/sign-in?{urlencode({'next': path})}")


def _sign_in_of(request: Request) -> SignIn:
    sign_in: SignIn = request.app.state.sign_in
    return sign_in


def _back_to(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/sign-in/done"


def _redirect(address: str) -> RedirectResponse:
    return RedirectResponse(address, HTTPStatus.SEE_OTHER, headers=NO_STORE)


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
    if not _sign_in_of(request).client_id:
        raise Unavailable("Signing in is not set up here.")
    following = next if PATH.fullmatch(next) else "/"
    address, sealed = await _sign_in_of(request).leave(_back_to(request), following)
    answer = _redirect(address)
    _remember(answer, request, UNDERWAY, sealed, 60 * MINUTES_TO_SIGN_IN)
    return answer


@router.get("/done")
async def come_back(request: Request, state: str = "", code: str = "") -> Response:
    """Take a reader in who signed in; a token that no call could use opens no page.

    Raises:
        InvalidContent: 422, this sign-in was not begun here.
        NoToken: 401, the provider does not vouch for the reader.
    """
    sign_in = _sign_in_of(request)
    known = sign_in.underway(request.cookies.get(UNDERWAY, ""), state)
    token = await sign_in.token(code, known["verifier"], _back_to(request))
    checker: TokenChecker = request.app.state.tokens
    await checker.check(token)
    answer = _redirect(known["next"])
    answer.delete_cookie(UNDERWAY)
    _remember(answer, request, SESSION, token, LONGEST_SESSION_SECONDS)
    return answer


@router.post("/out")
async def sign_out(next: str = "/") -> Response:
    """Forget the session in this browser, and go on to `next`, a page of ours."""
    answer = _redirect(next if PATH.fullmatch(next) else "/")
    answer.delete_cookie(SESSION)
    return answer


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
    return _sign_in_of(request).form_token(session_of(request))


def check_form(request: Request, sent: str) -> None:
    """Refuse a form that is not of a page of this session.

    Raises:
        InvalidContent: 422, it is not.
    """
    if not hmac.compare_digest(form_token(request), sent):
        raise InvalidContent("This form is not of your session. Load the page again.")
