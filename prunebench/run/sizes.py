"""What must be known of networks, data sets and prunings to cost a stage, each looked up once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from prunebench.contracts.dataset import DatasetInfo
from prunebench.contracts.settings import configure
from prunebench.core.cost import narrow_cost, sparse_cost
from prunebench.core.describe import describe
from prunebench.core.digest import canonical
from prunebench.core.granularity import Granularity
from prunebench.core.layout import Layout
from prunebench.plan.problem import groups_of
from prunebench.plan.stage import Stage
from prunebench.plugin.registry import Registry
from prunebench.run.bench import Bench
from prunebench.store.store import Store

UNKNOWN = 0.5
"""What a pruning leaves, where nothing says it before it is done."""


class Sizes:
    """Facts about the networks and data sets of a plan.

    Parameters
    ----------
    registry
        Plugins.
    store
        What prunings that are done have left.
    stages
        Those of the plan, by key.
    """

    def __init__(self, registry: Registry, store: Store, stages: Mapping[str, Stage]) -> None:
        self.bench = Bench(registry, store)
        self.stages = stages
        self._layouts: dict[str, Layout] = {}
        self._infos: dict[str, DatasetInfo] = {}
        self._left: dict[str, float] = {}
        self._costs: dict[tuple[object, ...], float] = {}

    def layout(self, spec: Mapping[str, Any]) -> Layout:
        """Describe a dense network and its channel groups."""
        name = canonical(spec)  # type: ignore[arg-type] # a JSON object
        if name not in self._layouts:
            model, shape = self.bench.model(spec), tuple(spec["shape"])
            with torch.device("meta"):
                network = model.build(shape, spec["classes"])
            groups = groups_of(model, network, shape, spec["classes"])
            self._layouts[name] = describe(network, shape, groups)
        return self._layouts[name]

    def info(self, stage: Stage) -> DatasetInfo:
        """Say what the data set of a stage is."""
        spec: Mapping[str, Any] = stage.spec["data"]  # type: ignore[assignment] # a JSON object
        place: Mapping[str, Any] = stage.place
        name = canonical([spec["name"], place["settings"], place["data_dir"]])
        if name not in self._infos:
            offer = self.bench.registry.dataset(spec["name"])
            dataset = configure(offer.item, "data set", offer.name, place["settings"])
            self._infos[name] = dataset.info(Path(place["data_dir"]))
        return self._infos[name]

    def validation_images(self, stage: Stage) -> int:
        """Count the images at every evaluation of a training."""
        held_out: Any = stage.spec["validation"]
        return self.info(stage).validation if held_out == "fixed" else int(held_out)

    def training_images(self, stage: Stage) -> int:
        """Count the training images of a stage."""
        info, held_out = self.info(stage), stage.spec["validation"]
        return info.train if held_out == "fixed" else info.train - int(str(held_out))

    def share(self, prune: Stage) -> float:
        """Give the multiply-adds of a pruned network over the dense one's; 1 for masked ones."""
        return self.left(prune) if self.is_cut(prune) else 1.0

    def is_cut(self, prune: Stage) -> bool:
        """Say whether a pruning removes channels."""
        spec: Mapping[str, Any] = prune.spec
        item = self.bench.registry.method(spec["method"]["name"]).item
        return item.granularity is Granularity.CHANNEL

    def left(self, prune: Stage) -> float:
        """Give the multiply-adds that a pruning leaves over the dense ones, as far as is known."""
        if prune.key not in self._left:
            self._left[prune.key] = self.find_left(prune)
        return self._left[prune.key]

    def find_left(self, prune: Stage) -> float:
        """Read it from the quota, else from the record of a pruning that is done."""
        spec: Mapping[str, Any] = prune.spec
        match spec["quotas"][-1]:
            case {"per_layer": counts}:
                return self.counted(prune, counts)
            case {"like": str() as other} if other in self.stages:
                return self.left(self.stages[other])
            case _ if self.bench.store.has(prune.key):
                record: Mapping[str, Any] = self.bench.store.record(prune.key)
                return float(record["macs_sparse"] / max(record["macs_dense"], 1))
            case {"within": density}:
                return float(density)
            case {"overall": count}:
                return count / self.units(prune) if self.units(prune) else UNKNOWN
            case _:
                return self.searched(prune)

    def counted(self, prune: Stage, counts: Mapping[str, int]) -> float:
        """Cost the network that is left when the kept units are given."""
        spec: Mapping[str, Any] = prune.spec
        name = (canonical(spec["model"]), self.is_cut(prune), frozenset(counts.items()))
        if name not in self._costs:
            layout = self.layout(spec["model"])
            cost = narrow_cost if self.is_cut(prune) else sparse_cost
            self._costs[name] = cost(layout, counts).macs / max(layout.macs, 1)
        return self._costs[name]

    def counts(self, prune: Stage) -> Mapping[str, int]:
        """Guess the channels that every group of a pruning keeps, where its quota does not say."""
        spec: Mapping[str, Any] = prune.spec
        match spec["quotas"][-1]:
            case {"per_layer": counts}:
                return dict(counts)
            case _:
                part = min(self.left(prune), 1.0)
        groups = (g for g in self.layout(spec["model"]).groups if g.name in spec["groups"])
        return {group.name: max(round(part * group.size), 1) for group in groups}

    def units(self, prune: Stage) -> int:
        """Count the units that a pruning chooses from."""
        spec: Mapping[str, Any] = prune.spec
        layout = self.layout(spec["model"])
        if self.is_cut(prune):
            return sum(group.size for group in layout.groups if group.name in spec["groups"])
        return sum(layout.by_name[name].size for name in spec["prunable"])

    def searched(self, prune: Stage) -> float:
        """Give the density that the training before was tuned for."""
        before: Mapping[str, Any] = self.stages[str(prune.spec["weights"])].spec
        pull = before.get("regularizer")
        tuned = None if pull is None else self.stages.get(pull["tuned"])
        return UNKNOWN if tuned is None else float(str(tuned.spec["density"]))
