"""Measure the batch norms of a pruned network anew; no weight changes."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any

import torch
from torch import nn

from prunebench.core.digest import Json
from prunebench.core.initialise import norms
from prunebench.run.bench import Bench
from prunebench.run.network import make_survivor
from prunebench.run.sampling import draw_images
from prunebench.run.task import Task
from prunebench.store.artifact import Artifact, grouped


@torch.no_grad()
def recalibrate_stage(bench: Bench, task: Task) -> Artifact:
    """Average mean and variance over batches of training images, as in training mode."""
    began = perf_counter()
    spec: Mapping[str, Any] = task.spec
    network = make_survivor(bench, spec).network.to(spec["device"])
    info, images, _ = bench.training_data(task)
    batches = draw_images(images, info.preprocessing, network, (spec["seed"], 0), spec["batch"])
    with averaging(network):
        for inputs, _ in batches(spec["images"]):
            network(inputs)
    record: dict[str, Json] = {"status": "ok", "seconds": perf_counter() - began}
    return Artifact(record, grouped(last=network.cpu().state_dict()))


class averaging:  # noqa: N801 - a context manager, used like a function
    """Let batch norms, and nothing else, collect plain averages of what they see."""

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self.momenta = {name: norm.momentum for name, norm in norms(network)}

    def __enter__(self) -> None:
        self.network.eval()
        for _, norm in norms(self.network):
            norm.reset_running_stats()
            norm.momentum = None  # torch's way to say: a plain average
            norm.train()

    def __exit__(self, *_: object) -> None:
        for name, norm in norms(self.network):
            norm.momentum = self.momenta[name]
            norm.eval()
