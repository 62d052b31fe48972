"""Several processes of one service: who publishes, and in what order."""

from __future__ import annotations

from contextlib import ExitStack

from deploy.local.processes import WebProcess
from shared.outbox import RELAY_LOCK
from tests import builders
from tests.faults.ledger import Ledger, Record, check_order
from tests.faults.processes import frozen, metric, restart, second_process
from tests.faults.sending import Sender
from tests.faults.topics import read_all
from tests.system import System, until

LEADING = "livingwell_relay_is_leading"
ORGANISATION = "FAULT3"
IMPATIENT = {"INTAKE_RELAY_PATIENCE_SECONDS": "2"}
HAS_TAKEN = f"""
select from pg_stat_activity join pg_locks using (pid)
where locktype = 'advisory' and objid = {RELAY_LOCK} and state = 'idle' and granted
  and query_start > (select max(occurred_at) from outbox)
"""


async def leads(process: WebProcess) -> bool:
    return await metric(process.port, LEADING) == 1


async def leader_first(processes: list[WebProcess]) -> list[WebProcess]:
    """Wait until one process leads; return it and the other."""

    async def does_one_lead() -> bool:
        return sum([await leads(process) for process in processes]) == 1

    await until(does_one_lead, "one process leads")
    leading = [await leads(process) for process in processes]
    return processes if leading[0] else processes[::-1]


async def see(sender: Sender, record: Record, numbers: range) -> None:
    """Send contacts of a referral, each a newer state of the same key."""
    for number in numbers:
        contact = {
            "reference": f"C{number}",
            "contact_on": f"2026-04-{number + 1:02}",
            "attended": True,
        }
        await sender.change(record, "contacts", contact)


async def test_two_processes_that_write_at_once_keep_the_order_of_each_key(
    system: System, ledger: Ledger
) -> None:
    known = set(ledger.records)
    async with second_process(system, "intake") as second:
        urls = [system.settings.url("intake"), f"http://127.0.0.1:{second.port}"]
        sender = Sender(ledger, {"intake": urls})
        await sender.live_all(range(40))
        assert sender.unclear == 0
        await ledger.check()
        await sender.close()
    mine = [one for id, one in ledger.records.items() if id not in known]
    check_order(
        [m for m in await read_all(system) if m.topic == "livingwell.referrals"],
        [one for one in mine if one.kind.name == "referral"],
    )


async def test_a_relay_that_wakes_up_late_publishes_nothing_over_its_successor(
    system: System, ledger: Ledger
) -> None:
    await restart(system.services["intake"], **IMPATIENT)
    async with second_process(system, "intake", **IMPATIENT) as second:
        processes = [system.services["intake"], second]
        for _ in range(2):
            leader, other = await leader_first(processes)
            url = f"http://127.0.0.1:{other.port}"
            sender = Sender(ledger, {"intake": [url]})
            record = await sender.post("referral", ORGANISATION, builders.a_referral())
            await be_overtaken(system, sender, record, (leader, other))
            await sender.close()
            await ledger.check()
    await restart(system.services["intake"])


async def be_overtaken(
    system: System,
    sender: Sender,
    record: Record,
    processes: tuple[WebProcess, WebProcess],
) -> None:
    """Freeze the leader with older states on their way; the other publishes newer."""
    leader, other = processes
    kafka = system.infrastructure.kafka.child
    leader_freezes = ExitStack()
    with frozen(kafka):
        await see(sender, record, range(5))

        async def has_taken() -> bool:
            return bool(await system.fetch("intake", HAS_TAKEN))

        await until(has_taken, "the leader has older states in its hands")
        leader_freezes.enter_context(frozen(leader.child))
    with leader_freezes:
        await until(lambda: leads(other), "the other process leads")
        await see(sender, record, range(5, 10))

        async def is_published() -> bool:
            [row] = await system.fetch("intake", "select count(*) from outbox")
            return not row[0]

        await until(is_published, "the successor has published everything")
