"""The state of the process that decides bits: threads and denormal numbers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@contextmanager
def settled() -> Iterator[None]:
    """Compute with one thread and without denormal numbers, as every stage's key says.

    One thread per worker is fastest on CPUs and makes results independent of the number of
    workers. Adam's averages of a weight whose gradient stays zero decay into denormal numbers,
    which are a hundred times slower than zero. The process is left with its own number of threads
    and with denormal numbers.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        # On CUDA "float32" means float32, and a stage that is done again gives the same bytes.
        with torch.backends.cudnn.flags(
            enabled=True, benchmark=False, deterministic=True, allow_tf32=False
        ):
            yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(threads)


def one_thread_environment() -> dict[str, str]:
    """Give environment variables for a worker; they count only before torch is loaded."""
    return dict(os.environ) | dict.fromkeys(THREAD_VARIABLES, "1")
