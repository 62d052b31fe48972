"""Who is calling: a bearer token, checked against the issuer's keys."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import httpx
import structlog
from fastapi import Depends, Request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

from shared.calling import open_client
from shared.problems import NotAllowed, NoToken, Unavailable
from shared.settings import ServiceSettings

Role = Literal["partner", "viewer", "moderator", "platform", "steward", "ops"]
ALGORITHMS = ["ES256", "RS256", "EdDSA"]
FORBIDDEN_HEADERS = frozenset({"jku", "x5u", "crit", "jwk", "x5c"})
LEEWAY_SECONDS = 60
REFETCH_SECONDS = 30.0
FIRST_FETCH_SECONDS = 1.0
MOST_CACHED_TOKENS = 10_000
LONGEST_TOKEN = 8_192

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, for which organisation, in which roles."""

    subject: str
    organisation: str
    roles: frozenset[str]


class TokenChecker:
    """Checks tokens against a JWKS; remembers verified ones for minutes at most."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._keys: KeySet | None = None
        self._asked_at = float("-inf")
        self._fetching = asyncio.Lock()
        self._verified: dict[bytes, tuple[float, Caller]] = {}
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": settings.token_issuer},
            aud={"essential": True, "value": settings.token_audience},
            exp={"essential": True},
            sub={"essential": True},
            org={"essential": True},
        )

    async def check(self, token: str) -> Caller:
        """Return who holds `token`.

        Raises:
            NoToken: 401, it is not valid for this system.
            Unavailable: 503, the issuer's keys were never reached.
        """
        digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        remembered = self._verified.get(digest)
        if remembered and remembered[0] > time.monotonic():
            return remembered[1]
        caller, expires_at = await self._verify(token)
        self._remember(digest, caller, expires_at)
        return caller

    async def _verify(self, token: str) -> tuple[Caller, float]:
        if len(token) > LONGEST_TOKEN:
            raise NoToken("The token is too long.")
        keys = await self._keys_for(token)
        try:
            decoded = jwt.decode(token, keys, algorithms=ALGORITHMS)
            if FORBIDDEN_HEADERS & decoded.header.keys():
                raise NoToken("The token's header names keys of its own.")
            self._claims.validate(decoded.claims)
        except (JoseError, ValueError) as error:
            raise NoToken("The token is not valid for this system.") from error
        return caller_from(decoded.claims), float(decoded.claims["exp"])

    async def _keys_for(self, token: str) -> KeySet:
        keys = self._keys
        if keys is not None and key_id(token) in {key.kid for key in keys.keys}:
            return keys
        async with self._fetching:
            pause = FIRST_FETCH_SECONDS if self._keys is None else REFETCH_SECONDS
            if time.monotonic() - self._asked_at > pause:
                self._asked_at = time.monotonic()
                await self._fetch()
        if self._keys is None:
            raise Unavailable("The token issuer's keys cannot be reached.")
        return self._keys

    async def _fetch(self) -> None:
        try:
            async with open_client(self._settings.token_jwks_url) as client:
                response = await client.get(self._settings.token_jwks_url)
                response.raise_for_status()
                self._keys = KeySet.import_key_set(response.json())
        except (
            httpx.HTTPError,
            LookupError,
            TypeError,
            ValueError,
            JoseError,
        ) as error:
            log.warning("issuer_away", error=type(error).__name__)
            return
        self._verified.clear()

    def _remember(self, digest: bytes, caller: Caller, expires_at: float) -> None:
        if len(self._verified) >= MOST_CACHED_TOKENS:
            self._verified.clear()
        seconds = min(self._settings.token_cache_seconds, expires_at - time.time())
        self._verified[digest] = (time.monotonic() + seconds, caller)


def key_id(token: str) -> str | None:
    """Return the key id that an unchecked token names, or None."""
    try:
        return str(extract_compact(token.encode()).headers().get("kid"))
    except (JoseError, ValueError, UnicodeError):
        return None


def caller_from(claims: dict[str, Any]) -> Caller:
    """Read the caller from checked claims.

    Raises:
        NoToken: 401, a claim has the wrong shape.
    """
    organisation, roles = claims["org"], claims.get("roles", [])
    if not isinstance(organisation, str) or not organisation:
        raise NoToken("The token's `org` is not an organisation code.")
    if not isinstance(roles, list) or not all(isinstance(r, str) for r in roles):
        raise NoToken("The token's `roles` is not a list of names.")
    return Caller(str(claims["sub"]), organisation, frozenset(roles))


async def identify(request: Request) -> Caller:
    """Return the caller of `request`, for any role.

    Raises:
        NoToken: 401, no bearer token or not a valid one.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NoToken("Send a bearer token in the Authorization header.")
    checker: TokenChecker = request.app.state.tokens
    return await checker.check(token)


async def identify_if_any(request: Request) -> Caller | None:
    """Return the caller, or None where no token was sent (the public)."""
    return await identify(request) if "authorization" in request.headers else None


def holding(*roles: Role) -> Callable[[Request], Awaitable[Caller]]:
    """Make a dependency that lets through callers with one of `roles`."""

    async def allowed(request: Request) -> Caller:
        caller = await identify(request)
        if caller.roles.isdisjoint(roles):
            raise NotAllowed(f"This needs the role {' or '.join(roles)}.")
        return caller

    return allowed


AnyCaller = Annotated[Caller, Depends(identify)]
MaybeCaller = Annotated[Caller | None, Depends(identify_if_any)]
Partner = Annotated[Caller, Depends(holding("partner"))]
Steward = Annotated[Caller, Depends(holding("steward"))]
Moderator = Annotated[Caller, Depends(holding("moderator"))]
