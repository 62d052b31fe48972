"""Publishes frameworks over HTTP."""

from __future__ import annotations

from typing import Any

import httpx

from tests.frameworks import a_framework, as_yaml


async def put(
    api: httpx.AsyncClient,
    headers: dict[str, str],
    framework: dict[str, Any],
    if_match: str | None = None,
) -> httpx.Response:
    more = {"If-Match": if_match} if if_match else {}
    return await api.put(
        f"/frameworks/{framework['id']}",
        content=as_yaml(framework),
        headers=headers | more | {"Content-Type": "application/yaml"},
    )


async def published(
    api: httpx.AsyncClient, headers: dict[str, str], *frameworks: dict[str, Any]
) -> list[str]:
    """Publish versions one after the other; return their names."""
    etag, names = None, []
    for framework in frameworks:
        answer = await put(api, headers, framework, etag)
        assert answer.status_code == 201, answer.text
        etag = answer.headers["ETag"]
        names.append(answer.json()["version"])
        assert etag == f'"{names[-1]}"'
    return names


def a_site(name: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a framework of Riverside that holds from July 2025 on."""
    return a_framework(name, **({"valid_from": "2025-07-01"} | changes))
