"""What a stage body works with: plugins by name, data in memory, the store."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from prunebench.contracts.dataset import DatasetInfo
from prunebench.contracts.method import Method
from prunebench.contracts.metric import Metric
from prunebench.contracts.model import Model
from prunebench.contracts.settings import configure
from prunebench.core.digest import Json
from prunebench.errors import ContractError
from prunebench.plugin.offer import Offer
from prunebench.plugin.registry import Registry
from prunebench.run.environment import environment
from prunebench.run.images import DataSets, device_of
from prunebench.run.task import Task
from prunebench.store.artifact import Artifact
from prunebench.store.store import Store
from prunebench.training.images import Images, Split

Progress = Callable[[int, int], None]


@dataclass
class Bench:
    """The surroundings of stage bodies in one process; holds the data sets it has read.

    Parameters
    ----------
    registry
        Plugins.
    store
        Artifacts.
    progress
        Hears (steps done, steps in all) of a training.
    graphs
        Whether training steps are recorded as CUDA graphs.
    """

    registry: Registry
    store: Store
    progress: Progress | None = None
    graphs: bool = False
    _environments: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._sets = DataSets(self.registry, self.store)

    def artifact(self, key: Json) -> Artifact:
        """Read an input."""
        return self.store.get(str(key))

    def model(self, spec: Mapping[str, Any]) -> Model:
        """Configure the model that a spec names."""
        model: Model = self.configured(self.registry.model(spec["name"]), "model", spec)
        return model

    def method(self, spec: Mapping[str, Any]) -> Method:
        """Configure the method that a spec names."""
        method: Method = self.configured(self.registry.method(spec["name"]), "method", spec)
        return method

    def metric(self, spec: Mapping[str, Any]) -> Metric:
        """Configure the metric that a spec names."""
        metric: Metric = self.configured(self.registry.metric(spec["name"]), "metric", spec)
        return metric

    def configured(self, offer: Offer[type[Any]], kind: str, spec: Mapping[str, Any]) -> Any:
        """Configure a plugin, which must be the one that was planned with.

        Raises
        ------
        ContractError
            If its source has changed since.
        """
        if spec.get("source", offer.source.digest) != offer.source.digest:
            msg = f"the source of {kind} {offer.name!r} changed during the run; run again."
            raise ContractError(msg)
        return configure(offer.item, kind, offer.name, spec["settings"])

    def data(self, task: Task) -> tuple[DatasetInfo, Images]:
        """Give the data set of a task, on its device."""
        return self._sets.whole(task)

    def training_data(self, task: Task) -> tuple[DatasetInfo, Split, Split | None]:
        """Give the data set's facts, training images and validation images (or None)."""
        info, images = self.data(task)
        if images.validation is not None:
            return info, images.train, images.validation
        if not task.spec["validation"]:
            return info, images.train, None
        return info, *self._sets.divided(task, images.train)

    def environment(self, task: Task) -> str:
        """Give the digest of the environment that a task runs in."""
        device = device_of(task)
        if device not in self._environments:
            self._environments[device] = str(environment(self.registry, device)["id"])
        return self._environments[device]
