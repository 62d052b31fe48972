"""What can go wrong while the local stack starts, runs or stops."""


class StackError(Exception):
    """The local stack cannot go on; the message says why and what to do."""
