"""Asking a broker and a service whether they are ready, in a few bytes each.

No client library: the launcher asks often while the processors are busy starting.
"""

import asyncio
import struct

_METADATA = 3
_VERSION = 4
_CLIENT = b"probe"


async def broker_answers(host: str, port: int, timeout_seconds: float = 2) -> bool:
    """Say whether a broker answers and takes part in its cluster.

    A broker lists itself only once its controller has let it in; before that
    topics can't be created on it. (Kafka protocol guide, Metadata request v4.)
    """
    try:
        async with asyncio.timeout(timeout_seconds):
            return await _count_brokers(host, port) > 0
    except (OSError, TimeoutError, EOFError, struct.error):
        return False


async def _count_brokers(host: str, port: int) -> int:
    """Ask for the cluster's brokers and no topics; return how many there are."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        header = struct.pack(">hhih", _METADATA, _VERSION, 1, len(_CLIENT)) + _CLIENT
        body = struct.pack(">i?", 0, False)
        writer.write(struct.pack(">i", len(header + body)) + header + body)
        (size,) = struct.unpack(">i", await reader.readexactly(4))
        answer = await reader.readexactly(size)
        count: int = struct.unpack_from(">i", answer, 8)[0]
        return count
    finally:
        writer.close()


async def service_is_ready(host: str, port: int, timeout_seconds: float = 5) -> bool:
    """Say whether `GET /readyz` answers 200."""
    try:
        async with asyncio.timeout(timeout_seconds):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(b"GET /readyz HTTP/1.0\r\n\r\n")
                return b" 200 " in await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
