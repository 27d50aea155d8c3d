"""Work in an interpreter of its own: what is measured there, nothing before it has warmed up.

::

    python -m benchmarks.speed.fresh benchmarks.speed.bookkeeping:plan 2000 FOLDER
"""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


def in_fresh(target: str, amount: int, folder: Path) -> float:
    """Give the seconds that a function, ``module:name``, measures in a new interpreter."""
    command = [sys.executable, "-m", __spec__.name, target, str(amount), str(folder)]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    if done.returncode:
        msg = f"{target} failed in an interpreter of its own:\n{done.stderr}"
        raise RuntimeError(msg)
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])


def main(target: str, amount: str, folder: str) -> None:
    """Call the function and print what it gives."""
    module, _, name = target.partition(":")
    taken = getattr(import_module(module), name)(int(amount), Path(folder))
    print(json.dumps({"seconds": taken}))


if __name__ == "__main__":
    main(*sys.argv[1:])
