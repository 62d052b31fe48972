"""Calls to others: the provider's keys and sign-in, and the words of moments."""

from __future__ import annotations

import httpx

PATIENCE_SECONDS = 5.0


def open_client(addresses: str) -> httpx.AsyncClient:
    """Return a client for some addresses.

    Certificates are loaded for https alone: they are three megabytes.
    """
    return httpx.AsyncClient(timeout=PATIENCE_SECONDS, verify="https:" in addresses)
