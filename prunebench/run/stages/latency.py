"""Time a cut network beside the dense one it was cut from.

A plain loop and not torch.utils.benchmark, which times many passes of one statement as a block:
here the two networks take turns, pass by pass, so that whatever else the machine does (clock,
heat, its own services) meets both alike, and every pass is a sample for the percentiles.
"""

from collections.abc import Mapping, Sequence
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn

from prunebench.core.digest import Json
from prunebench.core.surgery import cut
from prunebench.run.bench import Bench
from prunebench.run.network import build, read_mask
from prunebench.run.task import Task
from prunebench.store.artifact import Artifact
from prunebench.training.precision import autocast

CONDITIONS = ("device", "precision", "channels_last", "warmup", "repeats")
"""Fields of the spec that stand in the row."""


def latency_stage(bench: Bench, task: Task) -> Artifact:
    """Time both networks at every batch size, in milliseconds for a whole batch."""
    began = perf_counter()
    spec: Mapping[str, Any] = task.spec
    networks = [placed(network, spec) for network in pair(bench, spec)]
    batches: dict[str, Json] = {
        str(size): compare(networks, images_of(size, spec), spec) for size in spec["batches"]
    }
    measured: dict[str, Json] = {name: spec[name] for name in CONDITIONS}
    measured |= {"threads": torch.get_num_threads(), "batches": batches}
    return Artifact({"status": "ok", "latency": measured, "seconds": perf_counter() - began})


def pair(bench: Bench, spec: Mapping[str, Any]) -> tuple[nn.Module, nn.Module]:
    """Build the dense network, freshly drawn, and what the mask leaves of it."""
    dense, groups = build(bench.model(spec["model"]), spec["model"])
    mask, _ = read_mask(bench.artifact(spec["mask"]))
    return dense, cut(dense, groups, mask)


def placed(network: nn.Module, spec: Mapping[str, Any]) -> nn.Module:
    """Change a network to eval mode, on its device and in its memory layout."""
    network.to(spec["device"]).eval()
    if spec["channels_last"]:
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # torch's stub
    return network


def images_of(size: int, spec: Mapping[str, Any]) -> Tensor:
    """Draw a batch of noise of the model's shape, (size, channels, height, width)."""
    images = torch.randn(size, *spec["model"]["shape"], device=spec["device"])
    return images.contiguous(memory_format=torch.channels_last) if spec["channels_last"] else images


def compare(
    networks: Sequence[nn.Module], images: Tensor, spec: Mapping[str, Any]
) -> dict[str, Json]:
    """Give the times of the dense and the cut network, and how many times faster the cut one is."""
    with torch.inference_mode(), autocast(images.device, spec["precision"]):
        take_turns(networks, images, spec["warmup"])
        turns = take_turns(networks, images, spec["repeats"])
    dense, pruned = (summary(seconds) for seconds in zip(*turns, strict=True))
    speedup = dense["median"] / pruned["median"]
    return {"dense": {**dense}, "pruned": {**pruned}, "speedup": speedup}


def take_turns(
    networks: Sequence[nn.Module], images: Tensor, turns: int
) -> list[tuple[float, ...]]:
    """Let every network pass the images forward once in each turn; gives seconds, turn by turn."""
    return [tuple(seconds_of(network, images) for network in networks) for _ in range(turns)]


def seconds_of(network: nn.Module, images: Tensor) -> float:
    """Time one forward pass, from an idle device until the device is done."""
    finish(images.device)
    began = perf_counter()
    network(images)
    finish(images.device)
    return perf_counter() - began


def finish(device: torch.device) -> None:
    """Wait for a device that works while Python goes on."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """Give median and the tenth and ninetieth percentile in milliseconds.

    >>> summary([0.001, 0.002, 0.003, 0.004, 0.101])
    {'median': 3.0, 'p10': 1.4, 'p90': 62.2}
    """
    deciles = quantiles(seconds, n=10, method="inclusive")
    found = {"median": median(seconds), "p10": deciles[0], "p90": deciles[-1]}
    return {name: round(1000 * value, 6) for name, value in found.items()}
