"""Tokens and an issuer's keys for tests."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from shared.access import TokenChecker
from shared.settings import ServiceSettings

ISSUER = "http://issuer.example"
KEY = ECKey.generate_key("P-256", {"kid": "ec-1"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed-1"})
STRANGER = ECKey.generate_key("P-256", {"kid": "ec-1"})
LATER = ECKey.generate_key("P-256", {"kid": "ec-2"})
AnyKey = ECKey | RSAKey | OKPKey | OctKey


class Keys:
    """An issuer's keys, on a server that counts how often it is asked."""

    def __init__(self, *keys: AnyKey) -> None:
        self.keys = keys
        self.asked = 0
        self.status = 200
        self.raw: bytes | None = None
        self.port = 0

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        public = {"keys": [key.as_dict(private=False) for key in self.keys]}
        body = json.dumps(public).encode() if self.raw is None else self.raw
        head = f"HTTP/1.1 {self.status} X\r\nContent-Length: {len(body)}\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    def checker(self, **changes: Any) -> TokenChecker:  # noqa: ANN401
        values: dict[str, Any] = {
            "database_url": "postgresql://nobody@127.0.0.1:9/nothing",
            "kafka_bootstrap_servers": "127.0.0.1:9",
            "token_issuer": ISSUER,
            "token_jwks_url": f"http://127.0.0.1:{self.port}/jwks.json",
            "secret": "00" * 32,
            "secret_id": "test-1",
        }
        return TokenChecker(ServiceSettings(**values | changes))


@asynccontextmanager
async def an_issuer() -> AsyncIterator[Keys]:
    """Run an issuer with three keys."""
    keys = Keys(KEY, RSA, ED)
    server = await asyncio.start_server(keys.serve, "127.0.0.1", 0)
    keys.port = server.sockets[0].getsockname()[1]
    yield keys
    server.close()
    await server.wait_closed()


def claims(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    now = int(time.time())
    values: dict[str, Any] = {
        "iss": ISSUER,
        "aud": "livingwell",
        "sub": "somebody",
        "org": "RX1",
        "roles": ["partner"],
        "exp": now + 600,
    }
    values |= changes
    return {name: value for name, value in values.items() if value is not None}


def a_token(
    key: AnyKey = KEY,
    algorithm: str = "ES256",
    **changes: Any,  # noqa: ANN401
) -> str:
    header = {"alg": algorithm, "kid": key.kid} | changes.pop("header", {})
    return jwt.encode(header, claims(**changes), key, algorithms=[algorithm])


def raw_token(header: object, payload: object, signature: bytes = b"x") -> str:
    parts = (json.dumps(header).encode(), json.dumps(payload).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in parts)
