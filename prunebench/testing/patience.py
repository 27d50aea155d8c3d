"""A limit on how long something may take, where the system can set one."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType

from prunebench.errors import ContractError


@contextmanager
def within(seconds: float, message: str) -> Iterator[None]:
    """Stop a block that takes longer; another's timer goes on afterwards as if nothing had been.

    Without effect outside the main thread and where there are no timers.

    Raises
    ------
    ContractError
        With the message, inside the block.
    """
    if not hasattr(signal, "setitimer") or not is_main():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a handler's signature
        raise ContractError(message)

    began = monotonic()
    handler = signal.signal(signal.SIGALRM, end)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if left:
            remaining = max(0.01, left - (monotonic() - began))
            signal.setitimer(signal.ITIMER_REAL, remaining, interval)


def is_main() -> bool:
    """Say whether this is the main thread, to which signals come."""
    return threading.current_thread() is threading.main_thread()
