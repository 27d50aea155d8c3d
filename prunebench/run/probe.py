"""Estimate how long a plan takes, from a few training steps of each problem."""

from collections.abc import Iterable
from time import perf_counter
from typing import Any

import torch
import torch.nn.functional as F

from prunebench.core.digest import canonical
from prunebench.plan.stage import Stage
from prunebench.plugin.registry import Registry
from prunebench.run.bench import Bench
from prunebench.run.network import build
from prunebench.run.numerics import settled
from prunebench.run.stages.train import recipe_of
from prunebench.store.store import Store
from prunebench.training.optimiser import make_optimiser

PROBE_SECONDS = 0.4
STAGE_SECONDS = 0.05
"""What a stage takes beside its training steps, roughly."""

ALONE_SECONDS = 2.0
"""What timing a network takes, roughly; no other worker helps meanwhile."""


def estimate(registry: Registry, store: Store, stages: Iterable[Stage], workers: int) -> float:
    """Give the seconds a set of stages will take, roughly: masks and cut nets count as dense.

    Parameters
    ----------
    registry, store
        As for running.
    stages
        Those that are still to run.
    workers
        How many run at a time.
    """
    bench = Bench(registry, store)
    speeds: dict[str, float] = {}
    total = alone = 0.0
    for stage in stages:
        total += STAGE_SECONDS
        alone += ALONE_SECONDS * stage.alone
        if stage.steps:
            spec: dict[str, Any] = dict(stage.spec)
            name = canonical([spec["model"], spec["batch"], spec["optimiser"], spec["numerics"]])
            if name not in speeds:
                with settled():
                    speeds[name] = seconds_per_step(bench, spec)
            total += stage.steps * speeds[name]
    return alone + total / max(workers, 1)


def seconds_per_step(bench: Bench, spec: dict[str, Any]) -> float:
    """Time a few training steps on blank images."""
    model = bench.model(spec["model"])
    network, _ = build(model, spec["model"])
    device = torch.device(spec["numerics"]["device"])
    network.to(device).train()
    if spec["numerics"]["channels_last"]:
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # torch's stub
    optimiser = make_optimiser(network, recipe_of({**spec, "schedule": {"lr": 0.0}}))
    images = torch.zeros(spec["batch"], *spec["model"]["shape"], device=device)
    labels = torch.zeros(spec["batch"], dtype=torch.int64, device=device)

    def step() -> None:
        F.cross_entropy(network(images), labels).backward()
        optimiser.step(0.0)

    step()
    began, done = perf_counter(), 0
    while perf_counter() - began < PROBE_SECONDS:
        step()
        done += 1
    return (perf_counter() - began) / done
