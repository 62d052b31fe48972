"""The command line: `python -m deploy.local up | demo | token | down | reset`.

What only one command needs is imported there: `up` leaves the processors to the parts.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from deploy.local.errors import StackError
from deploy.local.home import remove_home
from deploy.local.lock import stop_stack
from deploy.local.settings import SERVICES, LocalSettings
from deploy.local.stack import run_stack

cli = typer.Typer(
    help="The whole system on one machine, with nothing installed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
console = Console(stderr=True, highlight=False)


@cli.command()
def up() -> None:
    """Start everything in the foreground; print `ready` once every service answers."""
    settings = LocalSettings()

    async def say_ready() -> None:
        _announce(settings)

    _run(settings, say_ready)


@cli.command()
def demo(
    exit_when_shown: Annotated[
        bool, typer.Option("--exit", help="Show the system view, stop and exit.")
    ] = False,
) -> None:
    """Start everything, send sample data through REST, show the system view."""
    from deploy.local import sample
    from deploy.local.issuer import Issuer

    settings = LocalSettings()
    urls = {service: settings.url(service) for service in SERVICES}

    async def show_sample() -> None:
        _announce(settings)
        token_for = Issuer(settings.folder, settings.url("issuer")).token
        await sample.send(urls, token_for, console)
        await sample.show(urls, token_for, Console(highlight=False))

    _run(settings, show_sample, stop_after=exit_when_shown)


@cli.command()
def token(
    org: Annotated[str, typer.Option(help="Organisation code, the `org` claim.")],
    role: Annotated[list[str], typer.Option(help="A role; more may follow.")],
    more: Annotated[list[str] | None, typer.Argument(hidden=True)] = None,
    subject: Annotated[str, typer.Option(help="Who it is.")] = "developer",
    lifetime_seconds: Annotated[float, typer.Option()] = 12 * 3600,
) -> None:
    """Print a token of the development issuer."""
    from deploy.local.issuer import ROLES, Issuer

    roles = [name for given in [*role, *(more or [])] for name in given.split(",")]
    unknown = sorted(set(roles) - set(ROLES))
    if unknown:
        _fail(f"no such role: {', '.join(unknown)}; there are {', '.join(ROLES)}")
    settings = LocalSettings()
    try:
        issuer = Issuer(settings.folder, settings.url("issuer"))
    except StackError as error:
        _fail(str(error))
    typer.echo(issuer.token(org, roles, subject, lifetime_seconds))


@cli.command()
def down() -> None:
    """Stop the stack that runs on the data folder."""
    _stop(LocalSettings())


@cli.command()
def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Stop the stack and remove its data folder."""
    settings = LocalSettings()
    if not yes:
        typer.confirm(f"Remove everything in {settings.folder}?", abort=True, err=True)
    _stop(settings)
    try:
        left = remove_home(settings.folder)
    except StackError as error:
        _fail(str(error))
    if left:
        console.print(f"left alone in {settings.folder}: {', '.join(left)}")


def _announce(settings: LocalSettings) -> None:
    """Say on standard output that all is ready, and on the other where it is."""
    console.print(f"[bold]Open {settings.url('aggregation')}[/bold], stop with Ctrl-C.")
    typer.echo("ready")


def _run(
    settings: LocalSettings,
    then: Callable[[], Awaitable[None]],
    *,
    stop_after: bool = False,
) -> None:
    """Run the stack until a signal, or until `then` is done."""

    async def run() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)

        async def then_stop() -> None:
            await then()
            if stop_after:
                stop.set()

        await run_stack(settings, console, then_stop, stop)

    try:
        asyncio.run(run())
    except StackError as error:
        _fail(str(error))


def _stop(settings: LocalSettings) -> None:
    try:
        stopped = stop_stack(settings.folder)
    except StackError as error:
        _fail(str(error))
    console.print("stopped" if stopped else f"nothing runs on {settings.folder}")


def _fail(message: str) -> NoReturn:
    console.print(message, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    cli(prog_name="python -m deploy.local")
