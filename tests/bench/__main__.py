"""`python -m tests.bench [--only NAME…] [--quick] [--out FILE]`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import uvloop
from rich.console import Console

from deploy.local.errors import StackError
from tests.bench import (
    batch,
    demo,
    desk,
    exports,
    freshness,
    imports,
    memory,
    rebuild,
    report,
    rescore,
    single,
    view,
)
from tests.bench.report import Result
from tests.bench.scale import QUICK, WHOLE, Scale
from tests.bench.stand import ROOT, NotMeasured, open_infrastructure
from tests.system import Infrastructure

MEASURES: dict[str, Callable[[Infrastructure, Scale], Awaitable[Result]]] = {
    "single": single.measure,
    "batch": batch.measure,
    "imports": imports.measure,
    "rescore": rescore.measure,
    "rebuild": rebuild.measure,
    "freshness": freshness.measure,
    "view": view.measure,
    "exports": exports.measure,
    "desk": desk.measure,
    "memory": memory.measure,
    "demo": demo.measure,
}
WIDTH_OF_A_FILE = 120
FAILURES = (AssertionError, NotMeasured, OSError, StackError, asyncpg.PostgresError)


async def bench(names: list[str], scale: Scale, out: Path) -> bool:
    """Measure, write the file after each measure, show the table at the end.

    Returns:
        Whether everything could be measured, however it came out.
    """
    errors = Console(stderr=True)
    facts, results = report.machine(), dict[str, Result]()
    async with open_infrastructure() as infrastructure:
        for name in names:
            errors.print(f"measuring {name} …", style="dim")
            try:
                results[name] = await MEASURES[name](infrastructure, scale)
            except FAILURES as error:
                reason = f"{type(error).__name__}: {error}"
                errors.print(f"{name} was not measured: {reason}", style="red")
                results[name] = Result(details={"not_measured": reason})
            report.write(out, facts, results)
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH_OF_A_FILE
    report.show(console, facts, results)
    return all(result.rows for result in results.values())


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=[*MEASURES])
    parser.add_argument("--quick", action="store_true", help="short, to try it out")
    parser.add_argument("--out", type=Path, default=ROOT / "bench.json")
    options = parser.parse_args()
    scale = QUICK if options.quick else WHOLE
    work = bench(options.only, scale, options.out)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.exit(0 if runner.run(work) else 1)


if __name__ == "__main__":
    main()
