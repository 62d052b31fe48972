"""A mark wherever a request can be wrong: address, query, headers, body, method."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from tests.e2e.typist import Place, Typist

HEADERS = (
    "If-Match",
    "If-None-Match",
    "X-Purpose",
    "traceparent",
    "User-Agent",
    "Referer",
    "Origin",
    "Accept",
    "Accept-Language",
    "X-Request-ID",
)
# What pages take, which OpenAPI does not describe.
QUERIES = ("q", "state", "way", "lang", "paper", "copies", "code", "next", "place")
# A stream that goes on until somebody hangs up; it takes nothing.
ENDLESS = {("aggregation", "GET", "/updates")}
# What the form for telling takes.
FIELDS = ("reference", "code", "told_on", "kind", "step", "text", "wishes", "consent")


async def misspell(typist: Typist) -> None:
    """Send every address what it cannot take; what is in it, as nobody too."""
    for place in [*typist.places(), *nowhere(typist)]:
        if place in ENDLESS:
            continue
        for request in wrong(typist, place):
            await typist.send(place, **request)
            if "params" in request:
                await typist.send(place, is_known=False, **request)


def nowhere(typist: Typist) -> Iterator[Place]:
    """Yield an address that is not there, for each service, and a strange method."""
    for service in typist.apps:
        yield service, "GET", "/{somewhere}"
        yield service, "POST", "/{somewhere}"
        yield service, typist.marks.new(f"{service} method"), "/healthz"


def wrong(typist: Typist, place: Place) -> Iterator[dict[str, Any]]:
    """Yield what to send: each with marks of its own."""
    yield {"names": _Marked(typist, place), "params": queries(typist, place)}
    yield {"headers": headers(typist, place), "names": _Ids(typist.names)}
    if place[1] not in ("GET", "DELETE"):
        for body in bodies(typist, place):
            yield {"names": _Ids(typist.names), **body}


def queries(typist: Typist, place: Place) -> dict[str, str]:
    described = typist.described(place).get("parameters", ())
    names = [one["name"] for one in described if one["in"] == "query"]
    return {n: typist.marks.new(f"{place} ?{n}") for n in names or QUERIES}


def headers(typist: Typist, place: Place) -> dict[str, str]:
    return {name: typist.marks.new(f"{place} {name}:") for name in HEADERS}


def bodies(typist: Typist, place: Place) -> Iterator[dict[str, Any]]:
    """Yield bodies of the wrong shape, broken off, and of the wrong kind."""

    def mark(what: str) -> str:
        return typist.marks.new(f"{place} {what}")

    sent = typist.typed.get(place)
    if isinstance(sent, dict):
        yield {"json": {name: {mark("key"): [mark("value")]} for name in sent}}
        yield {"json": {**sent, mark("field"): mark("field's value")}}
        yield {"json": {name: f"{mark('long')} " * 3_000 for name in sent}}
    yield {"json": [mark("list"), {mark("key"): mark("value")}]}
    kind = {"content-type": "application/json"}
    yield {"content": json.dumps({mark("key"): mark("end")})[:-2], "headers": kind}
    yield {"content": mark("plain"), "headers": {"content-type": mark("type")}}
    yield {"data": {mark("name"): mark("value"), "form": mark("form")}}
    # A page shows people what they typed; a document does not say it again.
    document = {"accept": "application/json"}
    yield {"data": {name: mark(name) for name in FIELDS}, "headers": document}


class _Marked(dict[str, str]):
    """What stands for each part of a path: a mark."""

    def __init__(self, typist: Typist, place: Place) -> None:
        super().__init__()
        self._typist, self._place = typist, place

    def __missing__(self, name: str) -> str:
        return self._typist.marks.new(f"{self._place} {name}")


class _Ids(dict[str, str]):
    """What stands for each part of a path: what is there, or an id of nothing."""

    def __missing__(self, _: str) -> str:
        return str(uuid4())
