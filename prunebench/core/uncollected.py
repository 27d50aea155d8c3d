"""Work that leaves no garbage is not searched for any."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep Python from looking for garbage in a block whose objects are all kept to its end.

    It would walk through all of them, and all of torch, again and again, and find next to nothing:
    a quarter of the time that a plan of ten thousand trials takes, or a report of as many.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
