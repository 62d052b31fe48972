"""Looking at ports before somebody else's answer on them is taken for ours."""

import socket

from deploy.local.errors import StackError
from deploy.local.settings import HOST


def free_port() -> int:
    """Return a port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def require_free(part: str, port: int) -> None:
    """Check that a part of the stack can have its port.

    Raises:
        StackError: somebody listens there already.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise StackError(
                f"port {port}, wanted by {part}, is taken ({error.strerror}): stop "
                "what uses it or set LIVINGWELL_PORT_OFFSET, for example to 100"
            ) from None
