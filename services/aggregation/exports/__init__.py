"""Figures as files, through the same gate as everywhere, written as they are read."""

from __future__ import annotations

import asyncio

from services.aggregation.exports.api import router


def room(at_once: int) -> dict[str, asyncio.Semaphore]:
    """Return how many files may be written at once: for the public, and for others."""
    return {who: asyncio.Semaphore(at_once) for who in ("public", "known")}


__all__ = ["room", "router"]
