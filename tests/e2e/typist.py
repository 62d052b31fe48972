"""Somebody who types a mark wherever the four services let anything be typed."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import httpx
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from deploy.local.settings import SERVICES
from shared.signin import SESSION
from tests.e2e.html_forms import HtmlForm, forms_of
from tests.e2e.marks import Marks, Sheet
from tests.frameworks import as_yaml
from tests.system import SECRET, System

ORGANISATION = "MARKED"
YAML = "application/yaml"
ROLES = ("partner", "moderator", "steward", "viewer")

# Service, method, path template.
Place = tuple[str, str, str]


@dataclass
class Typist:
    """Types, and remembers where, and which answers said again what they should not.

    Attributes:
        typed: Where something was typed and taken; of a body, the last one.
        failed: Requests that an error of our own was the answer to.
        echoes: Errors and redirects that say again what somebody typed.
        names: What stands for a part of a path, as `reference`.
    """

    system: System
    marks: Marks = field(default_factory=Marks)
    typed: dict[Place, Any] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    echoes: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    etag: str = ""
    clients: dict[tuple[str, bool], httpx.AsyncClient] = field(default_factory=dict)

    @cached_property
    def apps(self) -> dict[str, FastAPI]:
        """Return each service's app, only to be asked what it is made of."""
        return {service: _app(service) for service in SERVICES}

    @cached_property
    def contracts(self) -> dict[str, dict[str, Any]]:
        """Return what OpenAPI says of each service."""
        return {service: app.openapi() for service, app in self.apps.items()}

    def places(self) -> Iterator[Place]:
        """Yield every address of every service, pages included."""
        for service, app in self.apps.items():
            for route in iter_route_contexts(app.routes):
                for method in sorted(set(route.methods or ()) - {"HEAD"}):
                    yield service, method, str(route.path)

    def described(self, place: Place) -> Mapping[str, Any]:
        """Return what OpenAPI says of an address; of a page, nothing."""
        service, method, path = place
        paths = self.contracts[service]["paths"]
        found: Mapping[str, Any] = paths.get(path, {}).get(method.lower(), {})
        return found

    def sheet(self, place: Place, fixed: Mapping[str, object]) -> Any:  # noqa: ANN401
        """Return the body of an address, full of marks."""
        [(_, content), *_] = self.described(place)["requestBody"]["content"].items()
        schema, shared = content["schema"], self.contracts[place[0]]["components"]
        known = shared["schemas"] | schema.get("$defs", {})
        return Sheet(self.marks, " ".join(place), known, fixed).filled(schema)

    async def fill_in(
        self,
        service: str,
        method: str,
        path: str,
        fixed: Mapping[str, object] | None = None,
    ) -> dict[str, Any]:
        """Type into every field of a body; then other words under its reference."""
        place, fixed = (service, method, path), fixed or {}
        body = self.sheet(place, fixed)
        answer = await self.send(place, **self._written(place, body))
        assert answer.is_success, f"{place}: {answer.text}"
        assert '"invalid"' not in answer.text, f"{place}: {answer.text}"
        self.typed[place] = body
        if isinstance(body, dict) and method == "POST" and "reference" in body:
            same = {"/reference": body["reference"], **fixed}
            refused = await self.send(place, json=self.sheet(place, same))
            assert refused.status_code == 409, f"{place}: {refused.text}"
        found = answer.json()
        return {"sent": body, **(found if isinstance(found, dict) else {})}

    def _written(self, place: Place, body: object) -> dict[str, Any]:
        if YAML in self.described(place)["requestBody"]["content"]:
            return {"content": as_yaml(body), "headers": {"content-type": YAML}}
        return {"json": body}

    async def fill_in_forms(self, service: str, address: str, **fixed: str) -> None:
        """Type into every field of every kind of form of a page, but for `fixed`.

        The page is opened for each: what one form changes, the next has to know.
        """
        page = str(self.client(service).base_url.join(address))
        sent: set[tuple[str, ...]] = set()
        while True:
            shown = await self.client(service).get(address)
            assert shown.is_success, f"{address}: {shown.text}"
            form = next((f for f in forms_of(shown.text) if f.kind not in sent), None)
            if form is None:
                return
            sent.add(form.kind)
            await self._submit(service, page, form, fixed)

    async def _submit(
        self, service: str, page: str, form: HtmlForm, fixed: Mapping[str, str]
    ) -> None:
        address = urljoin(page, form.action or page)
        place = (service, form.method, self.template_of(urlsplit(address).path))
        typed = {n: self.marks.new(f"{place} form {n}") for n in form.texts}
        sent = form.sent(typed | dict(fixed))
        is_get = form.method == "GET"
        answer = await self.client(service).request(
            form.method,
            address,
            params=sent if is_get else None,
            data=None if is_get else sent,
        )
        # Browsers and proxies keep addresses: no word may be in one.
        written = self.marks.found_in(str(answer.request.url))
        self.echoes += [f"the address of {place}: {mark}" for mark in written]
        assert not answer.is_error, f"{place}: {answer.text}"
        self.typed[place] = None
        self.listen(place, answer)

    def template_of(self, path: str) -> str:
        """Return the template of a page's address."""
        known = {value: f"{{{name}}}" for name, value in self.names.items()}
        return "/".join(known.get(part, part) for part in path.split("/"))

    async def send(
        self,
        place: Place,
        *,
        is_known: bool = True,
        names: Mapping[str, str] | None = None,
        **more: Any,  # noqa: ANN401
    ) -> httpx.Response:
        """Send a request; an error may not say again what was typed."""
        service, method, path = place
        version = {"If-Match": self.etag} if method == "PUT" and self.etag else {}
        headers = version | more.pop("headers", {})
        answer = await self.client(service, is_known=is_known).request(
            method,
            path.format_map(self.names if names is None else names),
            headers=headers,
            **more,
        )
        if "ETag" in answer.headers and is_known:
            self.etag = answer.headers["ETag"]
        self.listen(place, answer)
        return answer

    def client(self, service: str, *, is_known: bool = True) -> httpx.AsyncClient:
        """Return a client of somebody who may do everything, or of the public."""
        if (service, is_known) not in self.clients:
            token = self.system.token(ORGANISATION, *ROLES) if is_known else None
            client = self.system.client(service, token)
            if token:
                client.cookies.set(SESSION, token)
            self.clients[service, is_known] = client
        return self.clients[service, is_known]

    def listen(self, place: Place, answer: httpx.Response) -> None:
        """Note an error or a redirect that says again what was typed."""
        if answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
            self.failed.append(str(place))
        if not answer.is_error and not answer.is_redirect:
            return
        said = str(answer.headers.multi_items())
        is_page = "html" in answer.headers.get("content-type", "")
        if is_page and "authorization" in answer.request.headers:
            # Who works here reads the page that it is, and what they typed into it.
            address = self.marks.found_in(str(answer.request.url))
            said += str([one for one in address if one.split()[0] in answer.text])
        else:
            said += answer.text
        if answer.status_code in (HTTPStatus.SEE_OTHER, HTTPStatus.UNAUTHORIZED):
            # Who has to sign in comes back to the address that was asked for.
            said = unquote(said).replace(answer.request.url.path, "")
        echoes = self.marks.found_in(said)
        self.echoes += [f"{place} {answer.status_code}: {one}" for one in echoes]

    async def close(self) -> None:
        """Close every client."""
        for client in self.clients.values():
            await client.aclose()


def _app(service: str) -> FastAPI:
    settings = importlib.import_module(f"services.{service}.settings").Settings
    made: FastAPI = importlib.import_module(f"services.{service}.app").create_app(
        settings(
            database_url="postgresql://nobody@127.0.0.1:9/nothing",
            kafka_bootstrap_servers="127.0.0.1:9",
            token_issuer="http://issuer.invalid",
            token_jwks_url="http://issuer.invalid/jwks.json",
            secret=SECRET,
            secret_id="test-1",
            public_url="http://stories.invalid",
        )
    )
    return made
