"""Databases and roles on one server, each role barred from all but its own."""

import re

import asyncpg

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


async def add_database(
    connection: "asyncpg.Connection[asyncpg.Record]", name: str, password: str
) -> None:
    """Make a database and the only role that may connect to it, if missing.

    The password is set every time: it follows the file of secrets.
    """
    _require_plain(name)
    if not await connection.fetchval("select 1 from pg_roles where rolname = $1", name):
        await connection.execute(f'create role "{name}" login')
    await connection.execute(f"alter role \"{name}\" password '{password}'")
    if not await connection.fetchval(
        "select 1 from pg_database where datname = $1", name
    ):
        await connection.execute(f'create database "{name}" owner "{name}"')
    await connection.execute(f'revoke all on database "{name}" from public')
    await connection.execute("revoke all on database postgres, template1 from public")


async def drop_database(
    connection: "asyncpg.Connection[asyncpg.Record]", name: str
) -> None:
    """Remove a database and its role, whoever is connected."""
    _require_plain(name)
    await connection.execute(f'drop database if exists "{name}" with (force)')
    await connection.execute(f'drop role if exists "{name}"')


def _require_plain(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no plain name for a database")
