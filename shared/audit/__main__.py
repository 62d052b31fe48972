"""`python -m shared.audit verify --service intake [--expect NUMBER:HASH]`.

Reads `INTAKE_DATABASE_URL`; proves the chain, and says where it ends. Keep that line
somewhere else and give it to the next proof: it finds a chain that was cut, or made
anew.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys

import asyncpg
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.audit.verification import Proof, verify

SERVICES = ("intake", "measures", "stories", "aggregation")


class Address(BaseSettings):
    """Where a service's database is."""

    model_config = SettingsConfigDict(extra="ignore")

    database_url: SecretStr


def anchor(text: str) -> tuple[int, str]:
    """Read `NUMBER:HASH`.

    Raises:
        ArgumentTypeError: it is none.
    """
    if not re.fullmatch(r"[1-9][0-9]{0,18}:[0-9a-f]{64}", text):
        msg = "give NUMBER:HASH as an earlier proof printed it"
        raise argparse.ArgumentTypeError(msg)
    number, _, hash_ = text.partition(":")
    return int(number), hash_


async def prove(service: str, expected: tuple[int, str] | None) -> Proof:
    """Prove the audit of a service."""
    address = Address(_env_prefix=f"{service.upper()}_")
    connection = await asyncpg.connect(address.database_url.get_secret_value())
    try:
        return await verify(connection, expected)
    finally:
        await connection.close()


def main() -> int:
    """Prove, say what was found; 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m shared.audit", description=__doc__)
    parser.add_argument("task", choices=["verify"])
    parser.add_argument("--service", choices=SERVICES, required=True)
    parser.add_argument("--expect", type=anchor, metavar="NUMBER:HASH")
    chosen = parser.parse_args()
    proof = asyncio.run(prove(chosen.service, chosen.expect))
    sys.stdout.write(
        f"{chosen.service}: {proof.seals} seals over {proof.rows} rows,"
        f" {proof.unsealed} rows not sealed yet\n{proof.seals}:{proof.head}\n"
    )
    for fault in proof.faults:
        sys.stdout.write(f"WRONG: {fault}\n")
    return 1 if proof.faults else 0


if __name__ == "__main__":
    sys.exit(main())
