"""The state of the process that decides bits: threads and denormal numbers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import torch

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
PINNING_VARIABLES = (
    "OMP_PROC_BIND",
    "OMP_PLACES",
    "GOMP_CPU_AFFINITY",
    "KMP_AFFINITY",
    "MKL_DOMAIN_NUM_THREADS",
)
"""Bind a process's first thread to the first core: all workers would share one. The last one
overrules the number of threads."""


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
    kept = {name: text for name, text in os.environ.items() if name not in PINNING_VARIABLES}
    return kept | dict.fromkeys(THREAD_VARIABLES, "1")


def one_operation_at_a_time() -> None:
    """Give torch one thread between operations too; it takes that once, before it is at work."""
    with suppress(RuntimeError):
        torch.set_num_interop_threads(1)
