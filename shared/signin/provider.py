"""The provider's side of the code flow: where to send people, what comes back."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import httpx
import structlog
from cryptography.fernet import Fernet, InvalidToken

from shared.calling import open_client
from shared.problems import InvalidContent, NoToken, Unavailable
from shared.settings import ServiceSettings

MINUTES_TO_SIGN_IN = 10

log = structlog.get_logger()


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
        sent = state.encode("utf-8", "replace")
        known = self._opened(sealed, 60 * MINUTES_TO_SIGN_IN)
        if not hmac.compare_digest(known.get("state", "").encode(), sent) or not state:
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

    def following(self, sealed: str) -> str:
        """Return where somebody wanted to go, however long ago; or the first page."""
        return self._opened(sealed, None).get("next", "/")

    def _opened(self, sealed: str, seconds: int | None) -> dict[str, str]:
        try:
            opened = self._box.decrypt(sealed.encode(), ttl=seconds)
        except InvalidToken:
            return {}
        known: dict[str, str] = json.loads(opened)
        return known

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
