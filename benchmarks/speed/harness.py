"""What the harness costs beside training: a grid of short trials, planning, reporting.

Stages are far shorter here than in any real study, so the overhead share is an upper bound. Run it
on a machine that does nothing else::

    python benchmarks/speed/harness.py [--epochs 8] [--skip-workers]
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from prunebench.core.digest import Json
from prunebench.experiment.schema import validate
from prunebench.plugin.registry import Registry, load_registry
from prunebench.report.render import render
from prunebench.results.folder import write_record, write_results
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord
from prunebench.run.executor import Executor, InlineExecutor
from prunebench.run.planning import make_plan
from prunebench.run.processes import ProcessExecutor
from prunebench.run.run import Finished, Places, Run
from prunebench.store.store import Store

GRID: dict[str, Json] = {
    "model": "smallconv[width=4]",
    "methods": ["magnitude", "l1filter"],
    "protocols": ["ticket", "random", "finetune", "scratch-e"],
    "densities": [0.5, 0.25],
    "seeds": 6,
}
LARGE: dict[str, Json] = {
    "methods": ["magnitude", "l1filter"],
    "protocols": ["ticket", "random", "finetune", "scratch-e", "scratch-b"],
    "densities": [round(0.3 + 0.035 * number, 3) for number in range(20)],
    "seeds": 50,
}


@dataclass(frozen=True)
class Bench:
    """Plugins, a temporary folder, and how long the trials of the grid are."""

    registry: Registry
    folder: Path
    epochs: int

    def run(self, name: str, make: Callable[[Path], Executor]) -> tuple[Finished, float]:
        """Run the grid in a store of its own; gives what it left and its wall time."""
        recipe: Json = {"preset": "digits", "length": self.epochs, "finetune": {"length": 1}}
        experiment = validate({**GRID, "recipe": recipe}, "harness")
        began = perf_counter()
        plan = make_plan(self.registry, experiment, self.folder, fetch=False)
        places = Places(self.folder / name, self.folder)
        run = Run(self.registry, experiment, plan, places, "harness")
        return run.execute(make(places.store)), perf_counter() - began

    def overhead(self) -> None:
        """Compare the time inside trainings and evaluations with the time of the whole run."""
        finished, wall = self.run("inline", lambda at: InlineExecutor(self.registry, Store(at)))
        store = Store(self.folder / "inline")
        records = [store.record(key) for key in finished.outcome.executed]
        inside = sum(float(str(record.get("seconds", 0.0))) for record in records)
        print(
            f"{len(finished.rows)} rows, {len(records)} stages: {wall:.2f} s, of which {inside:.2f}"
            f" in training, pruning and evaluation; overhead {100 * (1 - inside / wall):.1f} %,"
            f" {1000 * (wall - inside) / len(records):.1f} ms a stage"
        )
        _, again = self.run("inline", lambda at: InlineExecutor(self.registry, Store(at)))
        print(f"the same again, all reused: {again:.2f} s")

    def workers(self) -> None:
        """Compare one worker with two."""
        walls = [
            self.run(f"workers{count}", lambda at, count=count: ProcessExecutor(at, count))[1]
            for count in (1, 2)
        ]
        print(f"1 worker {walls[0]:.2f} s, 2 workers {walls[1]:.2f} s: {walls[0] / walls[1]:.2f}x")

    def planning(self) -> None:
        """Plan ten thousand trials."""
        began = perf_counter()
        plan = make_plan(self.registry, validate(LARGE, "harness"), self.folder, fetch=False)
        print(
            f"planning {len(plan.trials)} rows, {len(plan.stages)} stages: "
            f"{perf_counter() - began:.2f} s"
        )

    def reporting(self) -> None:
        """Report over ten thousand rows: 5 models, 8 methods, 5 targets, 5 protocols, 10 seeds."""
        folder = self.folder / "report"
        record = RunRecord("id", "2026-01-01T00:00:00+00:00", "harness", {}, {}, 0, 0)
        rows = [row(number) for number in range(10_000)]
        write_record(folder, record)
        write_results(folder, rows)
        began = perf_counter()
        render(folder)
        print(f"report over {len(rows)} rows: {perf_counter() - began:.2f} s")


def row(number: int) -> Measurement:
    """Make one made-up row."""
    rest, seed = divmod(number, 10)
    rest, protocol = divmod(rest, 5)
    rest, target = divmod(rest, 5)
    model, method = divmod(rest, 8)
    density = 0.5 ** (target + 1)
    return Measurement(
        trial=str(number),
        status="ok",
        dataset="digits",
        model=f"model{model}",
        method=f"method{method}",
        protocol=f"protocol{protocol}",
        method_id=f"method{method}",
        protocol_id=f"protocol{protocol}",
        recipe="digits",
        seed=seed,
        target=str(density),
        target_density=density,
        density=density,
        test_accuracy_last=0.9 - 0.01 / density + 0.001 * seed,
        layer_densities={f"conv{layer}": density for layer in range(16)},
        curve={"step": list(range(20)), "train_loss": [1 / (step + 1) for step in range(20)]},
    )


def main() -> None:
    """Print one line per measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=8, help="length of a training")
    parser.add_argument("--skip-workers", action="store_true", help="do not compare workers")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        bench = Bench(load_registry(), Path(folder), arguments.epochs)
        bench.planning()
        bench.reporting()
        bench.overhead()
        if not arguments.skip_workers:
            bench.workers()


if __name__ == "__main__":
    main()
