"""A dense network with a method's regularizer at work on it."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor, nn

from prunebench.contracts.regularizer import Regularizer
from prunebench.core.layout import ChannelGroup
from prunebench.errors import ContractError
from prunebench.run.bench import Bench
from prunebench.run.network import build
from prunebench.run.task import Task
from prunebench.training.state import snapshot


@dataclass(frozen=True)
class Regularised:
    """A regularizer that is attached to a network, and the channel groups it acts on."""

    regularizer: Regularizer
    network: nn.Module
    groups: tuple[ChannelGroup, ...]

    def penalty(self, network: nn.Module) -> Tensor | None:
        """Give the term to add to the loss."""
        return self.regularizer.penalty(network, self.groups)

    def after_step(self, network: nn.Module, lr: float) -> None:
        """Let the regularizer change the network after a step."""
        self.regularizer.after_step(network, self.groups, lr)

    def plain(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Fold a state of the attached network to one of the plain network."""
        copy = deepcopy(self.network)
        copy.load_state_dict(state)
        self.regularizer.fold(copy, self.groups)
        return snapshot(copy)


def regularise(
    bench: Bench, task: Task, network: nn.Module, strength: float | None = None
) -> Regularised | None:
    """Attach the regularizer that a training's spec names to its network, on its device.

    Parameters
    ----------
    bench, task
        Of the stage.
    network
        The dense network.
    strength
        Replaces the setting that is searched for.

    Raises
    ------
    ContractError
        If its method offers none any more.
    """
    spec: Mapping[str, Any] = task.spec
    said = spec["regularizer"]
    if not said:
        return None
    owner: Mapping[str, Any] = task.place["method"]  # type: ignore[assignment] # a JSON object
    method = bench.method(owner)
    regularizer = method.regularizer()
    if regularizer is None:
        msg = f"method {method.name!r} was planned with a regularizer and gives none."
        raise ContractError(msg)
    search = method.search()
    if strength is None and said["tuned"]:
        strength = float(str(bench.artifact(said["tuned"]).record["value"]))
    if strength is not None and search is not None:
        regularizer = replace(regularizer, **{search.setting: strength})  # type: ignore[type-var] # frozen dataclasses all
    _, groups = build(bench.model(spec["model"]), spec["model"])
    in_play = tuple(group for group in groups if group.name in said["groups"])
    regularizer.attach(network, in_play)
    return Regularised(regularizer, network, in_play)
