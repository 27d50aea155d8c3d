"""Score a network and remove units; what is kept is recorded to the unit."""

from collections.abc import Callable, Iterator, Mapping
from time import perf_counter
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from prunebench.contracts.method import Method
from prunebench.contracts.subject import GroupView, Scores, Subject
from prunebench.core.allocation import overrun
from prunebench.core.cost import (
    dense_cost,
    kept_weights,
    narrow_cost,
    sparse_cost,
)
from prunebench.core.describe import describe
from prunebench.core.digest import Json
from prunebench.core.granularity import Granularity
from prunebench.core.layout import Layout
from prunebench.core.mask import Mask
from prunebench.core.quota import Quota, Within
from prunebench.core.random import generator
from prunebench.core.select import select
from prunebench.core.surgery import apply_weight_mask, silence, widen
from prunebench.core.views import view_group
from prunebench.errors import ContractError
from prunebench.plan.stages import read_quota
from prunebench.run.bench import Bench
from prunebench.run.digests import tensors_digest
from prunebench.run.network import build, read_mask
from prunebench.run.task import Task
from prunebench.store.artifact import Artifact, grouped
from prunebench.training.images import Preprocessing, Split
from prunebench.training.normalise import normaliser

CHUNK = 100
"""Images per batch of `Subject.batches`."""


def prune_stage(bench: Bench, task: Task) -> Artifact:
    """Carry out the stage's rounds, each scored on what the one before left."""
    began = perf_counter()
    spec: Mapping[str, Any] = task.spec
    work = Pruning(bench, task)
    finite = all(bool(torch.isfinite(p).all()) for p in work.network.parameters())
    short = 0
    for number, quota in enumerate(map(read_quota, spec["quotas"])):
        short = work.prune(quota, spec["round"] + number, finite=finite)
    status = "diverged" if not finite else "collapsed" if work.is_collapsed else "ok"
    record: dict[str, Json] = {"status": status, "shortfall": short, **work.sizes()}
    tensors = grouped(mask=dict(work.mask), weights=work.repaired)
    digest = tensors_digest(dict(work.mask))
    return Artifact(record | {"mask_digest": digest, "seconds": perf_counter() - began}, tensors)


