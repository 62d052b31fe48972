"""Calls of the public REST API, many at a time; anything but a 2xx ends it loudly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol

from deploy.local.errors import StackError
from deploy.local.sample.wire import Answer, ConnectionLost, Wire

CONNECTIONS = 16
ATTEMPTS = 3
TIMEOUT_SECONDS = 60.0
RETRY_AFTER_SECONDS = 2.0
MOST_TOLD = 5


class TokenFor(Protocol):
    """Makes tokens; `subject` says who calls, as two people publish a story."""

    def __call__(self, org: str, roles: Sequence[str], subject: str) -> str:
        """Return a token of a person of an organisation, in roles."""
        ...


class SampleRefused(StackError):
    """A service did not take a record of the sample."""


@dataclass(frozen=True, slots=True)
class Caller:
    """In whose name a call is made."""

    organisation: str
    roles: tuple[str, ...] = ("partner",)
    subject: str = "sample"


@dataclass(frozen=True, slots=True)
class Call:
    """One call that writes something; `kind` is what it counts as."""

    kind: str
    service: str
    method: str
    path: str
    caller: Caller
    body: Any = field(repr=False)
    count: int = 1


Chain = Sequence[Call]


class Client:
    """Calls the services with tokens that it makes once per caller."""

    def __init__(
        self,
        wire: Wire,
        urls: Mapping[str, str],
        token_for: TokenFor,
        retry_after_seconds: float = RETRY_AFTER_SECONDS,
    ) -> None:
        self._wire = wire
        self._urls = urls
        self._token_for = token_for
        self._retry_after_seconds = retry_after_seconds
        self._headers: dict[Caller, dict[str, str]] = {}

    async def get(self, service: str, path: str, caller: Caller | None = None) -> Any:  # noqa: ANN401
        """Return what a service answers, or None where there is nothing (404).

        Raises:
            SampleRefused: it answers anything else but 200.
        """
        headers = self._headers_of(caller) if caller else {}
        response = await self._send("GET", f"{self._urls[service]}{path}", headers)
        if response.status == HTTPStatus.NOT_FOUND:
            return None
        return _content(response)

    async def ask(self, service: str, path: str) -> Any:  # noqa: ANN401
        """Return what a service answers to anyone, or None if that is no 2xx."""
        response = await self._send("GET", f"{self._urls[service]}{path}", {})
        return response.json() if response.is_good else None

    async def write(self, call: Call) -> Any:  # noqa: ANN401
        """Make a call and return its answer.

        It is repeated, which is harmless, if no answer came or a 503.

        Raises:
            SampleRefused: the answer is no 2xx, or a record of a batch was refused.
        """
        content = _content(await self._send_until_taken(call))
        refused = [r["problem"] for r in content.get("results", ()) if r["problem"]]
        if refused:
            told = "; ".join(_told(problem) for problem in refused[:MOST_TOLD])
            raise SampleRefused(f"{call.path}: {len(refused)} refused: {told}")
        return content

    async def write_all(
        self, chains: Iterable[Chain], when_done: Callable[[Call], None]
    ) -> None:
        """Make the calls of each chain in order, and several chains at a time."""
        waiting = iter(chains)

        async def work() -> None:
            for chain in waiting:
                for call in chain:
                    await self.write(call)
                    when_done(call)

        async with asyncio.TaskGroup() as group:
            for _ in range(CONNECTIONS):
                group.create_task(work())

    async def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None = None,
    ) -> Answer:
        for attempt in range(ATTEMPTS):
            try:
                return await self._wire.call(method, url, headers, content)
            except ConnectionLost as error:
                if attempt == ATTEMPTS - 1:
                    raise SampleRefused(f"{url} does not answer: {error}") from error
        raise AssertionError

    async def _send_until_taken(self, call: Call) -> Answer:
        """Send a call, and again after a while where a service is busy (503)."""
        url = f"{self._urls[call.service]}{call.path}"
        headers, content = self._headers_of(call.caller), json.dumps(call.body).encode()
        for _ in range(ATTEMPTS):
            answer = await self._send(call.method, url, headers, content)
            if answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
                break
            await asyncio.sleep(self._retry_after_seconds)
        return answer

    def _headers_of(self, caller: Caller) -> dict[str, str]:
        if caller not in self._headers:
            token = self._token_for(
                caller.organisation, caller.roles, subject=caller.subject
            )
            self._headers[caller] = {
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/json",
            }
        return self._headers[caller]


@asynccontextmanager
async def connected(
    urls: Mapping[str, str], token_for: TokenFor
) -> AsyncIterator[Client]:
    """Open connections to the services.

    Raises:
        SampleRefused: the first call that failed, if any did.
    """
    wire = Wire(CONNECTIONS, TIMEOUT_SECONDS)
    try:
        yield Client(wire, urls, token_for)
    except* SampleRefused as refused:
        raise _first(refused) from None
    finally:
        wire.close()


def _first(group: BaseExceptionGroup[SampleRefused]) -> SampleRefused:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, SampleRefused) else SampleRefused(str(error))


def _content(response: Answer) -> Any:  # noqa: ANN401
    """Return the JSON of a good answer.

    Raises:
        SampleRefused: it is no good one; says the problem's title and pointers only.
    """
    if response.is_good:
        return response.json()
    where = f"{response.method} {response.path}: {response.status}"
    try:
        told = _told(response.json())
    except ValueError:
        told = response.reason
    raise SampleRefused(f"{where} {told}")


def _told(problem: Mapping[str, Any]) -> str:
    pointers = [error.get("pointer", "") for error in problem.get("errors") or ()]
    return " ".join([str(problem.get("title", "no title")), *pointers])
