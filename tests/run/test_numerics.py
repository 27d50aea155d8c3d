"""Threads of the process that computes."""

import os
import subprocess
import sys

ONE_PROCESS = """
import sys, torch
from pathlib import Path
from prunebench.plugin.registry import load_registry
from prunebench.run.hands import Hands
from prunebench.run.numerics import settled
from prunebench.run.run import Places, choose_executor
store = Path(sys.argv[1])
choose_executor(load_registry(), Places(store, store), Hands(0), ())
with settled():
    print(torch.get_num_threads(), torch.get_num_interop_threads())
"""


def test_without_workers_this_process_computes_with_one_thread(tmp_path):
    """As in a worker, whatever the user's environment says of threads."""
    asked = [sys.executable, "-c", ONE_PROCESS, str(tmp_path / "store")]
    environment = {**os.environ, "OMP_NUM_THREADS": "3"}
    said = subprocess.run(asked, env=environment, capture_output=True, text=True, check=True)

    assert said.stdout == "1 1\n"
