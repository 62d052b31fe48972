"""The services and the issuer, each a process of its own."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local.child import Child
from deploy.local.errors import StackError
from deploy.local.probes import service_is_ready
from deploy.local.settings import AUDIENCE, HOST, LocalSettings

_REPOSITORY = Path(__file__).resolve().parents[2]
_PASSED_ON = ("PATH", "HOME", "LANG", "TZ", "PYTHONDONTWRITEBYTECODE")
_UVICORN = ["--factory", "--no-access-log", "--timeout-graceful-shutdown", "5"]
_UVICORN += ["--loop", "uvloop", "--http", "httptools"]
_PROBE_SECONDS = 0.2
# A day where people live; here somebody is watching.
RELEASE_SECONDS = 5


class WebProcess:
    """A process that serves HTTP and says on `/readyz` when it is ready."""

    def __init__(
        self, name: str, app: str, settings: LocalSettings, environment: dict[str, str]
    ) -> None:
        """Describe the process; `app` is its factory as uvicorn names it."""
        self.name = name
        self.port = settings.port(name)
        self._timeout_seconds = settings.start_timeout_seconds
        address = ["--host", HOST, "--port", str(self.port)]
        self.child = Child(
            name=name,
            command=[sys.executable, "-m", "uvicorn", app, *address, *_UVICORN],
            log=settings.folder / "logs" / f"{name}.log",
            environment=environment,
            folder=_REPOSITORY,
        )

    async def start(self) -> None:
        """Start the process and return when it is ready.

        Raises:
            StackError: it ended, or was not ready in time.
        """
        self.child.start()
        deadline = asyncio.get_running_loop().time() + self._timeout_seconds
        while not await service_is_ready(HOST, self.port):
            if not self.child.is_running:
                raise StackError(self.child.obituary())
            if asyncio.get_running_loop().time() > deadline:
                raise StackError(
                    f"{self.name} was not ready in time; its log is "
                    f"{self.child.log}\n{self.child.tail()}"
                )
            await asyncio.sleep(_PROBE_SECONDS)

    async def stop(self) -> None:
        """Stop the process; requests it has begun are answered first."""
        await self.child.stop()


def issuer_process(settings: LocalSettings) -> WebProcess:
    """Describe the development issuer's process."""
    environment = _clean_environment() | {
        "LIVINGWELL_HOME": str(settings.folder),
        "LIVINGWELL_PORT_OFFSET": str(settings.port_offset),
    }
    return WebProcess("issuer", "deploy.local.issuer:create_app", settings, environment)


def service_process(
    service: str, settings: LocalSettings, addresses: Mapping[str, str]
) -> WebProcess:
    """Describe a service's process.

    Args:
        service: its name, as in `services/`.
        settings: ports and data folder.
        addresses: `<SERVICE>_DATABASE_URL`, `KAFKA_BOOTSTRAP_SERVERS`,
            `LIVINGWELL_SECRET`: what is known only once the stack is put together.
    """
    issuer = settings.url("issuer")
    environment = _clean_environment(f"{service.upper()}_", "KAFKA_") | {
        "TOKEN_ISSUER": issuer,
        "TOKEN_JWKS_URL": f"{issuer}/.well-known/jwks.json",
        "TOKEN_AUDIENCE": AUDIENCE,
        "SIGN_IN_CLIENT": "livingwell-local",
        "LIVINGWELL_SECRET_ID": "local-1",
        **addresses,
    }
    if service == "stories":
        environment["STORIES_PUBLIC_URL"] = settings.url("stories")
        environment["STORIES_MEASURES_ORIGIN"] = settings.url("measures")
    if service == "measures":
        environment["MEASURES_STORIES_ORIGIN"] = settings.url("stories")
    if service == "aggregation":
        environment["AGGREGATION_STORY_ORIGINS"] = settings.url("stories")
        environment["AGGREGATION_FRAMEWORKS"] = "deploy/frameworks"
        often = str(RELEASE_SECONDS)
        environment.setdefault("AGGREGATION_RELEASE_INTERVAL_SECONDS", often)
    return WebProcess(
        service, f"services.{service}.app:create_app", settings, environment
    )


def _clean_environment(*prefixes: str) -> dict[str, str]:
    """Return what every process gets, and the variables that are meant for it."""
    passed = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or (prefixes and name.startswith(prefixes))
    }
    return {"PYTHONUNBUFFERED": "1", **passed}
