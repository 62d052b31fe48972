"""Whatever is done to the audit behind the services' back, the proof finds it."""

from __future__ import annotations

import asyncpg
import pytest

from shared.audit.sealing import Chain
from shared.audit.verification import hash_of, verify
from tests.integration.shared.audits import ADD, add, sealed, tamper


@pytest.mark.parametrize(
    "change",
    [
        "organisation = 'RX2'",
        "subject = 'somebody else'",
        "type = 'uk.livingwell.referral.corrected.v1'",
        "record = uuidv4()",
        "sequence = sequence + 1",
        "purpose = null",
        "at = at - interval '1 microsecond'",
    ],
)
async def test_a_changed_row_is_found(audited: asyncpg.Connection, change: str) -> None:
    await sealed(audited, 3, 5, 2)
    faults = await tamper(audited, f"update audit set {change} where id = 6")
    assert faults == ["seal 2 does not fit its rows (4 to 8)"]


async def test_a_removed_row_is_found(audited: asyncpg.Connection) -> None:
    await sealed(audited, 3, 5, 2)
    faults = await tamper(audited, "delete from audit where id = 5")
    assert "seal 2 covers 1 rows that are gone" in faults


async def test_rows_that_change_places_are_found(audited: asyncpg.Connection) -> None:
    await sealed(audited, 4)
    swap = """
    update audit a set record = b.record, sequence = b.sequence
    from audit b where (a.id, b.id) in ((2, 3), (3, 2))
    """
    assert await tamper(audited, swap) == ["seal 1 does not fit its rows (1 to 4)"]


async def test_a_row_slipped_in_is_found(audited: asyncpg.Connection) -> None:
    # A rolled back write leaves an id that nobody holds any more.
    transaction = audited.transaction()
    await transaction.start()
    await add(audited)
    await transaction.rollback()
    await sealed(audited, 3)
    aged = "update seal set sealed_at = sealed_at - interval '1 hour'"
    await tamper(audited, aged)
    await add(audited)
    await (await Chain.load(audited)).seal_all(audited)
    slip = """
    insert into audit (id, organisation, subject, type, record, sequence)
    overriding system value values (1, 'RX1', 'x', 'y', uuidv4(), 1)
    """
    assert "1 rows were slipped in: 1" in await tamper(audited, slip)


async def test_a_removed_seal_is_found(audited: asyncpg.Connection) -> None:
    await sealed(audited, 3, 5, 2)
    faults = await tamper(audited, "delete from seal where number = 2")
    assert "between seal 1 and 3 some are gone" in faults
    assert "seal 3 does not continue the one before" in faults


async def test_a_seal_made_anew_breaks_the_next(audited: asyncpg.Connection) -> None:
    await sealed(audited, 3, 5, 2)
    await tamper(audited, "update audit set subject = 'x' where id = 5")
    [seal] = await audited.fetch(
        """select number, (extract(epoch from sealed_at) * 1000000)::bigint as sealed,
        previous from seal where number = 2"""
    )
    rows = await audited.fetch(
        """select id, (extract(epoch from at) * 1000000)::bigint, organisation, subject,
        type, record::text, sequence, purpose from audit where id between 4 and 8
        order by id"""
    )
    forged = hash_of((2, seal["sealed"], [(4, 9)]), rows, bytes(seal["previous"]))
    faults = await tamper(
        audited, f"update seal set hash = '\\x{forged}' where number = 2"
    )
    assert faults == ["seal 3 does not continue the one before"]


async def test_a_chain_cut_short_is_found_with_what_an_earlier_proof_said(
    audited: asyncpg.Connection,
) -> None:
    proof = await sealed(audited, 3, 5, 2)
    anchor = (proof.seals, proof.head)
    assert (await verify(audited, anchor)).faults == []
    cut = "delete from seal where number = 3; delete from audit where id > 8"
    assert await tamper(audited, cut) == []
    assert (await verify(audited, anchor)).faults == [
        "seal 3 is gone, and all after it"
    ]
    # Sealed again, it has as many seals as before, and is another chain.
    await audited.execute(ADD, "RX1", "x", 2)
    await (await Chain.load(audited)).seal_all(audited)
    assert (await verify(audited, anchor)).faults == [
        "seal 3 is not the one that was expected"
    ]
