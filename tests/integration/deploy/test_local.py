"""The local stack: rights in its database, what survives a kill, what it refuses."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import psutil
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from deploy.local.errors import StackError
from deploy.local.home import Secrets, open_home, remove_home
from deploy.local.issuer import ALGORITHM, Issuer
from deploy.local.lock import only_stack, stop_stack
from deploy.local.ports import free_port, require_free
from deploy.local.postgres import Postgres
from deploy.local.probes import broker_answers, service_is_ready
from deploy.local.settings import HOST, SERVICES

REPOSITORY = Path(__file__).parents[3]
PARENT = """
import sys, time
from pathlib import Path
from deploy.local.child import Child
folder, environment = Path(sys.argv[1]), {"PATH": "/usr/bin:/bin"}
child = Child("sleep", ["sleep", "60"], folder / "log", environment, folder)
child.start()
print(child.process_id, flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[Postgres]:
    """Return a server in a folder that, unlike pytest's own, others may pass."""
    with TemporaryDirectory() as folder:
        secrets = Secrets(Path(folder) / "secrets.json")
        server = Postgres(Path(folder) / "server", free_port(), secrets)
        await server.start()
        yield server
        await server.stop()


@pytest.mark.parametrize("role", SERVICES)
async def test_a_role_reaches_its_own_database_and_no_other(
    server: Postgres, role: str
) -> None:
    connection = await asyncpg.connect(server.url(role))
    assert await connection.fetchval("select current_database()") == role
    await connection.close()
    own, _, _ = server.url(role).rpartition("/")
    for other in {*SERVICES, "postgres", "template1"} - {role}:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(f"{own}/{other}")


@pytest.mark.parametrize("role", [*SERVICES, "postgres"])
async def test_nobody_gets_in_without_the_right_password(
    server: Postgres, role: str
) -> None:
    for password in ("", ":wrong", f":{role}"):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(
                f"postgresql://{role}{password}@{HOST}:{server.port}/{role}"
            )


def test_the_server_opens_no_socket_file(server: Postgres) -> None:
    assert not list(server.folder.rglob(".s.PGSQL*"))
    assert not list(Path("/tmp").glob(f".s.PGSQL.{server.port}"))


def test_secrets_are_for_their_owner_only(server: Postgres) -> None:
    mode = (server.folder.parent / "secrets.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


async def test_what_was_committed_survives_kills_even_during_recovery(
    server: Postgres,
) -> None:
    url = await server.create_database("survivor")
    connection = await asyncpg.connect(url)
    await connection.execute(
        "create table kept as select generate_series(1, 50000) as number"
    )
    server.child.kill()
    connection.terminate()
    recovery = asyncio.create_task(server.start())
    await asyncio.sleep(0.1)
    server.child.kill()
    recovery.cancel()
    await asyncio.wait([recovery])
    await server.start()
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("select count(*) from kept") == 50_000
    await connection.close()
    await server.drop_database("survivor")


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_second_stack_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    refused = pytest.raises(StackError, match=f"process {os.getpid()}")
    with only_stack(tmp_path), refused, only_stack(tmp_path):
        pass
    assert not stop_stack(tmp_path)


def test_a_taken_port_is_named_with_who_wants_it_and_what_to_set() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        expected = f"port {port}, wanted by kafka.*LIVINGWELL_PORT_OFFSET"
        with pytest.raises(StackError, match=expected):
            require_free("kafka", port)


async def test_nobody_listening_is_not_ready() -> None:
    port = free_port()
    assert not await broker_answers(HOST, port)
    assert not await service_is_ready(HOST, port)


def test_a_folder_with_other_things_is_neither_used_nor_removed(
    tmp_path: Path,
) -> None:
    (tmp_path / "letter.txt").touch()
    with pytest.raises(StackError, match="LIVINGWELL_HOME"):
        open_home(tmp_path)
    with pytest.raises(StackError, match="nothing removed"):
        remove_home(tmp_path)


def test_removing_the_data_leaves_what_others_put_there(tmp_path: Path) -> None:
    home = open_home(tmp_path / "home")
    Secrets(home / "secrets.json").get("x")
    (home / "letter.txt").touch()
    assert remove_home(home) == ["letter.txt"]
    (home / "letter.txt").unlink()
    assert remove_home(home) == []
    assert not home.exists()


def test_a_token_says_who_it_is_and_is_signed_by_the_published_key(
    tmp_path: Path,
) -> None:
    url = "http://127.0.0.1:8004"
    token = Issuer(tmp_path / "home", url).token("RAB", ["partner", "viewer"])
    keys = KeySet.import_key_set(Issuer(tmp_path / "home", url).keys())  # type: ignore[arg-type]
    claims = jwt.decode(token, keys, algorithms=[ALGORITHM]).claims
    assert claims["iss"] == url
    assert claims["aud"] == "livingwell"
    assert claims["org"] == "RAB"
    assert claims["roles"] == ["partner", "viewer"]
    assert claims["nbf"] == claims["iat"] < claims["exp"]
    assert "d" not in keys.as_dict(private=False)["keys"][0]