class Pruning:
    """A pruning under way: the network, its layout and the mask so far.

    Parameters
    ----------
    bench, task
        Of the stage.
    """

    def __init__(self, bench: Bench, task: Task) -> None:
        spec: Mapping[str, Any] = task.spec
        self.spec = spec
        self.method: Method = bench.method(spec["method"])
        self.network, self.all_groups = build(bench.model(spec["model"]), spec["model"])
        self.groups = tuple(g for g in self.all_groups if g.name in spec["groups"])
        self.layout = self.describe()
        self.mask = self.load(bench)
        self.network.to(spec["device"]).eval()
        self.info, self.images, _ = bench.training_data(task)
        self.repaired: Mapping[str, Tensor] = {}

    @property
    def by_channel(self) -> bool:
        """Whether channels are pruned."""
        return self.method.granularity is Granularity.CHANNEL

    def describe(self) -> Layout:
        """Describe the dense network with the groups in play."""
        prunable = set(self.spec["prunable"])
        shape = tuple(self.spec["model"]["shape"])
        whole = describe(self.network, shape, self.all_groups, lambda name, _kind: name in prunable)
        return whole.restricted(self.groups)

    def load(self, bench: Bench) -> Mask:
        """Load the weights that are scored, and give the mask of earlier rounds."""
        state = bench.artifact(self.spec["weights"]).part("last")
        if self.spec["mask"] is None:
            self.network.load_state_dict(state)
            return self.full_mask()
        mask, _ = read_mask(bench.artifact(self.spec["mask"]))
        if self.by_channel:
            widen(self.network, self.all_groups, mask, state)
        else:
            self.network.load_state_dict(state)
        self.apply(mask)
        return mask

    def full_mask(self) -> Mask:
        """Keep everything."""
        if self.by_channel:
            return Mask.full({group.name: (group.size,) for group in self.groups})
        return Mask.full({layer.name: layer.shape for layer in self.layout.prunable})

    def apply(self, mask: Mask) -> None:
        """Change the network: dropped units become zero."""
        if self.by_channel:
            silence(self.network, self.all_groups, mask)
        else:
            apply_weight_mask(self.network, mask)

    def prune(self, quota: Quota, number: int, *, finite: bool) -> int:
        """Carry out one round; gives by how much its quota was missed."""
        subject = self.subject(quota, number)
        scores: Scores = (
            self.method.score(subject)
            if finite
            else {name: torch.zeros(kept.shape) for name, kept in self.mask.items()}
        )
        cost = (
            overrun(self.layout, quota, self.method.granularity)
            if isinstance(quota, Within)
            else None
        )
        chosen = select(scores, self.mask, quota, self.method.floor, cost)
        self.mask = chosen.mask
        if finite:
            self.repair(self.method.reconstruct(subject, self.mask) or {})
        self.apply(self.mask)
        return chosen.shortfall

    def repair(self, weights: Mapping[str, Tensor]) -> None:
        """Change the network to the weights that a method has rewritten, and keep them.

        Raises
        ------
        ContractError
            If a name is none of the network's.
        """
        strange = sorted(set(weights) - set(self.network.state_dict()))
        if strange:
            msg = f"{self.method.name}: reconstruct() names {strange[0]!r}; the model has no such."
            raise ContractError(msg)
        fresh = {name: tensor.detach().cpu() for name, tensor in weights.items()}
        self.network.load_state_dict(fresh, strict=False)
        self.repaired = {**self.repaired, **fresh}

    def subject(self, quota: Quota, number: int) -> Subject:
        """Show the network to the method."""
        weights = {
            layer.name: self.network.get_parameter(f"{layer.name}.weight").detach()
            for layer in self.layout.prunable
        }
        views: dict[str, GroupView] = {
            group.name: GroupView(group.name, *view_group(self.network, group))
            for group in self.groups
        }
        seed = self.spec["seed"]
        return Subject(
            model=self.network,
            weights=weights,
            groups=views,
            keep=quota,
            loss=F.cross_entropy,
            batches=sampler(self.images, self.info.preprocessing, self.network, (seed, number)),
            generator=generator(seed, "scores", number),
        )

    @property
    def is_collapsed(self) -> bool:
        """Whether a layer or group lost everything."""
        return any(count == 0 for count in self.mask.counts.values())

    def sizes(self) -> dict[str, Json]:
        """Count what is kept, in units, parameters and multiply-adds."""
        counts = self.mask.counts
        kept = kept_weights(self.layout, counts) if self.by_channel else counts
        cost = (
            narrow_cost(self.layout, counts) if self.by_channel else sparse_cost(self.layout, kept)
        )
        dense = dense_cost(self.layout)
        layers = {layer.name: layer.size for layer in self.layout.prunable}
        return {
            "granularity": str(self.method.granularity),
            "counts": dict(counts),
            "params_dense": dense.params,
            "params_kept": cost.params,
            "prunable_dense": dense.prunable,
            "prunable_kept": cost.prunable,
            "macs_dense": dense.macs,
            "macs_physical": cost.macs if self.by_channel else dense.macs,
            "macs_sparse": cost.macs,
            "layer_sizes": dict(layers),
            "layer_densities": {name: kept[name] / size for name, size in layers.items()},
        }


def sampler(
    images: Split, preprocessing: Preprocessing, network: nn.Module, counter: tuple[int, int]
) -> Callable[[int], Iterator[tuple[Tensor, Tensor]]]:
    """Give `Subject.batches`: the first images of one shuffle per seed and round."""
    device = next(network.parameters()).device
    normalise = normaliser(preprocessing, device)

    def batches(count: int) -> Iterator[tuple[Tensor, Tensor]]:
        order = torch.randperm(len(images.labels), generator=generator(*stream(counter)))
        for index in order[:count].split(CHUNK):
            yield normalise(images.images[index].to(device)), images.labels[index].to(device)

    return batches


def stream(counter: tuple[int, int]) -> tuple[int, str, int]:
    """Name the random stream of a round's calibration images."""
    seed, number = counter
    return seed, "calibration", number
