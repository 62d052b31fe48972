"""The development issuer's sign-in page: OpenID Connect's code flow, for this machine.

Anybody may be anybody here, so nobody but this machine is led back to.
"""

import hashlib
import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from jinja2 import Environment
from pydantic import BaseModel, Field

from deploy.local.settings import HOST

# Makes a token of an organisation, roles and a subject.
TokenMaker = Callable[[str, Sequence[str], str], str]
CODE_SECONDS = 60
MOST_CODES = 1_000
PAGE = Environment(autoescape=True).from_string(
    """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in – development issuer</title>
<style>
body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 2rem auto;
  padding: 0 1rem; color: #1d2b2a; background: #fbf9f4 }
label { display: block; margin: .6rem 0 }
input:not([type=checkbox]) { font: inherit; width: 100%; padding: .5rem;
  box-sizing: border-box; border: 1px solid #51605f; border-radius: .3rem }
input[type=checkbox] { width: 1.3rem; height: 1.3rem; vertical-align: middle }
fieldset { border: 1px solid #51605f; border-radius: .3rem; margin: 1rem 0 }
button { font: inherit; padding: .6rem 1.4rem; border: 0; border-radius: .3rem;
  background: #14524c; color: #fff }
</style>
<main>
<h1>Who are you?</h1>
<p>This page is for trying things out on this machine. In a real place your own
organisation's sign-in stands here.</p>
<form method="post">
<label>Name, as the audit notes it <input name="sub" value="developer" required
  maxlength="100"></label>
<label>Organisation's code <input name="org" value="{{ org }}" required
  pattern="[A-Z0-9]{3,10}" list="known"></label>
<datalist id="known">
{% for one in known %}<option>{{ one }}</option>{% endfor %}</datalist>
<fieldset><legend>Roles</legend>
{% for role in roles %}
<label><input type="checkbox" name="roles" value="{{ role }}"
  {%- if role in ("moderator", "viewer") %} checked{% endif %}> {{ role }}</label>
{% endfor %}
</fieldset>
<button>Sign in</button>
</form>
</main>
</html>
"""
)


@dataclass(frozen=True)
class Pending:
    """Somebody who signed in and whose token was not fetched yet."""

    claims: tuple[str, str, tuple[str, ...]]
    client_id: str
    redirect_uri: str
    challenge: str
    until: float


class Asked(BaseModel):
    """What a service asks for when it sends somebody here."""

    client_id: str = Field(min_length=1, max_length=100)
    redirect_uri: str = Field(max_length=500)
    state: str = Field(max_length=500)
    code_challenge: str = Field(min_length=43, max_length=43)
    code_challenge_method: Literal["S256"]
    response_type: Literal["code"]


ELSEWHERE = Response("not of this machine", HTTPStatus.BAD_REQUEST)


class Codes:
    """The codes that were given out; each is good once, for a minute."""

    def __init__(self) -> None:
        """Begin with none."""
        self._pending: dict[str, Pending] = {}

    def give(self, pending: Pending) -> str:
        """Return a new code for somebody who signed in."""
        if len(self._pending) >= MOST_CODES:
            self._pending.clear()
        code = secrets.token_urlsafe(24)
        self._pending[code] = pending
        return code

    def admit(self, form: dict[str, list[str]], asked: Asked) -> str:
        """Return where to lead somebody who filled in the form, with a code."""
        claims = (form.get("sub", [""])[0], form.get("org", [""])[0])
        pending = Pending(
            (*claims, tuple(form.get("roles", []))),
            asked.client_id,
            asked.redirect_uri,
            asked.code_challenge,
            time.monotonic() + CODE_SECONDS,
        )
        query = urlencode({"code": self.give(pending), "state": asked.state})
        return f"{asked.redirect_uri}?{query}"

    def take(self, form: dict[str, str]) -> Pending | None:
        """Return who a code stands for, once, and only to who asked for it."""
        pending = self._pending.pop(form.get("code", ""), None)
        if pending is None or pending.until < time.monotonic():
            return None
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = urlsafe_b64encode(digest).decode().rstrip("=")
        is_asker = (
            form.get("client_id") == pending.client_id
            and form.get("redirect_uri") == pending.redirect_uri
            and hmac.compare_digest(challenge, pending.challenge)
        )
        return pending if is_asker else None


def is_here(address: str) -> bool:
    """Say whether an address is one of this machine."""
    return urlsplit(address).hostname in {HOST, "localhost"}


async def form_of(request: Request) -> dict[str, list[str]]:
    """Return a form's fields; of what is no form, none."""
    return parse_qs((await request.body()).decode("utf-8", "replace"))


def sign_in_router(
    token_of: TokenMaker, roles: Sequence[str], organisations: Sequence[str]
) -> APIRouter:
    """Return the two addresses of the code flow."""
    router, codes = APIRouter(), Codes()

    @router.get("/authorize")
    async def ask(asked: Annotated[Asked, Query()]) -> Response:
        """Ask who somebody is."""
        if not is_here(asked.redirect_uri):
            return ELSEWHERE
        org = organisations[0]
        return HTMLResponse(PAGE.render(roles=roles, known=organisations, org=org))

    @router.post("/authorize")
    async def vouch(request: Request, asked: Annotated[Asked, Query()]) -> Response:
        """Lead back with a code."""
        if not is_here(asked.redirect_uri):
            return ELSEWHERE
        address = codes.admit(await form_of(request), asked)
        return RedirectResponse(address, HTTPStatus.SEE_OTHER)

    @router.post("/token")
    async def exchange(request: Request) -> JSONResponse:
        """Give the token that a code stands for."""
        form = {name: values[0] for name, values in (await form_of(request)).items()}
        pending = codes.take(form)
        if pending is None:
            return JSONResponse({"error": "invalid_grant"}, HTTPStatus.BAD_REQUEST)
        subject, org, held = pending.claims
        answer = {"access_token": token_of(org, held, subject), "token_type": "Bearer"}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    return router
