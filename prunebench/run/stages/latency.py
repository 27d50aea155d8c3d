"""Time a pruned network beside the dense one it was made from.

A cut network is one more dense network. A masked one is run twice: its zeros multiplied by dense
kernels, and left out by a sparse backend.

A plain loop and not torch.utils.benchmark, which times many passes of one statement as a block:
here the networks take turns, pass by pass, so that whatever else the machine does (clock, heat, its
own services) meets all alike, and every pass is a sample for the percentiles.
"""

from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from statistics import median, quantiles
from time import perf_counter
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from prunebench.core.cost import kernel_macs
from prunebench.core.csr import csr_layers, library, with_csr
from prunebench.core.digest import Json
from prunebench.core.surgery import apply_weight_mask, cut
from prunebench.errors import ContractError
from prunebench.run.bench import Bench
from prunebench.run.network import build, read_mask
from prunebench.run.task import Task
from prunebench.store.artifact import Artifact
from prunebench.training.precision import autocast

CONDITIONS = ("device", "precision", "channels_last", "warmup", "repeats")
"""Fields of the spec that stand in the row."""

TOLERANCE = 1e-4
"""Sparse and dense kernels add in different orders; by this share of the largest output at most."""

Networks: TypeAlias = Mapping[str, nn.Module]
"""By what they are called in the row, the dense one first."""


def latency_stage(bench: Bench, task: Task) -> Artifact:
    """Time all networks at every batch size, in milliseconds for a whole batch."""
    began = perf_counter()
    spec: Mapping[str, Any] = task.spec
    is_sparse = "backend" in spec
    networks = masked_networks(bench, spec) if is_sparse else cut_networks(bench, spec)
    batches: dict[str, Json] = {}
    for size in spec["batches"]:
        images = images_of(size, spec)
        if is_sparse:
            check_same(networks, images)
        batches[str(size)] = compare(networks, images, spec)
    measured: dict[str, Json] = {name: spec[name] for name in CONDITIONS}
    measured |= {"threads": torch.get_num_threads()}
    measured |= sparse_facts(networks, spec) if is_sparse else {}
    measured |= {"batches": batches}
    return Artifact({"status": "ok", "latency": measured, "seconds": perf_counter() - began})


def cut_networks(bench: Bench, spec: Mapping[str, Any]) -> Networks:
    """Build the dense network, freshly drawn, and what cutting leaves of it."""
    dense, groups = build(bench.model(spec["model"]), spec["model"])
    mask, _ = read_mask(bench.artifact(spec["mask"]))
    return {"dense": placed(dense, spec), "pruned": placed(cut(dense, groups, mask), spec)}


def masked_networks(bench: Bench, spec: Mapping[str, Any]) -> Networks:
    """Build the dense network, freshly drawn, and twice what the mask leaves of it."""
    dense, _ = build(bench.model(spec["model"]), spec["model"])
    mask, _ = read_mask(bench.artifact(spec["mask"]))
    masked = placed(deepcopy(dense), spec)
    apply_weight_mask(masked, mask)
    return {"dense": placed(dense, spec), "masked": masked, "sparse": with_csr(masked, mask)}


@torch.inference_mode()
def check_same(networks: Networks, images: Tensor) -> None:
    """Compare what the masked network gives with either kind of kernel.

    Raises
    ------
    ContractError
        If outputs differ by more than rounding.
    """
    wanted, found = networks["masked"](images), networks["sparse"](images)
    apart, largest = float((found - wanted).abs().max()), float(wanted.abs().max())
    if not apart <= TOLERANCE * largest:  # not a number is no agreement either
        msg = (
            f"the network with sparse kernels gives outputs that differ by {apart:.3g} from those "
            f"of dense kernels, the largest of which is {largest:.3g}; leave out --latency, and "
            f"report the versions of torch and of this machine's libraries."
        )
        raise ContractError(msg)


def sparse_facts(networks: Networks, spec: Mapping[str, Any]) -> dict[str, Json]:
    """Say what runs sparse, with what, and how many bytes its kernels take."""
    layers = csr_layers(networks["sparse"])
    dense = networks["dense"]
    macs = kernel_macs(dense, tuple(spec["model"]["shape"]))
    return {
        "backend": spec["backend"],
        "run_up": spec["run_up"],
        "library": f"torch, {library(torch.device(spec['device']))}",
        "sparse_layers": len(layers),
        "sparse_macs": sum(macs[name] for name in layers),
        "bytes_dense": sum(dense.get_parameter(f"{name}.weight").nbytes for name in layers),
        "bytes_sparse": sum(layer.storage for layer in layers.values()),
    }


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


def compare(networks: Networks, images: Tensor, spec: Mapping[str, Any]) -> dict[str, Json]:
    """Give the times of all networks, and how many times faster than the dense one they are."""
    every, run_up = networks.values(), spec.get("run_up", 0)
    with torch.inference_mode(), autocast(images.device, spec["precision"]):
        take_turns(every, images, spec["warmup"], run_up)
        turns = take_turns(every, images, spec["repeats"], run_up)
    times = dict(zip(networks, map(summary, zip(*turns, strict=True)), strict=True))
    found: dict[str, Json] = {name: {**own} for name, own in times.items()}
    dense = times.pop("dense")["median"]
    for name, own in times.items():
        found["speedup" if name == "pruned" else f"{name}_speedup"] = dense / own["median"]
    return found


def take_turns(
    networks: Collection[nn.Module], images: Tensor, turns: int, run_up: int = 0
) -> list[tuple[float, ...]]:
    """Let every network pass the images forward in each turn; gives seconds, turn by turn."""
    return [
        tuple(seconds_of(network, images, run_up) for network in networks) for _ in range(turns)
    ]


def seconds_of(network: nn.Module, images: Tensor, run_up: int = 0) -> float:
    """Time one forward pass, from an idle device until the device is done.

    The passes of the run-up come right before it and do not count.
    """
    for _ in range(run_up):
        network(images)
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
