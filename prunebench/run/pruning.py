"""A pruning under way: score, select, reconstruct, round after round."""

from collections.abc import Mapping
from functools import cache, partial
from time import perf_counter
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from prunebench.contracts.method import Method
from prunebench.contracts.subject import GroupView, Scores, Subject, without_quota
from prunebench.core.allocation import floors, overrun
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
from prunebench.core.quota import PerLayer, Quota, Within, shrinking
from prunebench.core.random import generator
from prunebench.core.select import check_scores, select
from prunebench.core.surgery import apply_weight_mask, silence, widen
from prunebench.core.views import view_group
from prunebench.errors import ContractError
from prunebench.run.bench import Bench
from prunebench.run.network import build
from prunebench.run.sampling import Sampling, draw_images
from prunebench.run.task import Task

MACS = ("macs_sparse", "macs_dense")


class Pruning:
    """A pruning under way: the network, its layout and the mask so far.

    Parameters
    ----------
    bench, task
        Of the stage.
    spec
        Method, model, groups, prunable layers, seed, device, and the `original` network's stage.
    state
        Weights to be scored: dense, or cut by `mask`.
    mask
        Of earlier rounds; None for the first.
    """

    def __init__(
        self,
        bench: Bench,
        task: Task,
        spec: Mapping[str, Any],
        state: Mapping[str, Tensor],
        mask: Mask | None = None,
    ) -> None:
        self.spec = spec
        self.method: Method = bench.method(spec["method"])
        self.network, self.all_groups = build(bench.model(spec["model"]), spec["model"])
        self.groups = tuple(g for g in self.all_groups if g.name in spec["groups"])
        self.layout = self.describe()
        self.mask = self.load(state, mask)
        self.network.to(spec["device"]).eval()
        self.info, self.images, _ = bench.training_data(task)
        self.repaired: Mapping[str, Tensor] = {}
        self.original = cache(partial(self.load_original, bench))
        self.images_drawn = 0
        self.seconds = 0.0

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

    def load(self, state: Mapping[str, Tensor], mask: Mask | None) -> Mask:
        """Load the weights that are scored, and give the mask of earlier rounds."""
        if mask is None:
            self.network.load_state_dict(state)
            return self.full_mask()
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

    @property
    def is_finite(self) -> bool:
        """Whether the network holds numbers alone, so that scoring it has a sense."""
        return all(bool(torch.isfinite(p).all()) for p in self.network.parameters())

    def score(self, number: int) -> Scores:
        """Score the network for a round, whatever that will keep.

        Raises
        ------
        ContractError
            If the method asks what it will keep, or its scores are not of the mask's shape.
        """
        began = perf_counter()
        sampling = self.sampling(number)
        subject = self.subject(PerLayer({}), number, sampling)
        scores = self.method.score(without_quota(subject, self.method.name))
        check_scores(scores, self.mask)
        self.images_drawn += sampling.images
        self.seconds += perf_counter() - began
        return scores

    def prune(
        self, quota: Quota, number: int, *, finite: bool, scores: Scores | None = None
    ) -> int:
        """Carry out one round; gives by how much its quota was missed.

        `scores` are those of a score stage; without, the network is scored here.
        """
        began = perf_counter()
        sampling = self.sampling(number)
        subject = self.subject(quota, number, sampling)
        if not finite:
            scores = {name: torch.zeros(kept.shape) for name, kept in self.mask.items()}
        elif scores is None:
            scores = self.method.score(subject)
        limit = (
            overrun(self.layout, quota, self.method.granularity)
            if isinstance(quota, Within)
            else None
        )
        chosen = select(scores, self.mask, quota, floors(self.method.floor, self.layout), limit)
        self.mask = chosen.mask
        if finite:
            self.repair(self.method.reconstruct(subject, self.mask) or {})
        self.apply(self.mask)
        self.images_drawn += sampling.images
        self.seconds += perf_counter() - began
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

    def load_original(self, bench: Bench) -> nn.Module:
        """Build the network as it was before the first round."""
        network, _ = build(bench.model(self.spec["model"]), self.spec["model"])
        network.load_state_dict(bench.artifact(self.spec["original"]).part("last"))
        return network.to(self.spec["device"]).eval()

    def sampling(self, number: int) -> Sampling:
        """Prepare what the method may draw in one round."""
        counter = (self.spec["seed"], number)
        draw = draw_images(self.images, self.info.preprocessing, self.network, counter)
        return Sampling(draw, self.network, self.original, counter)

    def subject(self, quota: Quota, number: int, sampling: Sampling) -> Subject:
        """Show the network to the method."""
        weights = {
            layer.name: self.network.get_parameter(f"{layer.name}.weight").detach()
            for layer in self.layout.prunable
        }
        views: dict[str, GroupView] = {
            group.name: GroupView(group.name, *view_group(self.network, group))
            for group in self.groups
        }
        return Subject(
            model=self.network,
            layout=self.layout,
            weights=weights,
            groups=views,
            alive=self.mask,
            keep=quota,
            active=shrinking(quota, self.mask.counts),
            loss=F.cross_entropy,
            batches=sampling.batches,
            samples=sampling.samples,
            original=sampling.original,
            generator=generator(self.spec["seed"], "scores", number),
        )

    @property
    def is_collapsed(self) -> bool:
        """Whether a layer or group lost everything."""
        blocks = {group.name for group in self.groups if group.kind == "block"}
        return any(n == 0 for name, n in self.mask.counts.items() if name not in blocks)

    def density(self, of: str) -> float:
        """Give the kept fraction of prunable parameters, multiply-adds or units."""
        if of == "units":
            return self.mask.density
        sizes: Mapping[str, Any] = self.sizes()
        kept, dense = ("prunable_kept", "prunable_dense") if of == "params" else MACS
        return float(sizes[kept] / sizes[dense])

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
