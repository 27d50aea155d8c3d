"""``python -m benchmarks.speed``: one thread for this process and its children."""

import os

# Thread counts are read when torch is imported, by this process and by those it starts.
os.environ.update(
    dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
)

from benchmarks.speed.command import main

main()
