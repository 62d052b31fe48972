"""An embedded PostgreSQL: one server, a database and a role for each service."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from deploy.local.child import Child
from deploy.local.cluster import (
    SUPERUSER,
    binaries,
    clear_leftovers,
    initialise,
    prepare_folder,
    write_access_rules,
)
from deploy.local.errors import StackError
from deploy.local.home import Secrets
from deploy.local.roles import add_database, drop_database
from deploy.local.settings import HOST, SERVICES
from deploy.local.system_user import postgres_owner

_SERVER_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "shared_buffers": "1GB",
    "min_dynamic_shared_memory": "64MB",
    "max_wal_size": "4GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "fsync": "on",
    "synchronous_commit": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# Nothing listens yet, it is still recovering, or it went away at that moment.
_NOT_YET = (OSError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError)


class Postgres:
    """A PostgreSQL server of our own in a data folder.

    Example:
        server = Postgres(folder, port=5442, secrets=Secrets(folder / "secrets.json"))
        await server.start()
        url = await server.create_database("scratch")
        await server.stop()
    """

    name = "postgres"

    def __init__(
        self,
        folder: Path,
        port: int,
        secrets: Secrets,
        *,
        log: Path | None = None,
        timeout_seconds: float = 60,
    ) -> None:
        """Describe a server that keeps its data in `folder`; nothing is started."""
        self.folder = folder.resolve()
        self.port = port
        self.log = log or self.folder / "postgres.log"
        self._secrets = secrets
        self._timeout_seconds = timeout_seconds
        self.child = self._child("postgres", self._server_options())

    @property
    def data(self) -> Path:
        """Return the folder of the database cluster."""
        return self.folder / "data"

    def url(self, database: str) -> str:
        """Return the address of a service's database, for its own role."""
        password = self._secrets.get(f"postgres_{database}")
        return f"postgresql://{database}:{password}@{HOST}:{self.port}/{database}"

    async def start(self, databases: Sequence[str] = SERVICES) -> None:
        """Start the server, make what is missing, return when it answers.

        Raises:
            StackError: it ended, or did not answer in time.
        """
        owner = self.child.owner
        prepare_folder(self.folder, owner)
        if not self.data.exists():
            await initialise(self.data, self._password(SUPERUSER), self._child)
        clear_leftovers(self.data)
        write_access_rules(self.data, owner)
        self.child.start()
        connection = await self._connect()
        try:
            for database in databases:
                await add_database(connection, database, self._password(database))
        finally:
            await connection.close()

    async def stop(self) -> None:
        """Stop the server; open connections are ended, what they committed stays."""
        await self.child.stop()

    async def create_database(self, name: str) -> str:
        """Make a further database with its own role; return its address."""
        connection = await self._connect()
        try:
            await add_database(connection, name, self._password(name))
        finally:
            await connection.close()
        return self.url(name)

    async def drop_database(self, name: str) -> None:
        """Remove a database and its role, whoever is connected to it."""
        connection = await self._connect()
        try:
            await drop_database(connection, name)
        finally:
            await connection.close()

    def _password(self, role: str) -> str:
        return self._secrets.get(f"postgres_{role}")

    def _server_options(self) -> list[str]:
        settings = {**_SERVER_SETTINGS, "port": str(self.port)}
        options = [f"{name}={value}" for name, value in settings.items()]
        return ["-D", str(self.data), *(x for o in options for x in ("-c", o))]

    def _child(self, program: str, options: Sequence[str]) -> Child:
        return Child(
            name=f"PostgreSQL ({program})",
            command=[binaries() / program, *options],
            log=self.log,
            environment={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            folder=self.folder,
            stop_signal=signal.SIGINT,
            grace_seconds=20,
            orphan_signal=signal.SIGQUIT,
            owner=postgres_owner(),
        )

    async def _connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """Connect as superuser as soon as the server lets us, recovery included."""
        deadline = asyncio.get_running_loop().time() + self._timeout_seconds
        while asyncio.get_running_loop().time() < deadline:
            if not self.child.is_running:
                raise StackError(self.child.obituary())
            try:
                with contextlib.suppress(*_NOT_YET):
                    return await self._connect_once()
            except asyncpg.InvalidPasswordError:
                raise StackError(
                    f"the secrets do not fit the databases in {self.data}; start "
                    "afresh with `python -m deploy.local reset`"
                ) from None
            await asyncio.sleep(0.05)
        raise StackError(f"PostgreSQL did not answer in time; its log is {self.log}")

    async def _connect_once(self) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(
            host=HOST,
            port=self.port,
            user=SUPERUSER,
            password=self._password(SUPERUSER),
            database="postgres",
            timeout=10,
            ssl=False,
        )
