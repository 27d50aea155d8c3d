"""What bf16 does to accuracy, and to time: rows of one run paired by seed.

The run holds the same trials in both precisions, as `benchmarks/precision.toml` asks for them::

    prunebench run benchmarks/precision.toml --out reports/precision
    python -m benchmarks.speed.precision reports/precision
"""

import sys
from pathlib import Path
from statistics import median

import pandas as pd

from prunebench.cli.text import print_table
from prunebench.results.frame import load_results
from prunebench.statistics.paired import paired

HEADERS = ("network", "seeds", "fp32", "bf16", "difference", "95 % interval", "p", "faster")
TRIAL = ["model", "method", "target", "protocol"]


def frame_of(folder: Path) -> pd.DataFrame:
    """Read a run's rows, one column per precision, indexed by trial and seed."""
    rows = load_results(folder)
    rows["precision"] = [settings["training"]["precision"] for settings in rows["settings"]]
    rows["step_seconds"] = rows["seconds"] / rows["steps"]
    values = ["test_accuracy_last", "step_seconds"]
    return rows.pivot_table(values, [*TRIAL, "seed"], "precision", sort=False)


def line(trial: tuple[object, ...], rows: pd.DataFrame) -> list[str]:
    """Compare one trial's accuracies and times in the two precisions."""
    accuracy, seconds = rows["test_accuracy_last"], rows["step_seconds"]
    found = paired(100 * (accuracy["bf16"] - accuracy["fp32"]))
    ratio = median(seconds["fp32"] / seconds["bf16"])
    interval = "-" if found.low is None else f"[{found.low:+.2f}, {found.high:+.2f}]"
    return [
        " ".join(str(part) for part in trial[1:] if part),
        str(found.n),
        f"{100 * accuracy['fp32'].mean():.2f}",
        f"{100 * accuracy['bf16'].mean():.2f}",
        f"{found.mean:+.2f}",
        interval,
        f"{found.p:.3f}",
        f"{ratio:.2f}x",
    ]


def main(folder: Path) -> None:
    """Print a line per trial: accuracies in percent, their difference in points, the time ratio."""
    groups = frame_of(folder).groupby(level=TRIAL, sort=False)
    print_table(HEADERS, [line(trial, rows) for trial, rows in groups])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
